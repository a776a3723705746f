// Parts of a page that are asked for by address: one that did not load says so in its own place, and can be asked for again.
// <section data-part hx-get="…" hx-trigger="again"> … [data-failed] with a [data-again] button inside.  It is asked for the
// first time from here and not by "load", which may be answered before anybody listens.
(() => {
  "use strict";
  const part = (ctx) => ctx?.sourceElement?.closest?.("[data-part]");
  const ask = (el) => el.dispatchEvent(new CustomEvent("again"));
  const show = (el, failed) => {
    const line = el?.querySelector("[data-failed]");
    if (line) line.hidden = !failed;
  };
  document.addEventListener("htmx:after:request", ({ detail: { ctx } }) => {
    show(part(ctx), ctx.response.status >= 400);
  });
  document.addEventListener("htmx:error", ({ detail: { ctx } }) => show(part(ctx), true));
  document.addEventListener("click", ({ target }) => {
    const again = target.closest("[data-again]");
    if (again) ask(again.closest("[data-part]"));
  });
  // htmx, loaded before this, starts in a timer of its own: ours comes after it, so that somebody listens.
  document.addEventListener("DOMContentLoaded", () => setTimeout(() => document.querySelectorAll("[data-part]").forEach(ask)));
})();

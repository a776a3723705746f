// Parts of a page that are asked for by address: one that did not load says so in its own place, and can be asked for again.
// <section data-part hx-get="…" hx-trigger="load, again"> … [data-failed] with a [data-again] button inside.
(() => {
  "use strict";
  const part = (ctx) => ctx?.sourceElement?.closest?.("[data-part]");
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
    again?.closest("[data-part]").dispatchEvent(new CustomEvent("again"));
  });
})();

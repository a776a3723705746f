// A page that brings itself up to date: what is open stays open, and what became of the customer's answers is said.
(() => {
  "use strict";
  const $ = (s, r = document) => r.querySelector(s), $$ = (s, r = document) => [...r.querySelectorAll(s)];
  const stand = () => $("#stand p")?.textContent.replace(/\s+/g, " ").trim() || "";
  const polls = (el) => el?.getAttribute?.("hx-trigger")?.includes("lane:tick");
  let before = stand();

  // A details element is open by an attribute, which the fresh page does not have.
  document.addEventListener("htmx:before:swap", ({ detail: { ctx, tasks } }) => {
    if (!polls(ctx.sourceElement)) return;
    const open = $$("details[open][id]", ctx.sourceElement).map((one) => "#" + CSS.escape(one.id));
    (tasks || []).forEach((task) => open.forEach((id) => task.fragment?.querySelector?.(id)?.setAttribute("open", "")));
  });
  document.addEventListener("htmx:after:swap", () => {
    const now = stand(), say = $("#say");
    if (now !== before && say) say.textContent = now;
    before = now;
  });

  // Opening what is to be sent puts the focus on sending it: A, then Enter or Ctrl Enter.
  document.addEventListener("toggle", ({ target }) => {
    if (target.id === "to-send" && target.open) $("button[type=submit]", target).focus();
  }, true);
  document.addEventListener("keydown", (e) => {
    const box = $("#to-send[open]");
    if (e.key === "Escape" && box) { box.open = false; $("summary", box).focus(); }
  });
})();

// The estimate: what is open and typed stays when the page brings itself up to date, and what changed is said.
(() => {
  "use strict";
  const $ = (s, r = document) => r.querySelector(s), $$ = (s, r = document) => [...r.querySelectorAll(s)];
  const stand = () => $("#stand p")?.textContent.replace(/\s+/g, " ").trim() || "";
  let before = stand();

  // A details element is open by an attribute, which the fresh page does not have.
  document.addEventListener("htmx:before:swap", ({ detail: { ctx, tasks } }) => {
    if (ctx.sourceElement?.id !== "estimate") return;
    const open = $$("#estimate details[open][id]").map((one) => one.id);
    (tasks || []).forEach((task) => open.forEach((id) => task.fragment?.querySelector?.("#" + CSS.escape(id))?.setAttribute("open", "")));
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

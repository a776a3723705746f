// Cause and correction keep themselves when a field is left: one save at a time, the newest words last.
(() => {
  "use strict";
  const busy = new WeakMap();
  const keep = async (form) => {
    if (busy.has(form)) return busy.set(form, "again");
    do {
      busy.set(form, "once");
      await htmx.ajax("POST", form.action, { source: form, target: "#" + form.dataset.keep, swap: "outerHTML" });
    } while (busy.get(form) === "again");
    busy.delete(form);
  };
  const mine = (event) => event.target.closest?.("form[data-keep]");
  document.addEventListener("change", (event) => { const form = mine(event); if (form) keep(form); });
  document.addEventListener("submit", (event) => { const form = mine(event); if (form) { event.preventDefault(); keep(form); } });
})();

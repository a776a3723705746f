// The measure pad of an inspection: big keys for gloves, the ruling shown before it is saved.
// The server rules; this only says beforehand what it will say.  Without scripts the field is a plain number field.
//
//   <form class="pad" data-unit="mm" data-red="3" data-green="6" data-worse="low" [data-strict] [data-lowest="5"]>
//     .pad-v input (the value), .pad-k [data-k] (digits, ".", "del" or whole values in .pad.one), .save,
//     .pad-say with one [data-say="red|yellow|green"] each, hidden until it is the one; .pad-u radios with data-factor
(() => {
  "use strict";
  const $$ = (s, r) => [...r.querySelectorAll(s)];
  const rule = (v, d) => { const red = parseFloat(d.red), green = parseFloat(d.green), low = d.worse !== "high";
    if (Number.isNaN(red) && Number.isNaN(green)) return "";
    const past = low ? v < red : v > red;
    if (past || (v === red && d.strict === undefined)) return "red";
    return (low ? v >= green : v < green) ? "green" : "yellow"; };
  const show = (pad) => {
    const field = pad.querySelector(".pad-v input"), save = pad.querySelector(".save"), d = pad.dataset;
    const unit = pad.querySelector(".pad-u input:checked"), typed = parseFloat(field.value), other = parseFloat(d.lowest);
    const value = typed * (parseFloat(unit?.dataset.factor) || 1), worst = Number.isNaN(other) ? value : d.worse === "high" ? Math.max(value, other) : Math.min(value, other);
    const says = Number.isNaN(value) ? "" : rule(worst, d);
    $$("[data-say]", pad).forEach((el) => { el.hidden = el.dataset.say !== says; });
    const label = unit?.dataset.label || d.unit || "";
    $$(".pad-v span", pad).forEach((el) => { el.textContent = label; });
    if (save) { save.disabled = Number.isNaN(typed); save.textContent = Number.isNaN(typed) ? "Save" : `Save ${field.value} ${label}`; } };
  const ready = (root) => $$(".pad[data-red], .pad[data-green], .pad[data-unit]", root).forEach((pad) => {
    if (pad.dataset.ready) return; pad.dataset.ready = "1";
    // The pad replaces the on-screen keyboard, not the keys of a keyboard or a caliper that types.
    pad.querySelector(".pad-v input")?.setAttribute("inputmode", "none"); show(pad); });
  document.addEventListener("click", (e) => {
    const key = e.target.closest(".pad-k [data-k]"); if (!key) return;
    const pad = key.closest(".pad"), field = pad.querySelector(".pad-v input"), k = key.dataset.k;
    if (pad.classList.contains("one")) { $$("[data-k]", pad).forEach((b) => b.setAttribute("aria-pressed", String(b === key))); field.value = k; }
    else if (k === "del") field.value = field.value.slice(0, -1);
    else if (k !== "." || !field.value.includes(".")) field.value = (field.value + k).slice(0, 6);
    show(pad); });
  document.addEventListener("input", (e) => {
    const pad = e.target.closest(".pad"); if (pad) show(pad);
    // "Keep my ruling" waits for a reason.
    const over = e.target.closest(".over"), keep = over?.querySelector("[data-keep]");
    if (keep) keep.disabled = !(over.querySelector("input:checked") || over.querySelector("input[type=text]")?.value.trim()); });
  ["htmx:after:swap", "lane:drawn"].forEach((type) => document.addEventListener(type, () => ready(document)));
  document.querySelector("nav.secs [aria-current]")?.scrollIntoView({ block: "nearest", inline: "center" });
  ready(document);
})();

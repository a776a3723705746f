// The write-up: it goes on where it was left, Enter goes to the next field, and a tap on the drawing says where damage is.
// Every part of it works without this, by links, lists and buttons.
(() => {
  "use strict";
  const { $, $$, on, typing, say, reach } = window.lane;
  const form = $("#writeup-form");
  if (!form) return;

  // --- where they were: this device knows the field, the server the last one that was saved
  const place = "lane.at." + form.dataset.writeUp;
  const store = {
    get: () => { try { return sessionStorage.getItem(place); } catch { return null; } },
    set: (name) => { try { sessionStorage.setItem(place, name); } catch { /* a private window forgets */ } },
  };
  const named = (name) => $(`[name="${CSS.escape(name)}"]:checked, [name="${CSS.escape(name)}"]:not([type=radio], [type=checkbox], [type=hidden])`, form);
  on("focusin", (e) => {
    if (e.target.name && !e.target.closest("[data-no-autosave]")) store.set(e.target.name);
  }, form);
  const left = store.get() || form.dataset.resume;
  if (left && !location.hash && !$(".err-sum")) {
    const field = named(left);
    if (field) reach(field);
  }

  // --- what is due follows from the miles, so the list is asked for again when they are saved
  on("lane:saved", ({ detail: { names } }) => {
    if (names.includes("odometer")) document.body.dispatchEvent(new CustomEvent("lane:miles", { bubbles: true }));
  });

  // --- Enter in a one-line field goes on to the next: a scan into a field ends with one, and so does typing in a hurry
  const fields = () => $$("input:not([type=hidden], [type=file], [tabindex='-1']), textarea, select", form).filter((el) => el.getClientRects().length);
  on("keydown", (e) => {
    if (e.key !== "Enter" || e.ctrlKey || e.metaKey || !e.target.matches("input") || !typing(e.target)) return;
    e.preventDefault();
    const all = fields();
    reach(all[all.indexOf(e.target) + 1] || e.target);
  }, form);

  // --- damage: a tap on the car chooses the place and puts a pin where the finger was
  const SVG = "http://www.w3.org/2000/svg";
  const field = (name) => $(`[name=${name}]`, form);
  const put = (x, y) => {
    field("mark_x").value = x;
    field("mark_y").value = y;
    $(".mk.new")?.remove();
    if (x === "") return;
    const pin = document.createElementNS(SVG, "g"), dot = document.createElementNS(SVG, "circle");
    pin.setAttribute("class", "mk new");
    Object.entries({ cx: x, cy: y, r: 10 }).forEach(([name, value]) => dot.setAttribute(name, value));
    pin.append(dot);
    $("[data-plan]").append(pin);
  };
  on("click", (e) => {
    const plan = e.target.closest?.("[data-plan]");
    if (!plan) return;
    const at = new DOMPoint(e.clientX, e.clientY).matrixTransform(plan.getScreenCTM().inverse());
    const x = Math.round(Math.min(320, Math.max(0, at.x))), y = Math.round(Math.min(150, Math.max(0, at.y)));
    const list = field("mark_place"), far = ({ dataset }) => (dataset.x - x) ** 2 + (dataset.y - y) ** 2;
    const nearest = [...list.options].filter((option) => option.value).sort((one, other) => far(one) - far(other))[0];
    list.value = nearest.value;
    put(x, y);
    say(nearest.text);
    $("#id_mark_kind .btn").focus();
  });
  on("change", (e) => {
    const chosen = e.target.matches("[name=mark_place]") && e.target.selectedOptions[0];
    if (chosen) put(chosen.dataset.x ?? "", chosen.dataset.y ?? "");
  });

  // --- the tile of a mark without a photo says what the next photo is of
  on("click", (e) => {
    const tile = e.target.closest?.("[data-caption]");
    if (tile) field("caption").value = tile.dataset.caption;
  });
})();

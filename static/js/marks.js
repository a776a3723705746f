// Marks on a photo: an arrow, a circle or a line, by finger, pen or mouse, or by keys; kept as numbers, drawn on top.
// Nothing is sent until they are saved.  Without this, the form puts a circle or an arrow at one of nine places.
//
//   figure[data-marks][data-width][data-height][data-most] holds the img; form#marking its hidden field "marks" (JSON in
//   thousandths of width and height, as rules.marks reads it), kinds, places, undo, clear, and what is shown with scripts only.
(() => {
  "use strict";
  const { $, $$, on, say } = window.lane;
  const box = $("[data-marks]"), form = $("#marking");
  if (!box || !form) return;
  const SVG = "http://www.w3.org/2000/svg", FULL = 1000, NEAR = 4, STEP = 20, SMALLEST = 20, LARGEST = 400, POINTS = 150;
  const width = Number(box.dataset.width), height = Number(box.dataset.height), most = Number(box.dataset.most);
  const side = Math.max(width, height), field = form.elements.marks;
  let marks = JSON.parse(field.value || "[]"), drawn = null, dirty = false;

  // --- drawing, as rules.marks.drawing does
  const part = (name, properties) => {
    const made = document.createElementNS(SVG, name);
    Object.entries(properties).forEach(([key, value]) => made.setAttribute(key, value));
    return made;
  };
  const at = ([x, y]) => [x * width / FULL, y * height / FULL];
  const path = (mark) => {
    if (mark.kind === "circle") {
      const [x, y] = at(mark.at), r = mark.r * width / FULL;
      return `M${x - r} ${y}a${r} ${r} 0 1 0 ${2 * r} 0a${r} ${r} 0 1 0 ${-2 * r} 0Z`;
    }
    if (mark.kind === "line") return "M" + mark.points.map((point) => at(point).join(" ")).join("L");
    const [x1, y1] = at(mark.from), [x2, y2] = at(mark.to), angle = Math.atan2(y2 - y1, x2 - x1), head = side * 0.045;
    const [[ax, ay], [bx, by]] = [0.5, -0.5].map((turn) => [x2 - head * Math.cos(angle + turn), y2 - head * Math.sin(angle + turn)]);
    return `M${x1} ${y1}L${x2} ${y2}M${ax} ${ay}L${x2} ${y2}L${bx} ${by}`;
  };
  $("svg", box)?.remove();
  const canvas = part("svg", { class: "pm on", viewBox: `0 0 ${width} ${height}`, preserveAspectRatio: "xMidYMid slice", tabindex: "0", role: "img", fill: "none", "stroke-linecap": "round", "stroke-linejoin": "round" });
  box.append(canvas);
  const words = () => `${marks.length} mark${marks.length === 1 ? "" : "s"} on this photo${dirty ? ", not saved yet" : ""}.`;
  const show = () => {
    const all = drawn ? [...marks, drawn] : marks;
    canvas.replaceChildren(...all.flatMap((mark) => [
      part("path", { d: path(mark), stroke: "#fff", "stroke-width": side * 0.014 }),
      part("path", { d: path(mark), stroke: "#131922", "stroke-width": side * 0.007 }),
    ]));
    canvas.setAttribute("aria-label", `The photo, ${words()} Arrow keys move the last mark.`);
    $("[data-said]", form).textContent = words();
    $$("[value=undo], [value=clear]", form).forEach((button) => { button.disabled = !marks.length; });
    field.value = JSON.stringify(marks);
  };
  const changed = () => {
    dirty = true;
    show();
  };
  const add = (mark) => {
    if (marks.length >= most) return say(`A photo may have ${most} marks. Take some away.`);
    marks = [...marks, mark];
    changed();
  };

  // --- by hand
  const kind = () => form.elements.kind.value;
  const bound = (value) => Math.min(FULL, Math.max(0, Math.round(value)));
  const where = (e) => {
    const frame = canvas.getBoundingClientRect();
    return [bound((e.clientX - frame.left) / frame.width * FULL), bound((e.clientY - frame.top) / frame.height * FULL)];
  };
  const apart = ([ax, ay], [bx, by]) => Math.hypot((ax - bx), (ay - by) * height / width); // in thousandths of the width
  let start = null;
  on("pointerdown", (e) => {
    if (e.button || marks.length >= most) return;
    e.preventDefault();
    canvas.setPointerCapture(e.pointerId);
    start = where(e);
    drawn = kind() === "line" ? { kind: "line", points: [start] } : null;
  }, canvas);
  on("pointermove", (e) => {
    if (!start) return;
    const here = where(e);
    if (kind() === "circle") drawn = { kind: "circle", at: start, r: Math.round(Math.min(LARGEST, Math.max(SMALLEST, apart(start, here)))) };
    else if (kind() === "arrow") drawn = { kind: "arrow", from: start, to: here };
    else if (apart(drawn.points.at(-1), here) >= NEAR && drawn.points.length < POINTS) drawn.points.push(here);
    show();
  }, canvas);
  const end = (e) => {
    if (!start) return;
    const mark = drawn, here = where(e), tapped = apart(start, here) < SMALLEST;
    start = drawn = null;
    if (e.type === "pointercancel") return show();
    if (tapped && kind() === "circle") return add({ kind: "circle", at: here, r: 90 }); // a tap is a circle there
    if (!mark || (mark.kind === "line" ? mark.points.length < 2 : tapped)) return show();
    add(mark);
  };
  on("pointerup pointercancel", end, canvas);

  // --- by keys, and by the nine places
  const shift = (mark, dx, dy) => {
    const move = ([x, y]) => [bound(x + dx), bound(y + dy)];
    if (mark.kind === "circle") return { ...mark, at: move(mark.at) };
    if (mark.kind === "arrow") return { ...mark, from: move(mark.from), to: move(mark.to) };
    return { ...mark, points: mark.points.map(move) };
  };
  on("keydown", (e) => {
    const last = marks.at(-1), to = { ArrowLeft: [-STEP, 0], ArrowRight: [STEP, 0], ArrowUp: [0, -STEP], ArrowDown: [0, STEP] }[e.key];
    const grow = { "+": STEP, "=": STEP, "-": -STEP }[e.key];
    if (!last || !(to || (grow && last.kind === "circle"))) return;
    e.preventDefault();
    e.stopPropagation();
    const next = to ? shift(last, ...to) : { ...last, r: Math.min(LARGEST, Math.max(SMALLEST, last.r + grow)) };
    marks = [...marks.slice(0, -1), next];
    changed();
  }, canvas);
  const put = ([x, y]) => {
    if (kind() === "arrow") add({ kind: "arrow", from: [x > 500 ? x - 150 : x + 150, Math.max(y - 150, 20)], to: [x, y] });
    else add({ kind: "circle", at: [x, y], r: 110 });
    canvas.focus();
  };
  on("submit", (e) => {
    const does = e.submitter?.value, place = $("[name=place]:checked", form);
    if (does === "save") dirty = false;
    else {
      e.preventDefault();
      if (does === "undo") marks = marks.slice(0, -1);
      if (does === "clear") marks = [];
      if (does === "place") place ? put(place.dataset.at.split(",").map(Number)) : say("Choose where the mark goes.");
      changed();
    }
  }, form);
  on("beforeunload", (e) => dirty && e.preventDefault(), window);
  $$("[data-drawn]", form).forEach((el) => { el.hidden = false; });
  show();
})();

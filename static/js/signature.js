// Signing by hand, for those who would rather draw than type: [data-signature] names signature_pad, which is loaded when
// somebody asks for it and not before.  The lines go into the form as SVG; the server reads them strictly.
(() => {
  "use strict";
  const { $, $$, on, make } = window.lane;
  const INK = "#111", PAPER = "#fff", HEIGHT = 170;

  const prepare = (place) => {
    const kept = $("[name=signed_drawing]", place), drawn = $("[data-drawn]", place), typed = $("input[type=text], input:not([type])", place);
    const start = $("[data-draw-start]", place), clear = $("[data-draw-clear]", place);
    let pad;
    $("[data-draw]", place).hidden = false;
    const keep = (svg) => {
      if (kept.value === svg) return;
      kept.value = svg;
      kept.dispatchEvent(new Event("input", { bubbles: true }));
    };
    const open = async () => {
      start.disabled = true;
      try {
        const { default: SignaturePad } = await import(place.dataset.signature);
        const canvas = make("canvas", { className: "sig-pad", ariaLabel: "Sign here with a finger, a pen or the mouse" });
        canvas.setAttribute("role", "img");
        drawn.replaceChildren(canvas);
        const scale = Math.max(devicePixelRatio, 1);
        canvas.width = canvas.clientWidth * scale;
        canvas.height = HEIGHT * scale;
        canvas.getContext("2d").scale(scale, scale);
        pad = new SignaturePad(canvas, { penColor: INK, backgroundColor: PAPER, minWidth: 1, maxWidth: 2.6 });
        pad.addEventListener("endStroke", () => keep(pad.toSVG()));
        start.hidden = true;
        clear.hidden = false;
      } catch {
        drawn.replaceChildren(make("p", { className: "hint", textContent: "The pad did not load. Type your full name instead." }));
      }
      start.disabled = false;
    };
    on("click", open, start);
    on("click", () => {
      pad?.clear();
      pad = undefined;
      keep("");
      drawn.replaceChildren();
      start.hidden = false;
      clear.hidden = true;
      typed.focus();
    }, clear);
  };
  $$("[data-signature]").forEach(prepare);
})();

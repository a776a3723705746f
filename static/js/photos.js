// Photos go one by one, made smaller first, each with its own bar; the page goes on being used meanwhile.
// <… data-photos="address"> holds a file input, a list .photos and, for browsers without scripts, [data-photo-send].
// The answer to each photo is the tile that takes the place of its bar.
(() => {
  "use strict";
  const LONGEST = 2000, QUALITY = 0.85, SVG = "http://www.w3.org/2000/svg";
  const el = (name, props = {}, ...inner) => { const e = Object.assign(document.createElement(name), props); e.append(...inner); return e; };
  const token = () => { try { return JSON.parse(document.body.getAttribute("hx-headers:inherited"))["x-csrftoken"]; } catch { return ""; } };

  const smaller = async (file) => {
    try {
      const whole = await createImageBitmap(file, { imageOrientation: "from-image" }), share = Math.min(1, LONGEST / Math.max(whole.width, whole.height));
      if (share === 1 && file.size < 2e6) return file;
      const canvas = el("canvas", { width: Math.round(whole.width * share), height: Math.round(whole.height * share) });
      canvas.getContext("2d").drawImage(whole, 0, 0, canvas.width, canvas.height); whole.close();
      return (await new Promise((done) => canvas.toBlob(done, "image/jpeg", QUALITY))) || file;
    } catch { return file; /* a kind this browser cannot read, like HEIC: the server can */ } };

  const bar = () => {
    const svg = document.createElementNS(SVG, "svg"); svg.setAttribute("class", "meter"); svg.setAttribute("viewBox", "0 0 100 6"); svg.setAttribute("preserveAspectRatio", "none");
    ["bgd", "fg"].forEach((c) => { const r = document.createElementNS(SVG, "rect"); r.setAttribute("class", c); r.setAttribute("height", "6"); r.setAttribute("rx", "3"); r.setAttribute("width", c === "bgd" ? "100" : "0"); svg.append(r); });
    return svg; };

  const send = (body, address, progress) => new Promise((done, fail) => {
    const x = new XMLHttpRequest();
    x.open("POST", address); x.setRequestHeader("X-CSRFToken", token()); x.setRequestHeader("X-Requested-With", "fetch");
    x.upload.onprogress = (e) => e.lengthComputable && progress(Math.round((100 * e.loaded) / e.total));
    x.onload = () => (x.status < 300 ? done(x.responseText) : fail(x.status === 422 ? x.responseText : "That did not arrive. Take it again."));
    x.onerror = () => fail("No connection. Take it again when it is back.");
    x.send(body); });

  const one = async (place, file, caption) => {
    const words = el("span", { textContent: "sending" }), meter = bar(), item = el("li", {}, el("figure", { className: "ph up" }, el("figcaption", {}, el("b", { textContent: caption || "Photo" }), words, meter)));
    const list = place.querySelector(".photos"); list.insertBefore(item, list.querySelector("[data-photo-add]"));
    const body = new FormData(); body.append("form_key", crypto.randomUUID ? crypto.randomUUID() : key()); body.append("caption", caption);
    const small = await smaller(file); body.append("photo", small, small === file ? file.name : file.name.replace(/\.\w+$/, "") + ".jpg");
    try {
      const tile = new DOMParser().parseFromString(await send(body, place.dataset.photos, (p) => { words.textContent = `sending, ${p}%`; meter.lastChild.setAttribute("width", p); }), "text/html").querySelector("li");
      item.replaceWith(tile); window.htmx?.process(tile);
    } catch (problem) { words.textContent = String(problem); meter.remove(); } };

  // randomUUID is there on https and localhost only
  const key = () => { const b = crypto.getRandomValues(new Uint8Array(16)); b[6] = (b[6] & 15) | 64; b[8] = (b[8] & 63) | 128; const h = [...b].map((n) => n.toString(16).padStart(2, "0")).join(""); return [h.slice(0, 8), h.slice(8, 12), h.slice(12, 16), h.slice(16, 20), h.slice(20)].join("-"); };

  document.querySelectorAll("[data-photos]").forEach((place) => {
    const input = place.querySelector("input[type=file]"), captions = place.querySelector("select[name=caption]"); if (!input) return;
    place.querySelectorAll("[data-photo-send]").forEach((e) => { e.hidden = true; });
    input.classList.add("vh");
    input.addEventListener("change", async () => { const files = [...input.files]; input.value = ""; for (const file of files) await one(place, file, captions?.value || ""); });
  });
})();

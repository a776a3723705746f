// Photos go one by one, made smaller first, each with its own bar; the page goes on being used meanwhile.
// A photo that finds no signal waits on this page and goes again, under the same one-time key: sent twice is one photo.
//
//   <… data-photos="address"> holds a file input, a list (.photos or .shots) with its last tile [data-photo-add], and for
//   browsers without scripts [data-photo-send].  Its other named fields (a caption, an item) go with each photo.
//   The answer is the <li> that takes the place of the bar; a 422 answers with the sentence to show.
(() => {
  "use strict";
  const LONGEST = 1600, QUALITY = 0.85, AGAIN = 15000;
  const waiting = new Set();
  const el = (name, props = {}, ...inner) => { const e = Object.assign(document.createElement(name), props); e.append(...inner); return e; };
  const token = () => { try { return JSON.parse(document.body.getAttribute("hx-headers:inherited"))["x-csrftoken"]; } catch { return ""; } };
  // randomUUID is there on https and localhost only.
  const uuid = () => crypto.randomUUID?.() || "10000000-1000-4000-8000-100000000000".replace(/[018]/g, (c) => (+c ^ (crypto.getRandomValues(new Uint8Array(1))[0] & (15 >> (+c / 4)))).toString(16));

  const smaller = async (file) => {
    try {
      const whole = await createImageBitmap(file, { imageOrientation: "from-image" }), share = Math.min(1, LONGEST / Math.max(whole.width, whole.height));
      const canvas = el("canvas", { width: Math.round(whole.width * share), height: Math.round(whole.height * share) });
      canvas.getContext("2d").drawImage(whole, 0, 0, canvas.width, canvas.height); whole.close();
      return (await new Promise((done) => canvas.toBlob(done, "image/jpeg", QUALITY))) || file;
    } catch { return file; /* a kind this browser cannot read, like HEIC: the server can */ } };

  const send = (job) => new Promise((done) => {
    const { item, words, bar } = job, ask = new XMLHttpRequest();
    const later = () => { bar.hidden = true; item.classList.add("wait"); words.textContent = "waiting for signal"; done(); };
    const refused = (text) => { waiting.delete(job); bar.remove(); words.textContent = text; done(); };
    item.classList.remove("wait"); bar.hidden = false; words.textContent = "sending";
    ask.open("POST", job.address); ask.timeout = 120000;
    ask.setRequestHeader("X-CSRFToken", token()); ask.setRequestHeader("X-Requested-With", "fetch");
    ask.upload.onprogress = (e) => { if (e.lengthComputable) { bar.value = e.loaded / e.total; words.textContent = `sending, ${Math.round(100 * bar.value)}%`; } };
    ask.onerror = ask.ontimeout = later;
    ask.onload = () => {
      if (ask.status >= 500) return later();
      if (ask.status >= 400) return refused(ask.status === 422 ? ask.responseText : "That was not taken. Load the page again.");
      const tile = new DOMParser().parseFromString(ask.responseText, "text/html").querySelector("li");
      if (!tile) return refused("sent");
      waiting.delete(job); item.replaceWith(tile); window.htmx?.process(tile); done(); };
    ask.send(job.body); });

  let busy = false;
  const drain = async () => { if (busy) return; busy = true; for (const job of [...waiting]) if (waiting.has(job)) await send(job); busy = false; };

  const add = async (place, input, file) => {
    const others = [...place.querySelectorAll("input[type=hidden][name], select[name]")].filter((f) => !["form_key", "csrfmiddlewaretoken"].includes(f.name));
    const body = new FormData(); body.append("form_key", uuid()); others.forEach((f) => body.append(f.name, f.value));
    const list = place.querySelector(".photos, .shots"), words = el("span", { textContent: "getting ready" }), bar = el("progress", { hidden: true, value: 0 }), img = el("img", { alt: "" });
    const caption = others.find((f) => f.name === "caption")?.value || "Photo";
    const item = el("li", {}, el("figure", { className: list.matches(".photos") ? "ph up" : "" }, img, el("figcaption", {}, el("b", { textContent: caption }), words, bar)));
    list.insertBefore(item, list.querySelector("[data-photo-add]"));
    const small = await smaller(file);
    body.append(input.name || "photo", small, small === file ? file.name : file.name.replace(/\.\w+$/, "") + ".jpg");
    img.src = URL.createObjectURL(small); img.addEventListener("load", () => URL.revokeObjectURL(img.src), { once: true });
    waiting.add({ address: place.dataset.photos, body, item, words, bar }); };

  const ready = () => document.querySelectorAll("[data-photos]").forEach((place) => {
    const input = place.querySelector("input[type=file]"); if (!input || place.dataset.ready) return;
    place.dataset.ready = "1"; input.classList.add("vh");
    place.querySelectorAll("[data-photo-send]").forEach((e) => { e.hidden = true; });
    input.addEventListener("change", async () => { const files = [...input.files]; input.value = ""; for (const file of files) { await add(place, input, file); drain(); } }); });
  ready(); document.addEventListener("htmx:after:swap", ready);
  addEventListener("online", drain); setInterval(() => waiting.size && drain(), AGAIN);
  addEventListener("beforeunload", (e) => { if (waiting.size) e.preventDefault(); });
})();

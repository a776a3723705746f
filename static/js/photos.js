// Photos from the bay: made small in the browser, sent one by one, kept and sent again when the signal is weak.
// Each photo carries a one-time key, so a photo sent twice is one photo.  Without scripts the form posts the file as it is.
//
//   <form data-photos="#list" action="…" method="post" enctype="multipart/form-data">
//     <input type="file" name="photo" accept="image/*" capture="environment" multiple>   and the form's hidden fields
//   #list is a <ul class="shots">; the server answers each photo with its <li>, or with any other 2xx.
//   Inside another form the same is a <div data-photos="#list" data-to="address">.
(() => {
  "use strict";
  const EDGE = 1600, QUALITY = 0.85, AGAIN = 15000;
  const waiting = new Map();
  const uuid = () => crypto.randomUUID?.() || "10000000-1000-4000-8000-100000000000".replace(/[018]/g, (c) => (+c ^ (crypto.getRandomValues(new Uint8Array(1))[0] & (15 >> (+c / 4)))).toString(16));
  const small = async (file) => {
    const picture = await createImageBitmap(file, { imageOrientation: "from-image" });
    const scale = Math.min(1, EDGE / Math.max(picture.width, picture.height)), w = Math.round(picture.width * scale), h = Math.round(picture.height * scale);
    if (self.OffscreenCanvas) { const c = new OffscreenCanvas(w, h); c.getContext("2d").drawImage(picture, 0, 0, w, h); return c.convertToBlob({ type: "image/jpeg", quality: QUALITY }); }
    const c = Object.assign(document.createElement("canvas"), { width: w, height: h }); c.getContext("2d").drawImage(picture, 0, 0, w, h);
    return new Promise((done) => c.toBlob(done, "image/jpeg", QUALITY)); };
  const token = (form) => form.closest("form").querySelector("[name=csrfmiddlewaretoken]")?.value || "";
  const fields = (form) => form instanceof HTMLFormElement ? [...new FormData(form)] : [...form.querySelectorAll("[name]")].filter((f) => f.type !== "file").map((f) => [f.name, f.value]);
  const send = (job) => new Promise((done) => {
    const { form, field, blob, key, li } = job, body = new FormData(), bar = li.querySelector("progress"), words = li.querySelector("span"), ask = new XMLHttpRequest();
    fields(form).forEach(([n, v]) => { if (n !== field && n !== "form_key") body.append(n, v); });
    body.append("form_key", key); body.append(field, blob, "photo.jpg");
    li.classList.remove("wait"); bar.hidden = false; words.textContent = "Sending";
    ask.upload.onprogress = (e) => { if (e.lengthComputable) bar.value = e.loaded / e.total; };
    const failed = () => { bar.hidden = true; li.classList.add("wait"); words.textContent = "Waiting for signal"; done(false); };
    ask.onerror = ask.ontimeout = failed;
    ask.onload = () => {
      if (ask.status >= 500 || ask.status === 0) return failed();
      waiting.delete(key);
      if (ask.status >= 400) { bar.hidden = true; words.textContent = "Not taken: choose another photo"; return done(false); }
      const fresh = document.createRange().createContextualFragment(ask.responseText).querySelector("li");
      if (fresh) { li.replaceWith(fresh); self.htmx?.process(fresh); } else { bar.hidden = true; words.textContent = "Sent"; }
      form.dispatchEvent(new CustomEvent("lane:photo", { bubbles: true })); done(true); };
    ask.open("POST", form.dataset.to || form.action); ask.timeout = 120000; ask.setRequestHeader("X-CSRFToken", token(form)); ask.setRequestHeader("HX-Request", "true"); ask.send(body); });
  let busy = false;
  const drain = async () => { if (busy) return; busy = true; for (const job of [...waiting.values()]) await send(job); busy = false; };
  document.addEventListener("change", async (e) => {
    const field = e.target, form = field.closest?.("[data-photos]"); if (!form || field.type !== "file") return;
    const list = document.querySelector(form.dataset.photos), files = [...field.files]; field.value = "";
    for (const file of files) {
      const li = document.createElement("li"), figure = document.createElement("figure"), img = document.createElement("img"), cap = document.createElement("figcaption"), bar = document.createElement("progress"), words = document.createElement("span");
      words.textContent = "Getting ready"; img.alt = ""; bar.value = 0; bar.hidden = true; if (list.matches(".photos")) figure.className = "ph up"; cap.append(words, bar); figure.append(img, cap); li.append(figure);
      list.insertBefore(li, list.querySelector("li:has(.add)"));
      let blob = file; try { blob = await small(file); } catch { /* a kind of picture the browser cannot open: the server will look */ }
      img.src = URL.createObjectURL(blob); img.addEventListener("load", () => URL.revokeObjectURL(img.src), { once: true });
      const key = uuid(); waiting.set(key, { form, field: field.name, blob, key, li }); }
    drain(); });
  // Choosing is sending: the button is there for browsers without scripts.
  document.querySelectorAll("[data-photos] [data-no-script]").forEach((b) => { b.hidden = true; });
  addEventListener("online", drain); setInterval(() => waiting.size && drain(), AGAIN);
  addEventListener("beforeunload", (e) => { if (waiting.size) e.preventDefault(); });
})();

// Photos go one by one, made smaller first, each with its own bar; the page goes on being used meanwhile.
// A photo that finds no signal stays on this device, with its one-time key, and goes from whichever page loads this next:
// sent twice is one photo.  It leaves the device once it has arrived, or when somebody drops it.
//
//   <script data-who="id of who is logged in">: a photo goes only under the name it was taken under.
//   <… data-photos="address"> holds a file input, a list (.photos or .shots) with its last tile [data-photo-add], and for
//   browsers without scripts [data-photo-send].  Its other named fields (a caption, an item) go with each photo.
//   The answer is the <li> that takes the place of the bar; a 422 answers with the sentence to show.
(() => {
  "use strict";
  const LONGEST = 1600, QUALITY = 0.85, AGAIN = 15000, PATIENCE = 120000, LARGEST = 15 * 1024 * 1024;
  const { $, $$, on, make, token } = window.lane;
  const who = document.currentScript.dataset.who || "";

  // --- what this device keeps: photos here, answers of an inspection in bay.js
  let opening;
  const open = () => (opening ||= new Promise((done, failed) => {
    const ask = indexedDB.open("lane", 1);
    ask.onupgradeneeded = () => ["photos", "answers"].forEach((name) => ask.result.createObjectStore(name, { keyPath: "key" }));
    ask.onerror = () => failed(ask.error);
    ask.onsuccess = () => {
      ask.result.onversionchange = () => ask.result.close(); // somebody logs out in another tab
      done(ask.result);
    };
  }));
  const inStore = async (name, mode, does) => {
    const steps = (await open()).transaction(name, mode), ask = does(steps.objectStore(name));
    return new Promise((done, failed) => {
      steps.oncomplete = () => done(ask.result);
      steps.onerror = steps.onabort = () => failed(steps.error || ask.error);
    });
  };
  const count = async () => { // lane.js asks before a log-out throws them away
    const kept = await Promise.all(["photos", "answers"].map((name) => inStore(name, "readonly", (store) => store.count())));
    try {
      localStorage.setItem("lane.waiting", kept[0] + kept[1] || "");
    } catch {} // it may be switched off
  };
  const changing = (does) => async (name, what) => {
    await inStore(name, "readwrite", (store) => store[does](what));
    await count();
  };
  const kept = {
    put: changing("put"),
    drop: changing("delete"),
    mine: async (name) => (await inStore(name, "readonly", (store) => store.getAll()))
      .filter((row) => row.who === who).sort((a, b) => a.at - b.at),
    // One page at a time sends, where the browser can say so; the server takes a key once in any case.
    alone: (name, does) => (navigator.locks ? navigator.locks.request(name, { ifAvailable: true }, (held) => held && does()) : does()),
    // randomUUID is there on https and localhost only.
    key: () => crypto.randomUUID?.() || "10000000-1000-4000-8000-100000000000".replace(/[018]/g, (c) => (+c ^ (crypto.getRandomValues(new Uint8Array(1))[0] & (15 >> (+c / 4)))).toString(16)),
    who,
  };

  // --- smaller, before anything else
  const smaller = async (file) => {
    try {
      const whole = await createImageBitmap(file, { imageOrientation: "from-image" });
      const share = Math.min(1, LONGEST / Math.max(whole.width, whole.height));
      const canvas = make("canvas", { width: Math.round(whole.width * share), height: Math.round(whole.height * share) });
      canvas.getContext("2d").drawImage(whole, 0, 0, canvas.width, canvas.height);
      whole.close();
      return (await new Promise((done) => canvas.toBlob(done, "image/jpeg", QUALITY))) || file;
    } catch {
      return file; // a kind this browser cannot read, like HEIC: the server can
    }
  };

  // --- a tile for each, in the list it belongs to
  const jobs = new Map(); // key to { row, item, words, bar, isKept }
  const told = () => document.dispatchEvent(new CustomEvent("lane:waiting"));
  const listFor = (row) => {
    const place = $$("[data-photos]").find((one) => one.dataset.photos === row.address);
    return place && $(".photos, .shots", place);
  };
  const put = (job) => {
    const list = listFor(job.row);
    if (list && job.item.parentNode !== list) list.insertBefore(job.item, $("[data-photo-add]", list));
  };
  // An answer that was asked for before a photo arrived, and came after, knows nothing of it: its tile is put back.
  const arrived = [];
  const arrive = (row, tile) => {
    arrived.push({ row, tile, until: Date.now() + PATIENCE });
    arrived.forEach(putBack);
  };
  const putBack = ({ row, tile, until }) => {
    const list = listFor(row);
    if (!list || Date.now() > until || document.getElementById(tile.id)) return;
    list.insertBefore(tile, $("[data-photo-add]", list));
    window.htmx?.process(tile);
  };
  const draw = (row, isKept) => {
    const words = make("span", { textContent: "getting ready" }), bar = make("progress", { hidden: true, value: 0 });
    bar.setAttribute("aria-label", `${row.caption}, sending`);
    const img = make("img", { alt: "" });
    if (row.data) {
      img.src = URL.createObjectURL(new Blob([row.data], { type: row.type }));
      img.onload = () => URL.revokeObjectURL(img.src);
    }
    const caption = make("figcaption", {}, make("b", { textContent: row.caption }), words, bar);
    const item = make("li", {}, make("figure", { className: "ph" }, img, caption));
    const job = { row, item, words, bar, isKept };
    jobs.set(row.key, job);
    put(job);
    return job;
  };
  const wait = (job, why) => {
    job.bar.hidden = true;
    job.item.classList.add("wait");
    job.words.textContent = job.isKept ? why : `${why}: no room to keep it, so stay on this page`;
    job.state = "waiting";
    told();
  };
  const gone = async (job) => {
    jobs.delete(job.row.key);
    told();
    if (job.isKept) await kept.drop("photos", job.row.key);
  };
  const refuse = async (job, text) => {
    job.row.refused = text;
    job.state = "refused";
    if (job.isKept) await kept.put("photos", job.row);
    job.bar.hidden = true;
    const again = make("button", { type: "button", className: "btn", textContent: "Try again" });
    const drop = make("button", { type: "button", className: "btn", textContent: "Drop" });
    again.onclick = async () => {
      await gone(job);
      const fresh = { ...job.row, key: kept.key(), refused: "" };
      job.item.remove();
      await add(fresh);
      drain();
    };
    drop.onclick = async () => {
      job.item.remove();
      await gone(job);
    };
    job.words.replaceChildren(text, again, drop);
    told();
  };

  // --- sending
  const send = (job) => new Promise((done) => {
    const { row, item, words, bar } = job, ask = new XMLHttpRequest(), body = new FormData();
    row.fields.forEach(([name, value]) => body.append(name, value));
    body.append(row.name, new Blob([row.data], { type: row.type }), row.filename);
    const stop = (why) => {
      wait(job, why);
      done(false);
    };
    item.classList.remove("wait");
    bar.hidden = false;
    words.textContent = "sending";
    job.state = "sending";
    told();
    ask.open("POST", row.address);
    ask.timeout = PATIENCE;
    ask.setRequestHeader("X-CSRFToken", token()); // of the page at hand, not of the one it was taken on
    ask.setRequestHeader("X-Requested-With", "fetch");
    ask.upload.onprogress = (e) => {
      if (!e.lengthComputable) return;
      bar.value = e.loaded / e.total;
      words.textContent = `sending, ${Math.round(100 * bar.value)}%`;
    };
    ask.onerror = ask.ontimeout = () => stop("waiting for signal");
    ask.onload = async () => {
      if (ask.responseURL.includes("/accounts/")) return stop("waiting: log in again");
      if (ask.status >= 500 || ask.status === 429) return stop("waiting for the server");
      if (ask.status === 403) return stop("waiting: load the page again");
      if (ask.status >= 400) {
        await refuse(job, ask.status === 422 ? ask.responseText : ask.status === 413 ? "Too large to send." : "That was not taken.");
        return done(true);
      }
      const dropped = gone(job); // the device may take its time; who looks need not
      const tile = new DOMParser().parseFromString(ask.responseText, "text/html").querySelector("li");
      if (tile && item.isConnected) {
        item.replaceWith(tile);
        window.htmx?.process(tile);
      } else item.remove();
      if (tile) arrive(row, tile);
      await dropped.catch(() => {}); // sent again it is the same photo
      done(true);
    };
    ask.send(body);
  });
  const isThere = (key) => inStore("photos", "readonly", (store) => store.count(key)).catch(() => 1);
  const sendAll = async () => {
    const tried = new Set(), next = () => [...jobs.values()].find((one) => !["refused", "keeping"].includes(one.state) && !tried.has(one));
    for (let job; (job = next()); tried.add(job)) { // one that is taken meanwhile goes as well
      if (job.isKept && !(await isThere(job.row.key))) { // another page has sent it
        jobs.delete(job.row.key);
        job.words.textContent = "sent";
      } else if (!(await send(job))) {
        jobs.forEach((one) => one.state || wait(one, "waiting for signal"));
        break;
      }
    }
    told();
    return true;
  };
  const drain = async () => {
    const isMine = await kept.alone("lane-photos", sendAll);
    if (isMine && [...jobs.values()].some((job) => !job.state)) drain(); // taken as the last one left
  };

  const add = async (row) => {
    const job = draw(row, false);
    job.state = "keeping";
    if (row.data.byteLength > LARGEST) return refuse(job, "A photo may have 15 MB. Send a smaller one.");
    try {
      await kept.put("photos", row);
      job.isKept = true;
    } catch {} // full, or not allowed to keep anything: then it goes from this page or not at all, and says so
    job.state = "";
    return job;
  };
  const take = async (place, input, file) => {
    const others = $$("input[type=hidden][name], select[name]", place).filter((one) => !["form_key", "csrfmiddlewaretoken"].includes(one.name));
    const key = kept.key(), label = $("[aria-label]", place)?.getAttribute("aria-label");
    const small = await smaller(file);
    await add({
      key, who, at: Date.now(), address: place.dataset.photos, page: location.pathname + location.search, refused: "",
      caption: others.find((one) => one.name === "caption")?.value || label || "Photo",
      fields: [["form_key", key], ...others.map((one) => [one.name, one.value])],
      name: input.name || "photo", type: small.type,
      filename: small === file ? file.name : file.name.replace(/\.\w+$/, "") + ".jpg",
      data: await small.arrayBuffer(), // some browsers keep bytes, but not files
    });
  };

  const ready = () => {
    jobs.forEach(put);
    arrived.forEach(putBack);
    $$("[data-photos]").forEach((place) => {
      const input = $("input[type=file]", place);
      if (!input || place.dataset.ready) return;
      place.dataset.ready = "1";
      input.classList.add("vh");
      $$("[data-photo-send]", place).forEach((one) => { one.hidden = true; });
      on("change", async () => {
        const files = [...input.files];
        input.value = "";
        for (const file of files) {
          await take(place, input, file);
          drain();
        }
      }, input);
    });
  };
  const restore = async () => {
    for (const row of await kept.mine("photos").catch(() => [])) {
      if (jobs.has(row.key)) continue;
      const job = draw(row, true);
      if (row.refused) await refuse(job, row.refused);
      else wait(job, "waiting for signal");
    }
    await count().catch(() => 0);
    drain();
  };
  on("htmx:after:swap lane:drawn", ready);
  on("online", drain, window);
  on("beforeunload", (e) => [...jobs.values()].some((job) => !job.isKept && job.state !== "refused") && e.preventDefault(), window);
  setInterval(() => [...jobs.values()].some((job) => !job.state || job.state === "waiting") && drain(), AGAIN);
  window.lane.kept = { ...kept, photos: () => [...jobs.values()].map(({ state, row }) => ({ state, row })) };
  ready();
  restore();
})();

// An inspection without a signal.  Each answer is written down on this device before it is sent, and struck off when the
// server has it; what finds no signal waits, in order, says so on its item, and goes again under the same one-time key.
// The other sections are fetched ahead, so that a technician can walk through them behind the lift.
//
//   form[data-item] is one item's form (htmx posts it); .rd[data-item][data-place] a place to read; form.rest the rest of
//   a section; #signal the line across the page; template#kept and template#say-why what is said on an item.
(() => {
  "use strict";
  const { $, $$, on, clock, token, say, kept } = window.lane;
  const PATIENCE = 8000, AGAIN = 10000, GIVES_UP = 5, PAUSE = 300;
  const WORDS = { red: "Now", yellow: "Can wait", green: "Good", none: "Not done" };
  const flying = new Map(); // key to row: on its way by htmx
  let rows = [], since = 0, lost = false, loggedOut = false;
  const offline = () => lost || !navigator.onLine;
  const field = (row, name) => row.fields.find(([one]) => one === name)?.[1] || "";
  const setField = (row, name, value) => {
    row.fields = [...row.fields.filter(([one]) => one !== name), [name, value]];
  };
  const itemsOf = (row) => row.items || [row.item];
  const cardOf = (item) => $(`#item-${item}`);

  // --- what is said of it
  const wordsOf = (row) => {
    if (row.items) return "the rest of its section is good";
    const value = field(row, "value"), rule = WORDS[field(row, "rule")];
    if (field(row, "do") === "measure") return `${value} ${row.unit || ""}${row.at_place ? `, ${row.at_place.toLowerCase()}` : ""}`;
    return field(row, "do") === "note" ? "what you saw" : field(row, "do") === "reading" ? "use the reading" : rule || "your ruling";
  };
  const paint = () => {
    $$(".kept").forEach((old) => old.remove());
    new Set(rows.flatMap(itemsOf)).forEach((item) => {
      const card = cardOf(item), mine = rows.filter((row) => itemsOf(row).includes(item)), refused = mine.find((row) => row.refused);
      if (!card) return;
      const line = $("#kept").content.firstElementChild.cloneNode(true);
      $("b", line).textContent = refused ? "Not taken." : "Not saved yet:";
      $("span", line).textContent = refused ? refused.refused : `${mine.map(wordsOf).join("; ")}.`;
      $(".row", line).hidden = !refused;
      line.dataset.of = item;
      $("fieldset.ruling", card)?.after(line);
      const rule = mine.map((row) => (row.items ? "green" : field(row, "do") === "measure" ? "" : field(row, "rule"))).filter(Boolean).pop();
      const sign = rule && $(`#rule-${item} input[value="${rule}"]`);
      if (sign) sign.checked = true;
    });
    rows.filter((row) => field(row, "do") === "measure").forEach((row) => {
      $$(`.rd[data-item="${row.item}"][data-place="${field(row, "place")}"] b`).forEach((b) => { b.textContent = field(row, "value"); });
    });
    const items = new Set(rows.flatMap(itemsOf)).size;
    $$("[data-unsaved]").forEach((el) => { el.textContent = items ? `, ${items} not saved yet` : ""; });
    banner();
  };
  const banner = () => {
    const line = $("#signal"), photos = kept.photos(), sending = photos.filter((one) => one.state === "sending").length;
    const wait = photos.filter((one) => one.state === "waiting").length, refused = rows.some((row) => row.refused);
    const bad = offline() || rows.length || wait;
    if (!bad) since = 0;
    else since ||= Date.now();
    if (!line) return;
    const of = (n, one, many) => (n ? `${n} ${n > 1 ? many : one}` : "");
    const parts = [of(sending, "photo is sending", "photos are sending"), of(wait, "photo waits", "photos wait"),
      of(rows.length, "answer is safe on this device", "answers are safe on this device")].filter(Boolean);
    line.hidden = !bad;
    $("b", line).textContent = loggedOut ? "You are logged out." : refused ? "Some answers were not taken." : offline() ? `No signal since ${clock(since)}.` : "Catching up.";
    const rest = parts.length ? `${parts.join(", ")}.` : "";
    $("span span", line).textContent = `${rest} ${loggedOut ? "Log in again in another tab to send it." : refused ? "Look at the items marked below." : "Keep going."}`.trim();
  };

  // --- into the store
  const rowFrom = (form, fields, address) => {
    const pad = cardOf(form.dataset.item)?.querySelector(".pad"), to = pad?.pointed;
    const row = { key: "", who: kept.who, at: Date.now(), address, item: form.dataset.item, fields: fields.filter(([name]) => name !== "csrfmiddlewaretoken"), tries: 0, sent: false, refused: "" };
    if (field(row, "do") === "measure") {
      row.unit = $(".pad-u input:checked", pad)?.dataset.label || pad?.dataset.unit || "";
      row.at_place = $(".pad-at b", pad)?.textContent || "";
      if (to) {
        Object.assign(row, { address: to.address, item: to.item });
        setField(row, "version", to.version);
      }
    }
    row.key = field(row, "form_key");
    return row;
  };
  const renew = (form) => { // the next answer of this form is another one
    const key = $("input[name=form_key]", form);
    if (key) key.value = kept.key();
  };
  const hold = async (row, form) => {
    rows.push(row);
    if (form) renew(form);
    if (field(row, "do") === "measure") next(row);
    paint();
    say(`Kept on this device: ${row.name || ""} ${wordsOf(row)}.`);
    try {
      await kept.put("answers", row);
    } catch {
      window.lane.fail("This device has no room left. Stay on this page until the signal is back.");
    }
  };

  // --- on the way to the server
  const ours = (el) => el?.matches?.("form[data-item]");
  on("htmx:config:request", ({ detail: { ctx } }) => {
    if (ours(ctx.sourceElement)) ctx.request.timeout = PATIENCE;
  });
  on("htmx:before:request", (e) => {
    const { ctx } = e.detail, form = ctx.sourceElement;
    if (!ours(form) || ctx.request.method !== "POST") return;
    const row = rowFrom(form, [...ctx.request.body.entries()], ctx.request.action);
    row.name = form.dataset.name;
    if (!offline() && !rows.length && row.address === ctx.request.action) {
      ctx.kept = row;
      row.sent = true;
      flying.set(row.key, row);
      kept.put("answers", row).catch(() => 0);
      return;
    }
    e.preventDefault();
    const rule = field(row, "rule"), asks = ["", "rule"].includes(field(row, "do"));
    const why = field(row, "words") || field(row, "not_done") || field(row, "not_done_words") || row.fields.some(([name]) => name === "marks");
    if (field(row, "do") === "change") return ask(form, row);
    if (asks && !why && (rule === "none" || "measured" in form.dataset)) return ask(form, row);
    hold(row, form);
    drain();
  });
  on("htmx:after:request", ({ detail: { ctx } }) => {
    const row = ctx.kept;
    lost = false;
    if (!row) return;
    flying.delete(row.key);
    if (ctx.response.status >= 500) return hold(row, ctx.sourceElement);
    kept.drop("answers", row.key).catch(() => 0);
  });
  on("htmx:error", (e) => {
    const { ctx } = e.detail, row = ctx?.kept;
    if (!row || !flying.has(row.key)) return;
    e.stopPropagation(); // said here, where it belongs
    flying.delete(row.key);
    lost = true;
    row.sent = true; // it may have arrived: the same key and the same words go again
    hold(row, ctx.sourceElement);
  }, document, true);
  on("submit", (e) => {
    const form = e.target;
    if (!form.matches("form.rest") || (!offline() && !rows.length)) return;
    e.preventDefault();
    const row = { key: "", who: kept.who, at: Date.now(), address: form.action, items: form.dataset.items.trim().split(" "), fields: [...new FormData(form).entries()].filter(([name]) => name !== "csrfmiddlewaretoken"), tries: 0, sent: false, refused: "" };
    row.key = field(row, "form_key");
    form.hidden = true;
    hold(row);
    drain();
  });
  on("submit", (e) => {
    if (!e.target.closest("#finish") || (!offline() && !rows.length)) return;
    e.preventDefault();
    window.lane.fail("Finishing needs the signal. What you marked is safe on this device.");
  });

  // --- one after the other, when there is a signal
  const dropRow = async (row) => {
    rows = rows.filter((one) => one !== row);
    await kept.drop("answers", row.key);
  };
  const versionIn = (text, item) => new DOMParser().parseFromString(text, "text/html").querySelector(`#f-${item} input[name=version]`)?.value;
  const onTop = async (item, version) => { // what was answered after it stands on top of it
    for (const row of rows) {
      if (row.item !== item || row.sent || !version) continue;
      setField(row, "version", String(version));
      await kept.put("answers", row);
    }
  };
  const post = async (row) => {
    row.sent = true; // from here on the same words, whatever becomes of it
    row.tries += 1;
    await kept.put("answers", row);
    const stop = new AbortController(), timer = setTimeout(() => stop.abort(), PATIENCE);
    try {
      const body = new URLSearchParams(row.fields);
      return await fetch(row.address, { method: "POST", body, headers: { "X-CSRFToken": token(), "X-Requested-With": "fetch" }, signal: stop.signal });
    } finally {
      clearTimeout(timer);
    }
  };
  let draining = false;
  const drain = async () => {
    if (draining || !navigator.onLine) return;
    draining = true;
    const changed = new Set();
    try {
      await kept.alone("lane-answers", async () => {
        const stuck = new Set(rows.filter((row) => row.refused).map((row) => row.item));
        for (const row of [...rows]) {
          if (stuck.has(row.item) || !rows.includes(row)) continue;
          const answer = await post(row);
          lost = false;
          loggedOut = answer.url.includes("/accounts/");
          if (loggedOut || answer.status === 429) break;
          if (answer.ok) {
            const version = row.items ? "" : answer.redirected ? versionIn(await answer.text(), row.item) : (await answer.json()).version;
            await dropRow(row);
            await onTop(row.item, version);
            itemsOf(row).forEach((item) => changed.add(item));
          } else if (answer.status >= 500 && row.tries < GIVES_UP) break;
          else {
            row.refused = [409, 422].includes(answer.status) ? await answer.text() : "The server did not take it. Load the page again.";
            if (row.refused.includes("<")) row.refused = "It was answered otherwise meanwhile.";
            await kept.put("answers", row);
            stuck.add(row.item);
          }
          paint();
        }
      });
    } catch {
      lost = true;
    }
    draining = false;
    for (const item of changed) await fresh(item);
    paint();
  };
  const fresh = async (item) => { // its card as the server has it, unless more waits for it
    const form = $(`#f-${item}`) || ($(`.rd[data-item="${item}"]`) && $("form[data-item]", $(".pad")?.closest(".item") || document));
    if (form && window.htmx && !rows.some((row) => itemsOf(row).includes(item))) {
      await window.htmx.ajax("GET", form.getAttribute("action"), { target: `#item-${form.dataset.item}`, swap: "outerHTML" }).catch(() => 0);
    }
  };
  on("click", async (e) => {
    const line = e.target.closest(".kept"), again = e.target.closest("[data-again]");
    if (!line || !(again || e.target.closest("[data-drop]"))) return;
    const item = line.dataset.of, mine = rows.filter((row) => row.item === item);
    if (!again) {
      for (const row of mine) await dropRow(row);
      await fresh(item);
      return paint();
    }
    const answer = await fetch(mine[0].address, { headers: { "HX-Request": "true" } }).catch(() => null);
    const version = answer?.ok && versionIn(await answer.text(), item);
    if (!version) return;
    for (const row of mine) {
      await kept.drop("answers", row.key);
      Object.assign(row, { key: kept.key(), sent: false, tries: 0, refused: "" });
      setField(row, "form_key", row.key);
      setField(row, "version", version);
      await kept.put("answers", row);
    }
    drain();
  });

  // --- what the server would ask is asked here
  const ask = (form, row) => {
    const card = cardOf(form.dataset.item), box = $("#say-why").content.firstElementChild.cloneNode(true);
    const notDone = field(row, "rule") === "none", words = $("input[type=text]", box);
    $$(".over", card).forEach((old) => old.remove());
    $("[data-not-done]", box).hidden = !notDone;
    $("fieldset.ruling", card).after(box);
    words.focus();
    $("[data-leave]", box).onclick = () => {
      box.remove();
      $$(`#rule-${form.dataset.item} input`).forEach((one) => { one.checked = one.defaultChecked; });
    };
    $("[data-keep-why]", box).onclick = () => {
      const why = words.value.trim() || $("input[name=why]:checked", box)?.value || "";
      const rule = $(`#rule-${form.dataset.item} input:checked`)?.value || field(row, "rule");
      if (!why) return words.focus();
      setField(row, "do", "rule");
      setField(row, "rule", rule);
      setField(row, rule === "none" ? "not_done_words" : "words", why);
      box.remove();
      hold(row, form);
      drain();
    };
  };

  // --- the pad moves on by itself
  const point = (cell) => {
    const card = cell.closest(".item") || $(".pad")?.closest(".item"), pad = card && $(".pad", card), form = card && $("form[data-item]", card);
    if (!pad) return;
    const { item, place, unit, name, version } = cell.dataset;
    pad.pointed = { item, version, address: form.getAttribute("action").replace(/items\/\d+\//, `items/${item}/`) };
    delete pad.dataset.lowest;
    $("input[name=place]", pad).value = place;
    const input = $(".pad-v input", pad), label = $(".pad-at b", pad), sent = $("input[name=unit]", pad);
    if (sent && form.dataset.item === item && unit !== pad.dataset.unit && sent.value) sent.value = unit;
    if (label) label.textContent = name;
    input.value = "";
    $$("[data-k]", pad).forEach((key) => key.setAttribute("aria-pressed", "false"));
    $$(".rd").forEach((one) => one.classList.toggle("cur", one === cell));
    input.dispatchEvent(new Event("input", { bubbles: true }));
  };
  const next = (row) => {
    const cells = $$(".rd[data-item]"), here = cells.findIndex((one) => one.dataset.item === row.item && one.dataset.place === field(row, "place"));
    const card = cardOf(row.item), value = $(".pad-v input", card || document);
    if (here >= 0) $("b", cells[here]).textContent = field(row, "value");
    const same = cells[here]?.parentNode.closest(".item, .wheels");
    const open = cells.slice(here + 1).find((one) => $("b", one).textContent === "?" && one.closest(".item, .wheels") === same);
    if (open) point(open);
    else if (value) {
      value.value = "";
      value.dispatchEvent(new Event("input", { bubbles: true }));
    }
  };
  on("click", (e) => {
    const cell = e.target.closest("a.rd[data-item]");
    if (!cell || (!offline() && !rows.length) || !$(".pad")) return;
    e.preventDefault();
    e.stopPropagation();
    point(cell);
  }, document, true);

  // --- the other sections, fetched ahead
  const pages = new Map(); // slug to main, sections and bar of a page
  const slugOf = (url) => new URL(url, location.href).searchParams.get("section");
  const parts = (root) => ["#main", "#secs", ".ins-bar"].map((selector) => root.querySelector(selector));
  let here = slugOf($("#secs [aria-current]")?.href || location.href);
  const ahead = async () => {
    for (const link of $$("#secs a:not([aria-current])")) {
      if (offline()) return;
      const slug = slugOf(link.href);
      const answer = await fetch(link.href).catch(() => null);
      if (answer?.ok && !answer.redirected) pages.set(slug, parts(new DOMParser().parseFromString(await answer.text(), "text/html")));
      await new Promise((done) => setTimeout(done, PAUSE));
    }
    document.body.dataset.ahead = pages.size;
  };
  on("click", (e) => {
    const link = e.target.closest("#secs a, .ins-bar a, .block a");
    if (!link || (!offline() && !rows.length) || e.ctrlKey || e.metaKey) return;
    const slug = slugOf(link.href), page = pages.get(slug);
    if (!slug || link.hash === "#finish" || slug === here) return;
    e.preventDefault();
    if (!page) return window.lane.fail("Without a signal this section cannot be opened. What you marked is safe on this device.");
    const now = parts(document);
    pages.set(here, now.slice());
    now.forEach((old, n) => page[n] && old.replaceWith(document.adoptNode(page[n])));
    pages.delete(slug);
    here = slug;
    history.pushState({}, "", link.href);
    parts(document).forEach((part) => part && window.htmx?.process(part));
    document.dispatchEvent(new CustomEvent("lane:drawn"));
    scrollTo(0, 0);
    window.lane.focus($("#main h1"));
    paint();
  }, document, true);
  on("popstate", () => navigator.onLine && location.reload(), window);

  // --- and off we go
  on("htmx:after:swap lane:waiting lane:drawn", paint);
  on("offline", () => {
    since ||= Date.now();
    window.lane.news("offline", ""); // the line of this page says more
    banner();
  }, window);
  on("online", () => {
    lost = false;
    drain();
  }, window);
  setInterval(() => (rows.length || lost) && drain(), AGAIN);
  kept.mine("answers").then((found) => {
    rows = found;
    paint();
    drain();
  }).catch(() => 0);
  if (matchMedia("(max-width: 1180px)").matches) setTimeout(ahead, 1500);
})();

// Keys of the staff's pages, the list behind "?", a wedge scanner's bursts, and the two switches of this device.
// A key is wired where it is shown: <a data-key="n">, <button data-key="ctrl+enter">.  On a field, or with data-key-focus,
// the key puts the focus there.  The list takes its words from there too, or from data-key-name.
(() => {
  "use strict";
  const { $, $$, on, make, typing, say, reach } = window.lane;
  const store = {
    get: (name) => { try { return localStorage.getItem(name); } catch { return null; } },
    set: (name, value) => { try { localStorage.setItem(name, value); } catch { /* a private window forgets */ } },
  };

  // --- what is wired on this page now
  const there = (el) => !el.disabled && (el.getClientRects().length || el.closest(".menu"));
  const keyed = () => {
    // What the page offers goes before what the header offers; the newest result goes before both.
    const all = [...$$(".top [data-key]"), ...$$("[data-key]:not(.top *, .toast *)").reverse(), ...$$(".toast [data-key]")];
    return new Map(all.filter(there).map((el) => [el.dataset.key, el]));
  };
  const press = (key) => {
    const el = keyed().get(key);
    if (!el) return false;
    if (el.dataset.keyFocus !== undefined || typing(el)) reach(el);
    else el.click();
    if (el.matches("input, label")) (el.control || el).focus();
    return true;
  };

  // --- moving on the board
  const MOVES = {
    h: [-1, 0], j: [0, 1], k: [0, -1], l: [1, 0],
    ArrowLeft: [-1, 0], ArrowDown: [0, 1], ArrowUp: [0, -1], ArrowRight: [1, 0],
  };
  const move = ([right, down]) => {
    const columns = $$(".col").map((column) => $$(".job h3 a", column)), focused = document.activeElement;
    let at = columns.findIndex((column) => column.includes(focused));
    if (at < 0) return columns.find((column) => column.length)?.[0].focus();
    const row = columns[at].indexOf(focused) + down;
    if (right) do at += right; while (columns[at] && !columns[at].length);
    const column = columns[at];
    if (!column) return;
    const next = column[Math.max(0, Math.min(row, column.length - 1))];
    next.focus();
    next.scrollIntoView({ block: "nearest", inline: "nearest" });
  };

  // --- the list behind "?": what works on this page now, by the names its buttons and links have
  const dialog = $("#keys");
  const capital = (key) => (key === "escape" ? "Esc" : key[0].toUpperCase() + key.slice(1));
  const spelled = (key) => key.split("+").map((one) => make("kbd", { textContent: capital(one) }));
  const named = (el) => {
    const given = el.dataset.keyName || el.ariaLabel;
    if (given) return given;
    const copy = (el.labels?.[0] || el).cloneNode(true);
    $$("kbd, small, p, svg, .err", copy).forEach((part) => part.remove());
    return copy.textContent.trim();
  };
  const list = () => {
    const rows = $("dl", dialog);
    $$(".own", rows).forEach((row) => row.remove());
    $$("[data-when]", rows).forEach((row) => { row.hidden = row.nextElementSibling.hidden = !$(row.dataset.when); });
    const wired = new Set(keyed().values());
    const own = $$("[data-key]").filter((el) => wired.has(el)).flatMap((el) => [
      make("dt", { className: "own" }, ...spelled(el.dataset.key)),
      make("dd", { className: "own", textContent: named(el) }),
    ]);
    rows.prepend(...own);
  };
  on("click", (e) => e.target.closest("[data-open=keys]") && list(), document, true);

  // --- a scanner types a VIN in a few milliseconds a key: one key alone is a shortcut, a burst is a scan
  const BURST = 60, LEAST = 4;
  const STUMBLE = 300; // two keys in a burst are a scan for sure: the rest may come from a machine that is busy
  let single = store.get("lane.keys") !== "off", buffer = "", timer, last = 0, run = 0;
  const shortcut = (typed) => {
    const key = typed.toLowerCase();
    if (press(key)) return;
    if (key === "/") $("#q")?.focus();
    else if (MOVES[key]) move(MOVES[key]);
    else if (key === "?") {
      list();
      dialog.showModal();
    }
  };
  const scanned = (code) => {
    const scan = $("#scan"), find = $("#q"); // at the counter a scan begins the write-up of a car that is not here
    const box = scan?.elements.code || find;
    if (!box) return;
    box.value = code;
    say("Scanned " + code);
    box.form.requestSubmit();
  };
  const leave = (target) => {
    const menu = $(".menu[open]");
    if (menu) {
      menu.open = false;
      $("summary", menu).focus();
    } else if (typing(target)) target.blur();
    else if (!$("dialog[open]")) press("escape");
  };
  const goOn = (target) => {
    if (!$("dialog[open]") && press("ctrl+enter")) return;
    const form = target.form;
    if (form?.method === "post") form.requestSubmit($(".primary[type=submit]", form));
  };
  const collect = (e) => {
    if (buffer || e.key === "/") e.preventDefault();
    buffer += e.key;
    clearTimeout(timer);
    timer = setTimeout(() => {
      const typed = buffer;
      buffer = "";
      if (single && typed.length === 1) shortcut(typed);
    }, buffer.length > 1 ? STUMBLE : BURST);
  };
  on("keydown", (e) => {
    const { key, target } = e, chord = e.ctrlKey || e.metaKey || e.altKey;
    if (key.length === 1 || key === "Enter") {
      run = e.timeStamp - last < BURST ? run + 1 : 1;
      last = e.timeStamp;
    }
    if (e.defaultPrevented) return;
    if (key === "Escape") leave(target);
    else if (key === "Enter" && (e.ctrlKey || e.metaKey)) {
      e.preventDefault();
      goOn(target);
    } else if (typing(target)) {
      // The Enter of a scan into a field must not send a form that somebody is still filling in.
      const fills = target.matches("input:not([data-scan])") && target.form?.method === "post";
      if (key === "Enter" && run > LEAST && fills) e.preventDefault();
    } else if (chord || $("dialog[open]")) return;
    else if (key === "Enter" && buffer.length >= LEAST) {
      e.preventDefault();
      clearTimeout(timer);
      scanned(buffer);
      buffer = "";
    } else if (key.startsWith("Arrow") && target.closest?.(".job")) {
      e.preventDefault();
      move(MOVES[key]);
    } else if (e.repeat) {
      if (single && MOVES[key]) move(MOVES[key]);
    } else if (key.length === 1 && key !== " ") collect(e);
  });

  // --- the two switches kept on this device
  const keep = (id, name, now, change) => {
    const input = $(id);
    if (!input) return;
    input.checked = now;
    on("change", () => {
      store.set(name, input.checked ? "on" : "off");
      change?.(input.checked);
    }, input);
  };
  keep("#keys-on", "lane.keys", single, (checked) => { single = checked; });
  keep("#counter-device", "lane.counter", store.get("lane.counter") === "on");
  const REST = 60000;
  let touched = Date.now();
  on("pointerdown pointermove keydown", () => { touched = Date.now(); });
  setInterval(() => {
    const off = $(".counter-on[aria-pressed=false]"), rests = Date.now() - touched > REST;
    const busy = $("dialog[open]") || typing(document.activeElement);
    if (off && rests && !busy && store.get("lane.counter") === "on") off.click();
  }, 5000);
})();

// <form data-autosave="address"> posts each changed field 400 ms after the last key; [data-saved] says when.
// What is still unsaved when the page is left goes along with it.  With data-who it also waits on this device, under the
// name of whoever typed it and only until it is saved, so that a reload or a dead connection loses nothing.
(() => {
  "use strict";
  const { $, $$, on, clock, token, say } = window.lane;
  const PAUSE = 400, AGAIN = 5000, DAY = 86400000, COPY = "lane.draft.";
  const same = (one, other) => JSON.stringify(one) === JSON.stringify(other);

  const device = { // a private window or a full disk forgets
    read: (key) => { try { return JSON.parse(localStorage.getItem(key)); } catch { return null; } },
    write: (key, copy) => { try { localStorage.setItem(key, JSON.stringify(copy)); } catch { /* forgotten */ } },
    drop: (key) => { try { localStorage.removeItem(key); } catch { /* it was never there */ } },
    keys: () => { try { return Object.keys(localStorage).filter((key) => key.startsWith(COPY)); } catch { return []; } },
  };
  device.keys().filter((key) => !(device.read(key)?.at > Date.now() - DAY)).forEach(device.drop);

  const keep = (form) => {
    const dirty = new Set(), sending = new Set(), line = $("[data-saved]", form) || $("[data-saved]");
    let timer, busy = false, failed = false;
    const write = (words) => { if (line) line.textContent = words; };
    const warn = (words) => { // only what went wrong is read out
      write(words);
      say(words);
    };
    const later = (pause) => {
      clearTimeout(timer);
      timer = setTimeout(send, pause);
    };
    const fields = (name) => [...form.elements].filter((field) => field.name === name);
    const values = (name) => new FormData(form).getAll(name);
    const saved = new Map(); // field to its values as the server has them
    const known = (name) => saved.get(name) ?? [];
    [...form.elements].forEach(({ name, type }) => name && type !== "file" && saved.set(name, values(name)));
    const copied = form.dataset.who && COPY + form.dataset.who + form.dataset.autosave;
    const copy = () => {
      const open = [...new Set([...dirty, ...sending])];
      if (!copied) return;
      if (!open.length) device.drop(copied);
      else device.write(copied, { at: Date.now(), fields: open.map((name) => [name, known(name), values(name)]) });
    };
    const restore = () => { // but never over what somebody else has saved since
      const back = (device.read(copied)?.fields ?? []).filter(([name, before, after]) => same(before, known(name)) && !same(after, before));
      back.forEach(([name, , after]) => {
        fields(name).forEach((field) => {
          if (field.matches("[type=radio], [type=checkbox]")) field.checked = after.includes(field.value);
          else field.value = after[0] ?? "";
        });
        dirty.add(name);
      });
      copy();
      if (!back.length) return;
      write("Back again: what was not saved yet");
      later(0);
    };
    const body = (names) => {
      const all = new FormData(form), changed = new FormData();
      names.forEach((name) => {
        const values = all.getAll(name);
        (values.length ? values : [""]).forEach((value) => changed.append(name, value)); // a box that was unticked
      });
      return changed;
    };
    const post = (names, options) => fetch(form.dataset.autosave, {
      method: "POST", body: body(names), headers: { "X-CSRFToken": token(), "X-Requested-With": "fetch" }, redirect: "manual", ...options,
    });
    const send = async () => {
      if (busy || !dirty.size) return;
      const names = [...dirty];
      dirty.clear();
      names.forEach((name) => sending.add(name));
      const sent = names.map((name) => [name, values(name)]);
      busy = true;
      failed = false;
      try {
        const answer = await post(names);
        if (answer.ok) {
          sent.forEach(([name, now]) => saved.set(name, now));
          write("Saved " + clock(Date.now(), true));
          form.dispatchEvent(new CustomEvent("lane:saved", { bubbles: true, detail: { names } }));
        } else if (answer.status === 422) warn("Not saved: check what you typed last");
        else throw answer;
      } catch (answer) {
        failed = true;
        names.forEach((name) => dirty.add(name));
        if (answer.type === "opaqueredirect") warn("Not saved: you are logged out. Log in again, then type it once more.");
        else if (answer.status === 403) warn("Not saved: load this page again, then type it once more.");
        else {
          warn("Not saved yet. Trying again.");
          later(AGAIN);
        }
      }
      sending.clear();
      copy();
      busy = false;
      if (dirty.size && !failed) later(0);
    };
    on("input change", (e) => {
      const field = e.target;
      if (!field.name || field.type === "file" || field.closest("[data-no-autosave]")) return;
      dirty.add(field.name);
      copy();
      later(e.type === "change" ? 0 : PAUSE);
    }, form);
    on("online", send, window);
    on("submit", () => dirty.clear(), form); // the form takes everything along
    on("pagehide", () => dirty.size && post([...dirty], { keepalive: true }), window);
    on("beforeunload", (e) => failed && dirty.size && !copied && e.preventDefault(), window);
    if (copied) restore();
  };
  $$("form[data-autosave]").forEach(keep);
})();

// <form data-autosave="address"> posts each changed field 400 ms after the last key; [data-saved] says when.
// What is still unsaved when the page is left goes along with it.
(() => {
  "use strict";
  const { $, $$, on, clock, token } = window.lane;
  const PAUSE = 400, AGAIN = 5000;

  const keep = (form) => {
    const dirty = new Set(), line = $("[data-saved]", form) || $("[data-saved]");
    let timer, busy = false, failed = false;
    const write = (words) => { if (line) line.textContent = words; };
    const later = (pause) => {
      clearTimeout(timer);
      timer = setTimeout(send, pause);
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
      busy = true;
      failed = false;
      try {
        const answer = await post(names);
        if (answer.ok) {
          write("Saved " + clock(Date.now(), true));
          form.dispatchEvent(new CustomEvent("lane:saved", { bubbles: true, detail: { names } }));
        } else if (answer.status === 422) write("Not saved: check what you typed last");
        else throw answer;
      } catch (answer) {
        failed = true;
        names.forEach((name) => dirty.add(name));
        if (answer.type === "opaqueredirect") write("Not saved: you are logged out. Log in again, then type it once more.");
        else if (answer.status === 403) write("Not saved: load this page again, then type it once more.");
        else {
          write("Not saved yet. Trying again.");
          later(AGAIN);
        }
      }
      busy = false;
      if (dirty.size && !failed) later(0);
    };
    on("input change", (e) => {
      const field = e.target;
      if (!field.name || field.type === "file" || field.closest("[data-no-autosave]")) return;
      dirty.add(field.name);
      later(e.type === "change" ? 0 : PAUSE);
    }, form);
    on("online", send, window);
    on("submit", () => dirty.clear(), form); // the form takes everything along
    on("pagehide", () => dirty.size && post([...dirty], { keepalive: true }), window);
    on("beforeunload", (e) => failed && dirty.size && e.preventDefault(), window);
  };
  $$("form[data-autosave]").forEach(keep);
})();

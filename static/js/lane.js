// What every page does beyond links and forms: keys, live age, results said, drafts kept, totals added.
// No eval: it runs under script-src 'self'.  Every page works without it.
(() => {
  "use strict";
  const $ = (s, r = document) => r.querySelector(s), $$ = (s, r = document) => [...r.querySelectorAll(s)];
  const on = (type, f, where = document) => where.addEventListener(type, f);
  const store = { get: (k) => { try { return localStorage.getItem(k); } catch { return null; } }, set: (k, v) => { try { localStorage.setItem(k, v); } catch {} } };
  const typing = (el) => el.closest?.('input:not([type=radio], [type=checkbox]), textarea, select, [contenteditable]');
  const hhmm = (t, seconds) => new Date(t).toTimeString().slice(0, seconds ? 8 : 5);
  const make = (tag, props) => Object.assign(document.createElement(tag), props);
  const say = (text) => { const r = $("#say"); if (r) r.textContent = text; };

  // --- toasts: a result stays ten seconds (as long as Undo works), an error until it is closed
  const age = (toast) => { if (toast.matches(".error")) return; let left = 10;
    const tick = setInterval(() => { if (!toast.matches(":hover, :focus-within") && --left <= 0) { clearInterval(tick); toast.remove(); } }, 1000); };
  const box = $("#toasts");
  const toast = (text, small) => {
    if (!box) return;
    const t = make("div", { className: "toast error" }), p = make("p", { textContent: text }), x = make("button", { type: "button", className: "btn", textContent: "Close" });
    x.dataset.close = "";
    if (small) p.append(make("small", { textContent: small }));
    t.append(p, x); box.append(t); return t; };
  $$("[data-toast]").forEach(age);
  if (box) new MutationObserver((changes) => changes.forEach((c) => c.addedNodes.forEach((n) => n.matches?.("[data-toast]") && age(n)))).observe(box, { childList: true });

  // --- keys.  A scanner types a VIN in a few milliseconds a key: one key alone is a shortcut, a burst is a scan.
  const BURST = 60;
  let single = store.get("lane.keys") !== "off", buffer = "", timer = 0;
  const columns = () => $$(".col").map((c) => $$(".job h3 a", c));
  const place = () => { const g = columns(); for (let c = 0; c < g.length; c++) { const r = g[c].indexOf(document.activeElement); if (r > -1) return [c, r]; } };
  const move = (dc, dr) => { const g = columns(), p = place(); if (!g.some((c) => c.length)) return;
    if (!p) return g.find((c) => c.length)[0].focus();
    let [c, r] = p;
    if (dc) { do c += dc; while (g[c] && !g[c].length); if (!g[c]) return; } else r = Math.max(0, r + dr);
    r = Math.min(r, g[c].length - 1);
    g[c][r].focus(); g[c][r].scrollIntoView({ block: "nearest", inline: "nearest" }); };
  const press = (key) => { const el = $$("[data-key]").find((e) => e.dataset.key === key && !e.disabled && e.getClientRects().length); if (!el) return false;
    if (el.dataset.keyFocus !== undefined || typing(el)) { el.scrollIntoView({ block: "center" }); (el.matches("a, button, input, textarea, select") ? el : $("input, textarea, select, a", el) || el).focus({ preventScroll: true }); }
    else { el.click(); if (el.matches("input")) el.focus(); }
    return true; };
  const fixed = { "/": () => $("#q")?.focus(), "?": () => $("#keys")?.showModal(), j: () => move(0, 1), k: () => move(0, -1), h: () => move(-1, 0), l: () => move(1, 0) };
  const shortcut = (key) => press(key.toLowerCase()) || fixed[key.toLowerCase()]?.();
  const scanned = (code) => { const q = $("#q"); if (!q) return; q.value = code; say("Scanned " + code); q.form.requestSubmit(); };
  on("keydown", (e) => {
    if (e.key === "Escape") { const m = $(".menu[open]"); if (m) { m.open = false; $("summary", m).focus(); } else if (typing(e.target)) e.target.blur(); else if (!$("dialog[open]")) press("escape"); return; }
    if (e.ctrlKey && e.key === "Enter") { if (press("ctrl+enter")) e.preventDefault(); return; }
    if (e.ctrlKey || e.metaKey || e.altKey || typing(e.target) || $("dialog[open]")) return;
    if (e.key === "Enter" && buffer.length > 3) { e.preventDefault(); clearTimeout(timer); const code = buffer; buffer = ""; scanned(code); return; }
    if (e.key.startsWith("Arrow") && place()) { e.preventDefault(); move((e.key === "ArrowRight") - (e.key === "ArrowLeft"), (e.key === "ArrowDown") - (e.key === "ArrowUp")); return; }
    if (e.key.length !== 1 || e.key === " ") return;
    if (buffer || e.key === "/") e.preventDefault();
    buffer += e.key; clearTimeout(timer);
    timer = setTimeout(() => { const k = buffer; buffer = ""; if (single && k.length === 1) shortcut(k); }, BURST); });

  // --- small things a click does
  on("click", (e) => {
    const t = e.target, open = t.closest("[data-open]"), menu = $(".menu[open]");
    if (open) $("#" + open.dataset.open)?.showModal();
    if (menu && (open || !menu.contains(t))) menu.open = false;
    if (t.closest("[data-close]")) t.closest("dialog") ? t.closest("dialog").close() : t.closest(".toast")?.remove();
    if (t.closest("[data-print]")) print();
    if (t.closest("[data-retry]")) tick();
    if (t.closest(".moved")) { released = true; tick(); }
    const link = t.closest(".err-sum a"), field = link && $("#" + CSS.escape(link.hash.slice(1)));
    if (field) { e.preventDefault(); field.scrollIntoView({ block: "center" }); (typing(field) || field.matches("input") ? field : $("input, select, textarea", field) || field).focus({ preventScroll: true }); } });
  const errors = () => { const sum = $(".err-sum:not([data-said])"); if (sum) { sum.dataset.said = ""; sum.focus(); } }; // once: a later swap keeps the focus
  errors();

  // --- the two switches kept on this device
  const device = $("#counter-device"), keysOn = $("#keys-on");
  if (keysOn) { keysOn.checked = single; on("change", () => { single = keysOn.checked; store.set("lane.keys", single ? "on" : "off"); }, keysOn); }
  if (device) { device.checked = store.get("lane.counter") === "on"; on("change", () => store.set("lane.counter", device.checked ? "on" : "off"), device); }
  let touched = Date.now();
  ["pointerdown", "pointermove", "keydown"].forEach((type) => on(type, () => { touched = Date.now(); }));
  setInterval(() => { const b = $(".counter-on[aria-pressed=false]"); if (b && device?.checked && Date.now() - touched > 60000 && !$("dialog[open]") && !typing(document.activeElement)) b.click(); }, 5000);

  // --- live: one event asks every polling element; htmx and the server's tag do the rest
  const polls = () => $$('[hx-trigger*="lane:tick"]'), live = $("#live");
  const period = () => ($('[data-tick="5"]') ? 5000 : 10000);
  let good = Date.now(), wait = 0, asked = 0;
  const tick = () => { clearTimeout(wait); if (document.visibilityState === "visible" && polls().length) { asked = Date.now(); document.body.dispatchEvent(new CustomEvent("lane:tick", { bubbles: true })); }
    wait = setTimeout(tick, period() * (0.85 + Math.random() * 0.3)); };
  const soon = () => Date.now() - asked > 1000 && tick();
  const show = () => { if (!live || !polls().length) return; live.hidden = false; const old = (Date.now() - good) / 1000, dead = old > 30;
    live.classList.toggle("dead", dead); $("button", live).hidden = !dead; $("span", live).textContent = dead ? "Not live since " + hhmm(good) : `Live, ${Math.round(old)} s ago`; };
  setInterval(show, 1000); show(); wait = setTimeout(tick, period());
  on("visibilitychange", () => document.visibilityState === "visible" && soon());
  on("focus", soon, window); on("online", soon, window);

  // --- what htmx tells us
  const polling = (el) => el?.getAttribute?.("hx-trigger")?.includes("lane:tick");
  on("htmx:after:request", ({ detail: { ctx } }) => { const { status, headers } = ctx.response, save = ctx.request.method !== "GET";
    if (polling(ctx.sourceElement)) { if (status < 400) { good = Date.now(); show(); } return; }
    if (status >= 500 || [403, 404, 429].includes(status)) { const id = headers?.get?.("X-Request-ID");
      toast(status === 403 ? "Your role does not allow that. Nothing was changed." : status === 404 ? "That is not there any more. Load the page again." : status === 429 ? "Too many tries. Wait a minute, then try again." : `That did not ${save ? "save" : "load"}. Try again.`, id && "Request " + id); }
    else if (save) setTimeout(tick, 50); });
  on("htmx:error", ({ detail: { ctx } }) => { if (!polling(ctx?.sourceElement)) toast(navigator.onLine ? "That did not save. Try again." : "No connection. Try again when it is back."); });
  on("htmx:after:swap", errors);

  // --- place is memory: while pointer or focus is inside a column its order and members wait
  let released = false;
  on("htmx:before:swap", ({ detail: { ctx, tasks } }) => {
    if (!polling(ctx.sourceElement)) return;
    const held = !released && $$(".col[id]").find((c) => c.matches(":hover") || c.contains(document.activeElement));
    released = false; if (!held) return;
    const fresh = tasks.map((t) => t.fragment?.querySelector?.("#" + CSS.escape(held.id))).find(Boolean); if (!fresh) return;
    const list = $("ol", fresh), now = $$("ol > li[id]", held), coming = new Map($$("ol > li[id]", fresh).map((li) => [li.id, li])), before = now.map((li) => li.id).join(), after = [...coming.keys()].join();
    if (before === after || !list) return;
    const ids = new Set(now.map((li) => li.id)), moved = now.filter((li) => !coming.has(li.id)).length + [...coming.keys()].filter((id) => !ids.has(id)).length || 1;
    tasks.forEach((t) => t.fragment?.querySelectorAll?.("ol > li[id]").forEach((li) => { if (ids.has(li.id) && !list.contains(li)) li.remove(); }));
    list.replaceChildren(...now.map((li) => coming.get(li.id) || li.cloneNode(true)));
    $("header", fresh)?.append(make("button", { type: "button", className: "chip moved", textContent: moved + " moved" }));
    // Ask again for what was held back: forget the server's tag.
    delete ctx.sourceElement._htmx?.ptag; tasks.forEach((t) => t.fragment?.querySelectorAll?.("[hx-ptag]").forEach((el) => el.setAttribute("hx-ptag", "held"))); });
  ["pointerout", "focusout"].forEach((type) => on(type, (e) => { const c = e.target.closest?.(".col"); if (c && !c.contains(e.relatedTarget) && $(".moved", c)) soon(); }));

  // --- drafts: <form data-autosave="address"> posts each changed field 400 ms after the last key; [data-saved] says when
  const token = () => { try { return JSON.parse(document.body.getAttribute("hx-headers:inherited"))["x-csrftoken"]; } catch { return ""; } };
  $$("form[data-autosave]").forEach((form) => {
    const dirty = new Set(), line = $("[data-saved]", form) || $("[data-saved]"); let later = 0, busy = false;
    const send = async () => { if (busy || !dirty.size) return; busy = true; const names = [...dirty], all = new FormData(form), body = new FormData(); dirty.clear();
      names.forEach((n) => { const values = all.getAll(n); (values.length ? values : [""]).forEach((v) => body.append(n, v)); });
      try { const r = await fetch(form.dataset.autosave || form.action, { method: "POST", body, headers: { "X-CSRFToken": token(), "X-Requested-With": "fetch" }, redirect: "manual" });
        if (r.ok) { if (line) line.textContent = "Saved " + hhmm(Date.now(), true); form.dispatchEvent(new CustomEvent("lane:saved", { bubbles: true, detail: { names } })); }
        else if (r.status === 422) { if (line) line.textContent = "Not saved: check what you typed last"; }
        else throw new Error(r.status); }
      catch { names.forEach((n) => dirty.add(n)); if (line) line.textContent = "Not saved yet. Trying again."; later = setTimeout(send, 5000); }
      busy = false; if (dirty.size && !later) send(); };
    const mark = (e) => { if (!e.target.name || e.target.type === "file" || e.target.closest("[data-no-autosave]")) return; dirty.add(e.target.name); clearTimeout(later); later = setTimeout(() => { later = 0; send(); }, e.type === "change" ? 0 : 400); };
    on("input", mark, form); on("change", mark, form); on("online", send, window);
    on("beforeunload", (e) => { if (dirty.size && !form.dataset.leaving) e.preventDefault(); }, window);
    on("submit", () => { form.dataset.leaving = "1"; }, form); });

  // --- totals: a form's data-base plus the data-price of every line answered yes
  $$("form[data-base]").forEach((form) => {
    const cents = (v) => Math.round(Number(v) * 100), money = (c) => new Intl.NumberFormat("en-US", { style: "currency", currency: form.dataset.currency || "USD" }).format(c / 100);
    const add = () => { const lines = $$("[data-price]", form), yes = lines.filter((l) => $(':is([value="approved"], [value="yes"]):checked', l)), open = lines.filter((l) => !$("input[type=radio]:checked", l)).length;
      const put = (name, text) => $$(`[data-${name}]`).forEach((el) => { el.textContent = text; }), sum = yes.reduce((n, l) => n + cents(l.dataset.price), 0);
      put("total", money(sum + cents(form.dataset.base))); put("added", money(sum));
      put("count", (yes.length ? `${yes.length} added` : "Nothing added yet") + (open && open < lines.length ? `, ${open} not answered` : "")); };
    on("change", add, form); add(); });

  // --- no connection: say so once, and say when it is back
  let gone;
  on("offline", () => { gone ||= toast(`No connection since ${hhmm(Date.now())}. What you type stays on this page.`); }, window);
  on("online", () => { gone?.remove(); gone = undefined; }, window);
})();

// The customer's page: what was chosen stays on the phone, the total adds up, and the page says when there is no
// connection, when sending is slow and when something changed.  Every part of the page works without it.
(() => {
  "use strict";
  const $ = (selector, root = document) => root.querySelector(selector);
  const $$ = (selector, root = document) => [...root.querySelectorAll(selector)];
  const on = (type, act, where = document) => where.addEventListener(type, act);
  const main = $("main");
  const show = (id, is = true) => { const notice = $("#" + id); if (notice) notice.hidden = !is; };

  // A mail scanner fetches the page and runs no script: that a person has it open is said from here.
  const token = $("[name=csrfmiddlewaretoken]");
  if (main.dataset.opened && token) {
    fetch(main.dataset.opened, { method: "POST", headers: { "X-CSRFToken": token.value }, credentials: "same-origin" }).catch(() => {});
  }

  // --- what was chosen, kept on this phone until it is sent: for the same version of the line and nothing else
  const KEY = `lane.chosen ${main.dataset.home}`;
  const kept = () => { try { return JSON.parse(localStorage.getItem(KEY)) || {}; } catch { return {}; } };
  const keep = (all) => { try { localStorage.setItem(KEY, JSON.stringify(all)); } catch { /* a private window: nothing is kept */ } };
  const forget = () => { try { localStorage.removeItem(KEY); } catch { /* nothing was kept */ } };
  const answers = $("#answers");
  const lines = answers ? $$("article[data-version]", answers) : [];
  const field = (line, name) => $(`[name^="${name}-"]`, line);
  const chosen = (line) => $("[name^=answer-]:checked", line)?.value || "";
  const stamp = (line) => `${line.dataset.version}.${field(line, "seen")?.value ?? ""}`;
  const remember = () => {
    keep(Object.fromEntries(lines.filter((line) => field(line, "seen")).map((line) => [line.id, {
      stamp: stamp(line), answer: chosen(line), until: field(line, "until").value, question: field(line, "question").value,
    }])));
  };
  const recall = () => {
    const all = kept();
    for (const line of lines) {
      const was = all[line.id];
      if (!was || !field(line, "seen") || was.stamp !== stamp(line)) continue;
      const radio = $$("[name^=answer-]", line).find((one) => one.value === was.answer);
      if (radio) radio.checked = true;
      for (const name of ["until", "question"]) if (!field(line, name).value) field(line, name).value = was[name];
      if (["deferred", "needs_info"].includes(was.answer) || was.question) $("details:has(.ask)", line).open = true;
    }
  };
  if (main.dataset.forget !== undefined) forget();

  // --- the total: what is agreed already, and every line answered yes.  The server adds again.
  const total = () => {
    const cents = (amount) => Math.round(Number(amount) * 100);
    const style = { style: "currency", currency: answers.dataset.currency || "USD" };
    const yes = lines.filter((line) => chosen(line) === "approved");
    const open = lines.filter((line) => field(line, "seen") && !chosen(line)).length;
    const sum = yes.reduce((amount, line) => amount + cents(line.dataset.price), cents(answers.dataset.sum));
    const words = $("[data-count]");
    if (!words) return;
    $("[data-total]").textContent = new Intl.NumberFormat("en-US", style).format(sum / 100);
    const parts = [yes.length ? words.dataset.yes.replace("{n}", yes.length) : words.dataset.none];
    if (open && open < lines.length) parts.push(words.dataset.open.replace("{n}", open));
    words.textContent = parts.join(", ");
  };
  if (answers) {
    recall();
    total();
    on("input", () => { remember(); total(); }, answers);
    on("change", () => { remember(); total(); }, answers);
  }
  // The answer to a question is shown at the page's own address, so that reading it again sends nothing again.
  if (/\/ask\/$/.test(location.pathname)) history.replaceState(null, "", main.dataset.home + location.hash);

  // --- sending: once; later when there is no connection; and it says so when it takes long
  let waiting = null;
  let slow = 0;
  on("submit", (event) => {
    const form = event.target, button = event.submitter;
    if (form.dataset.sent) { event.preventDefault(); return; }
    if (!navigator.onLine) { event.preventDefault(); waiting = { form, button }; show("waits"); $("#waits")?.scrollIntoView({ block: "center" }); return; }
    form.dataset.sent = "1";
    button?.setAttribute("aria-busy", "true");
    slow = setTimeout(() => show("slow"), 2000);
  });
  on("pageshow", () => { clearTimeout(slow); show("slow", false); $$("form").forEach((form) => delete form.dataset.sent); $$("[aria-busy]").forEach((one) => one.removeAttribute("aria-busy")); }, window);
  const offline = () => show("offline", !navigator.onLine);
  on("offline", offline, window);
  on("online", () => {
    offline();
    show("waits", false);
    if (waiting) { const { form, button } = waiting; waiting = null; form.requestSubmit(button); }
  }, window);
  offline();

  // --- did anything change meanwhile?  Asked when the page comes back into view, and once a minute while it is.
  const look = async () => {
    if (!main.dataset.stateAt || document.visibilityState !== "visible" || !navigator.onLine) return;
    try {
      const answer = await fetch(main.dataset.stateAt, { credentials: "same-origin" });
      if (answer.status === 410 || (answer.ok && (await answer.text()) !== main.dataset.state)) show("moved");
    } catch { show("offline"); }
  };
  on("visibilitychange", look);
  setInterval(look, 60000);

  // --- small things a tap does
  on("click", (event) => {
    if (event.target.closest("[data-print]")) print();
    if (event.target.closest("[data-dont-send]")) { waiting = null; show("waits", false); }
    const link = event.target.closest(".err-sum a");
    const at = link && document.getElementById(link.hash.slice(1));
    if (at) { event.preventDefault(); at.scrollIntoView({ block: "center" }); (at.matches("input") ? at : $("input:not([type=hidden])", at) || at).focus({ preventScroll: true }); }
  });
  $$("[data-print]").forEach((button) => { button.hidden = false; });
  $(".err-sum")?.focus();
})();

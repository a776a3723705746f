// What every page does beyond links and forms: results said, buttons that wait, what htmx reports, the connection.
// Every page works without it.  No eval: it runs under script-src 'self'.
// The other scripts stand on what it puts in `window.lane`.
(() => {
  "use strict";
  const $ = (selector, root = document) => root.querySelector(selector);
  const $$ = (selector, root = document) => [...root.querySelectorAll(selector)];
  const on = (types, does, where = document, early = false) =>
    types.split(" ").forEach((type) => where.addEventListener(type, does, early));
  const make = (tag, properties, ...inside) => {
    const made = Object.assign(document.createElement(tag), properties);
    made.append(...inside);
    return made;
  };
  const NOT_TYPED = "[type=radio], [type=checkbox], [type=submit], [type=button], [type=file]";
  const typing = (el) => el.closest?.(`input:not(${NOT_TYPED}), textarea, select, [contenteditable]`);
  const clock = (at, seconds) => new Date(at).toLocaleTimeString("en-GB", { // in the rooftop's time, as everything here
    timeStyle: seconds ? "medium" : "short", timeZone: document.body.dataset.zone || undefined,
  });
  const token = () => {
    try {
      return JSON.parse(document.body.getAttribute("hx-headers:inherited"))["x-csrftoken"];
    } catch {
      return "";
    }
  };
  const say = (text) => { // to a screen reader, once
    const line = $("#say");
    if (line && line.textContent !== text) line.textContent = text;
  };
  const focus = (el) => {
    if (!el) return;
    if (el.tabIndex < 0) el.tabIndex = -1;
    el.focus({ preventScroll: true });
  };
  const FIELDS = "input, select, textarea, button, a";
  const reach = (el) => { // a field, or the first one inside, brought into sight
    el.scrollIntoView({ block: "center" });
    focus(el.matches(FIELDS) ? el : $(FIELDS, el) || el);
  };

  // --- results: gone after ten seconds, or when Undo is over; an error stays until it is closed
  const results = $("#toasts"), alerts = $("#alerts");
  let before; // where the focus was before it went into a toast
  on("focusin", (e) => {
    if (!e.target.closest(".toast")) before = e.target;
  });
  const close = (toast) => {
    const held = toast.contains(document.activeElement);
    toast.remove();
    if (held) focus(before?.isConnected ? before : $("#main"));
  };
  const age = (toast) => {
    const over = Date.now() + 1000 * (toast.dataset.left || 10);
    const look = setInterval(() => {
      if (Date.now() < over) return;
      const undo = $("form", toast);
      if (undo?.contains(document.activeElement)) $("[data-close]", toast).focus();
      undo?.remove();
      if (toast.isConnected && toast.matches(":hover, :focus-within")) return; // somebody is reading it
      clearInterval(look);
      close(toast);
    }, 200);
  };
  const fail = (text, small = "") => {
    $$(".toast", alerts).forEach((old) => old.dataset.text === text && old.remove());
    const toast = make("div", { className: "toast error" },
      make("p", { textContent: text }, make("small", { textContent: small })),
      make("button", { type: "button", className: "btn", textContent: "Close" }));
    toast.dataset.text = text;
    toast.lastChild.dataset.close = "";
    alerts.append(toast);
  };
  if (results) {
    const PASSING = "[data-toast]:not(.error)";
    $$(PASSING, results).forEach(age);
    new MutationObserver((changes) => changes.forEach((change) => change.addedNodes.forEach((added) => {
      if (added.matches?.(PASSING)) age(added);
    }))).observe(results, { childList: true });
  }

  // --- small things a click does
  on("click", (e) => {
    const hit = (selector) => e.target.closest(selector);
    const open = hit("[data-open]"), shut = hit("[data-close]"), menu = $(".menu[open]");
    if (menu && (open || !menu.contains(e.target))) menu.open = false;
    if (open) $("#" + open.dataset.open)?.showModal();
    if (shut?.closest("dialog")) {
      e.preventDefault();
      shut.closest("dialog").close();
    } else if (shut?.closest(".toast")) close(shut.closest(".toast"));
    if (hit("[data-print]")) print();
    if (hit("[data-reload]")) location.reload();
    const wrong = hit(".err-sum a"), field = wrong && $("#" + CSS.escape(wrong.hash.slice(1)));
    if (field) {
      e.preventDefault();
      reach(field);
    }
  });
  const errors = () => { // a summary takes the focus once; a later swap leaves it where it is
    const summary = $(".err-sum:not([data-said])");
    if (!summary) return false;
    summary.dataset.said = "";
    focus(summary);
    return true;
  };
  errors();

  // <a href="…" hx-get="…" hx-target="#ask"> asks in a dialog; a refusal stays in it, and an empty answer closes it.
  const asked = (dialog) => {
    if (!dialog.childElementCount) dialog.close();
    else if (!dialog.open) dialog.showModal();
    const wrong = $("[aria-invalid=true]", dialog);
    if (wrong) focus(wrong);
  };

  // --- on its way: the pressed button shows a bar and keeps its width, and cannot send twice; after two seconds, words
  const SLOW = 2000, GIVEN_UP = 20000;
  const waiting = new Map();
  const done = (owner) => {
    waiting.get(owner)?.();
    waiting.delete(owner);
  };
  const wait = (owner, button, words) => {
    done(owner);
    const line = make("div", { className: "toast" }, make("p", { textContent: words }));
    const timers = [setTimeout(() => results?.append(line), SLOW), setTimeout(() => done(owner), GIVEN_UP)];
    // aria-disabled and not disabled: a disabled button would drop the focus, and its name from the form.
    const marks = ["aria-busy", "aria-disabled"];
    marks.forEach((mark) => button?.setAttribute(mark, "true"));
    waiting.set(owner, () => {
      timers.forEach(clearTimeout);
      line.remove();
      marks.forEach((mark) => button?.removeAttribute(mark));
    });
  };
  on("submit", (e) => {
    const form = e.target;
    if (waiting.has(form)) {
      e.preventDefault();
      e.stopImmediatePropagation();
    } else if (form.method === "post") {
      wait(form, e.submitter || $("[type=submit]", form), form.dataset.busy || "Still saving. What you typed is kept.");
      // A script of the page's own may have taken it over; htmx tells when it is done.
      setTimeout(() => e.defaultPrevented && !form.matches("[hx-post], .htmx-request") && done(form));
    }
  }, document, true);
  on("pageshow", (e) => e.persisted && [...waiting.keys()].forEach(done), window);

  // --- one line across the page when what it shows may be old
  const told = {};
  const news = (kind, text) => {
    told[kind] = text;
    const line = $("#news"), now = told.offline || told.stale || told.updated || "";
    if (!line || $("p", line).textContent === now) return;
    line.hidden = !now;
    $("p", line).textContent = now;
    say(now);
    $("[data-retry]", line).hidden = now !== told.stale;
    $("[data-reload]", line).hidden = now !== told.updated;
  };
  let good = Date.now();
  const connection = () => {
    news("offline", navigator.onLine ? "" : `No connection. You see ${clock(good)}. What you type stays on this page.`);
  };
  on("online offline", connection, window);
  connection();

  // --- what htmx tells us
  const WRONG = {
    403: "Your role does not allow that. Nothing was changed.",
    404: "That is not there any more. Load the page again.",
    429: "Too many tries. Wait a minute, then try again.",
  };
  const POLLS = '[hx-trigger*="lane:tick"]';
  const polls = (el) => el?.matches?.(POLLS);
  let asker; // what had the focus when the last request left
  on("htmx:before:request", ({ detail: { ctx } }) => {
    const el = ctx.sourceElement;
    if (polls(el)) return;
    asker = document.activeElement;
    if (el.matches("button, a")) wait(el, el, "Still loading.");
  });
  on("htmx:finally:request", ({ detail: { ctx } }) => {
    if (ctx.keepIndicators) return; // the page is about to go
    [...waiting.keys()].filter((owner) => owner === ctx.sourceElement || !owner.isConnected).forEach(done);
  });
  on("htmx:after:request", ({ detail: { ctx } }) => {
    const { status, headers } = ctx.response, el = ctx.sourceElement, saves = ctx.request.method !== "GET";
    if (status < 400 && (polls(el) || !$(POLLS))) good = Date.now();
    const release = headers.get("Lane-Release");
    if (release && release !== document.body.dataset.release) news("updated", "Lane was updated. Load the page again when it suits you.");
    if (polls(el)) return;
    const said = headers.get("Lane-Says");
    if (said || status >= 500 || WRONG[status]) {
      const id = headers.get("X-Request-ID");
      const words = said || WRONG[status] || `That did not ${saves ? "save" : "load"}. Try again.`;
      fail(words, id ? "Request " + id : "");
    } else if (saves) {
      const taken = (undo) => undo.getAttribute("action") === ctx.request.action; // by another button than the toast's
      $$(".toast form", results).filter(taken).forEach((undo) => close(undo.closest(".toast")));
    }
  });
  on("htmx:error", ({ detail: { ctx } }) => {
    if (!ctx || polls(ctx.sourceElement)) return;
    const verb = ctx.request.method === "GET" ? "load" : "save";
    fail(navigator.onLine ? `That did not ${verb}. Try again.` : "No connection. Try again when it is back.");
  });
  on("htmx:after:swap", ({ detail: { ctx } }) => {
    if (ctx.target?.id === "ask") return asked(ctx.target);
    if (errors() || polls(ctx.sourceElement)) return;
    // What had the focus was swapped away: go on from where the answer is.
    const lost = document.activeElement === document.body && asker && !asker.isConnected;
    if (lost) focus((ctx.target?.id && $("#" + ctx.target.id)) || $("#main"));
  });

  // --- who logs out leaves nothing on this device: no draft that was waiting to be saved
  on("submit", ({ target }) => {
    if (!target.action.endsWith("/logout/")) return;
    try {
      Object.keys(localStorage).filter((key) => key.startsWith("lane.draft.")).forEach((key) => localStorage.removeItem(key));
    } catch { /* nothing was kept */ }
  });

  window.lane = { $, $$, on, make, typing, clock, token, say, focus, reach, fail, news, polls, POLLS, good: () => good };
})();

// Pages that poll.  One event asks every element with hx-trigger="lane:tick from:body"; htmx and the server's tag do the
// rest, and an answer of 304 swaps nothing.  The header says how old the page is.  <… data-tick="5"> polls twice as often.
(() => {
  "use strict";
  const { $, $$, on, make, clock, news, polls, POLLS, good } = window.lane;
  const STALE = 30000, SOON = 1200; // what a worker makes of a post is there by then
  const live = $("#live");
  let timer, asked = 0, released = false;

  // --- asking: while somebody looks, at once when they come back, when the connection does, and after a post of their own
  const ask = (next) => {
    const period = $('[data-tick="5"]') ? 5000 : 10000;
    clearTimeout(timer);
    timer = setTimeout(ask, next === SOON ? SOON : period * (0.85 + Math.random() * 0.3));
    if (document.visibilityState !== "visible" || !$(POLLS)) return;
    asked = Date.now();
    document.body.dispatchEvent(new CustomEvent("lane:tick", { bubbles: true }));
  };
  const soon = () => Date.now() - asked > 1000 && ask();
  timer = setTimeout(ask, SOON);
  on("visibilitychange", soon);
  on("focus online", soon, window);
  on("pageshow", (e) => e.persisted && soon(), window);
  on("htmx:finally:request", ({ detail: { ctx } }) => {
    if (!polls(ctx.sourceElement) && ctx.request.method !== "GET" && ctx.response?.status < 400) ask(SOON);
  });
  on("click", (e) => {
    if (e.target.closest(".moved")) released = true;
    if (e.target.closest(".moved, [data-retry]")) ask();
  });

  // --- how old it is; past thirty seconds the page says so in one line across
  const show = () => {
    if (!live || !$(POLLS)) return;
    const age = Date.now() - good(), stale = age > STALE;
    live.hidden = false;
    live.classList.toggle("dead", stale);
    $("span", live).textContent = stale ? `Not live since ${clock(good())}` : `Live, ${Math.round(age / 1000)} s ago`;
    news("stale", stale ? `Not live since ${clock(good())}. What has changed since then is missing here.` : "");
  };
  setInterval(show, 1000);
  show();

  // --- place is memory: while pointer or focus is inside a column, its order and members wait
  const cards = (column) => $$("ol > li[id]", column);
  const hold = (held, tasks) => {
    const fresh = tasks.map((task) => task.fragment?.querySelector?.("#" + CSS.escape(held.id))).find(Boolean);
    const list = fresh && $("ol", fresh);
    if (!list) return false;
    const now = cards(held), ids = new Set(now.map((card) => card.id));
    const coming = new Map(cards(fresh).map((card) => [card.id, card]));
    if ([...ids].join() === [...coming.keys()].join()) return false;
    const left = now.filter((card) => !coming.has(card.id)).length;
    const came = [...coming.keys()].filter((id) => !ids.has(id)).length;
    tasks.flatMap((task) => (task.fragment?.querySelectorAll ? cards(task.fragment) : []))
      .filter((card) => ids.has(card.id) && !list.contains(card)).forEach((card) => card.remove());
    list.replaceChildren(...now.map((card) => coming.get(card.id) || card.cloneNode(true)));
    const pill = make("button", { type: "button", className: "chip moved", textContent: `${left + came || 1} moved` });
    $("header", fresh)?.append(pill);
    return true;
  };
  on("htmx:before:swap", ({ detail: { ctx, tasks } }) => {
    if (!polls(ctx.sourceElement)) return;
    const held = !released && $$(".col[id]").find((column) => column.matches(":hover") || column.contains(document.activeElement));
    released = false;
    if (!held || !hold(held, tasks)) return;
    // Ask again for what was held back: forget the server's tag.
    delete ctx.sourceElement._htmx?.ptag;
    tasks.forEach((task) => {
      if (task.fragment?.querySelectorAll) $$("[hx-ptag]", task.fragment).forEach((el) => el.setAttribute("hx-ptag", "held"));
    });
  });
  on("pointerout focusout", (e) => {
    const column = e.target.closest?.(".col");
    if (column && !column.contains(e.relatedTarget) && $(".moved", column)) soon();
  });
})();

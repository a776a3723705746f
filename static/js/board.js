// The order beside the board: Enter or a click on a card opens it, Esc takes you back to that very card.
// Without this file, and on a narrow window, a card leads to the order's own page.
(() => {
  "use strict";
  const panel = document.getElementById("panel");
  if (!panel) return;
  const wide = matchMedia("(min-width: 1180.1px)");
  const REST = 250; // ms on a card before it is loaded
  let shown = panel.dataset.order, from = null, pushed = false, later = 0;

  const card = (pk) => document.querySelector(`.job a[data-order="${pk}"]`);
  const address = (pk) => { const url = new URL(location.href); if (pk) url.searchParams.set("order", pk); else url.searchParams.delete("order"); return url.pathname + url.search; };
  const mark = () => document.querySelectorAll(".job a[data-order]").forEach((a) => { if (!panel.hidden && a.dataset.order === shown) a.setAttribute("aria-current", "true"); else a.removeAttribute("aria-current"); });
  const enter = () => document.getElementById("panel-h")?.focus({ preventScroll: true });

  const show = async (pk, go) => {
    clearTimeout(later);
    if (panel.hidden || shown !== pk) {
      shown = pk; panel.hidden = false; mark();
      card(pk)?.closest("li").scrollIntoView({ block: "nearest", inline: "nearest" });
      await htmx.ajax("GET", `/orders/${pk}/`, { source: panel, target: panel, swap: "innerHTML" });
      if (shown !== pk || panel.hidden) return;
      panel.scrollTop = 0;
    }
    if (go) enter();
  };
  const hide = () => {
    if (panel.hidden) return;
    clearTimeout(later);
    const back = from?.isConnected ? from : card(shown);
    panel.hidden = true; panel.replaceChildren(); shown = ""; mark();
    // Going back in history puts the focus on the page once it is over: ours comes after that.
    Promise.resolve(window.navigation?.transition?.finished).catch(() => {}).then(() => (back || document.querySelector(".job a"))?.focus()); };
  const close = () => { if (pushed) history.back(); else { history.replaceState(history.state, "", address("")); hide(); } };
  const put = (pk) => { if (panel.hidden) { history.pushState({ panel: true }, "", address(pk)); pushed = true; } else history.replaceState(history.state, "", address(pk)); };

  if (shown && !wide.matches) return location.replace(`/orders/${shown}/`);
  if (shown) { mark(); card(shown)?.closest("li").scrollIntoView({ block: "nearest", inline: "nearest" }); enter(); }

  document.addEventListener("click", (event) => {
    if (event.defaultPrevented || event.button || event.ctrlKey || event.metaKey || event.shiftKey || event.altKey || !wide.matches) return;
    const link = event.target.closest("a[data-order]");
    if (event.target.closest("[data-panel-close]")) { event.preventDefault(); close(); }
    else if (link) { event.preventDefault(); from = link; put(link.dataset.order); show(link.dataset.order, true); } });

  // H, J, K and L go on from the card the panel shows, and the panel follows once they come to rest.
  document.addEventListener("keydown", (event) => {
    const at = event.target;
    if (panel.hidden || event.ctrlKey || event.metaKey || event.altKey || !/^[hjkl]$/i.test(event.key) || !panel.contains(at) || at.closest("input, textarea, select")) return;
    card(shown)?.focus({ preventScroll: true }); }, true);
  document.addEventListener("focusin", (event) => {
    const link = event.target.closest?.(".job a[data-order]");
    if (panel.hidden || !link) return;
    clearTimeout(later);
    if (link.dataset.order !== shown) later = setTimeout(() => { from = link; put(link.dataset.order); show(link.dataset.order); }, REST); });

  addEventListener("popstate", () => { const pk = new URL(location.href).searchParams.get("order"); pushed = Boolean(history.state?.panel); if (pk) show(pk); else hide(); });

  // What is done in the panel stays in the panel; the board moves when its next poll says so.
  panel.addEventListener("submit", (event) => {
    const form = event.target;
    if (form.matches("[data-keep], [data-leaves], [hx-post]")) return;
    event.preventDefault();
    htmx.ajax("POST", form.action, { source: form, event, target: panel, swap: "innerHTML", headers: { "HX-Target": "aside#panel" } }).then(enter); });
  document.addEventListener("htmx:after:swap", mark);
})();

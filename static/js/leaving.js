// Whoever logs out is asked first when photos or answers of an inspection wait here for a signal: they leave the device
// with them, so that nobody after them finds them.
(() => {
  "use strict";
  const { on } = window.lane;
  const waiting = () => {
    try {
      return Number(localStorage.getItem("lane.waiting"));
    } catch {
      return 0;
    }
  };
  on("submit", (e) => {
    const url = new URL(e.target.getAttribute("action") || "", location.href);
    if (!url.pathname.endsWith("/logout/")) return;
    const left = waiting();
    const words = `${left === 1 ? "1 photo or answer waits" : `${left} photos and answers wait`} on this device for a signal. Log out and lose ${left === 1 ? "it" : "them"}?`;
    if (left && !confirm(words)) {
      e.preventDefault();
      e.stopImmediatePropagation();
      return;
    }
    if (!left) return;
    indexedDB.deleteDatabase("lane");
    localStorage.removeItem("lane.waiting");
  }, window, true);
})();

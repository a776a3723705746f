// The find box of every page: from two characters on, what is found hangs under the box as links.
// Arrow keys go through them, Enter opens the first one or the one in focus, Escape comes back to the box.
// Without it, and for a scan, the form goes to the find page.
(() => {
  "use strict";
  const { $, $$, on, say } = window.lane;
  const box = $("#q"), found = $("#found");
  if (!found) return;
  let known = ""; // the text whose results hang there
  let asked = "";
  let shut = ""; // the text that Escape was pressed at: results that come after it stay away
  const links = () => $$("a[href]", found);
  const open = (wanted) => { found.hidden = !wanted; };
  const text = () => box.value.trim();

  on("htmx:config:request", (e) => {
    if (e.detail.ctx.sourceElement !== box) return;
    asked = text();
    if (asked.length > 1) return;
    e.preventDefault();
    open(false);
  });
  on("htmx:after:swap", ({ detail: { ctx } }) => {
    if (ctx.sourceElement !== box) return;
    known = asked;
    open(asked !== shut && box.form.contains(document.activeElement));
    const count = links().length;
    links()[0]?.closest("tr")?.classList.add("on"); // the one Enter opens
    say(count ? `${count} found. Arrow down goes there.` : "Nothing found yet.");
  });
  on("input", () => { shut = ""; }, box);
  on("focus", () => open(known && known === text()), box);
  on("focusin pointerdown", (e) => box.form.contains(e.target) || open(false));
  on("keydown", (e) => {
    const all = links(), at = all.indexOf(document.activeElement);
    if (e.key === "Escape") shut = text();
    if (found.hidden) return;
    if (e.key === "Escape") {
      open(false);
      box.focus();
      open(false);
    } else if (e.key === "ArrowDown") (all[at + 1] || all[at] || box).focus();
    else if (e.key === "ArrowUp") (all[at - 1] || box).focus();
    else if (e.key === "Enter" && at < 0 && all.length && known === text()) all[0].click();
    else {
      if (at > -1 && e.key.length === 1 && !e.ctrlKey && !e.metaKey) box.focus(); // goes on typing
      if (at > -1) e.stopPropagation();
      return;
    }
    e.preventDefault();
    e.stopPropagation();
  }, box.form);
})();

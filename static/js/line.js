// The sheet of a line: the customer's page beside it follows what is typed, and a link to a field puts the cursor there.
(() => {
  "use strict";
  const sheet = document.getElementById("sheet");
  let later = 0;
  const typed = (wait) => { clearTimeout(later); later = setTimeout(() => sheet.dispatchEvent(new CustomEvent("lane:typed")), wait); };
  sheet.addEventListener("input", () => typed(350));
  sheet.addEventListener("change", () => typed(0));
  if (location.hash.startsWith("#id_")) document.getElementById(location.hash.slice(1))?.focus();
})();

// Tells the advisor that the page is open in a browser.  A mail scanner fetches the page and runs no script.
(() => {
  "use strict";
  const page = document.querySelector("[data-opened]");
  const token = document.querySelector("[name=csrfmiddlewaretoken]");
  if (page && token) fetch(page.dataset.opened, { method: "POST", headers: { "X-CSRFToken": token.value }, credentials: "same-origin" }).catch(() => {});
})();

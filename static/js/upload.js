// A file on its way says how far it is.  <form data-upload> with a [data-sent] inside: a line of words and a <progress>.
// Without this the form posts as any other.
(() => {
  "use strict";
  const { $, on, say, fail, focus } = window.lane;
  const LOST = "The file did not arrive. Nothing was written. Try again.";
  const sending = new WeakSet();
  const arrived = (form, { status, response, responseURL }) => {
    const main = status < 500 && response && $("main", response);
    if (!main) return fail(LOST);
    if (responseURL !== form.action) return location.assign(responseURL);
    document.title = response.title;
    $("#main").replaceWith(document.adoptNode(main));
    focus($(".err-sum, [role=status]", main) || main);
  };
  on("submit", (e) => {
    const form = e.target.closest("form[data-upload]");
    if (!form) return;
    e.preventDefault();
    if (sending.has(form)) return;
    sending.add(form);
    const line = $("[data-sent]", form), button = $("[type=submit]", form), request = new XMLHttpRequest();
    const over = () => {
      sending.delete(form);
      line.hidden = true;
      button.removeAttribute("aria-busy");
    };
    const tell = (words) => { $("p", line).textContent = words; };
    line.hidden = false;
    button.setAttribute("aria-busy", "true");
    tell("The file is on its way.");
    say("The file is on its way.");
    on("progress", ({ loaded, total }) => {
      const share = Math.round((100 * loaded) / total);
      $("progress", line).value = share;
      tell(share < 100 ? `${share} % of the file is sent.` : "It is here. Reading it.");
      if (share === 100) say("The file is here. Reading it.");
    }, request.upload);
    on("load", () => {
      over();
      arrived(form, request);
    }, request);
    on("error abort timeout", () => {
      over();
      fail(LOST);
    }, request);
    request.responseType = "document";
    request.open("POST", form.action);
    request.send(new FormData(form, e.submitter));
  });
})();

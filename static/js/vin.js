// A VIN by photo: made smaller here, read on the server, and the car opened.  Without this the form is sent as it is.
//
//   form[data-vin="address"] holds the file input.  With data-into="#field" the VIN is written there, and nothing opens.
(() => {
  "use strict";
  const LONGEST = 1280, QUALITY = 0.85;
  const { $, $$, make, on, say, token } = window.lane;

  const smaller = async (file) => {
    try {
      const whole = await createImageBitmap(file, { imageOrientation: "from-image" });
      const share = Math.min(1, LONGEST / Math.max(whole.width, whole.height));
      const canvas = make("canvas", { width: Math.round(whole.width * share), height: Math.round(whole.height * share) });
      canvas.getContext("2d").drawImage(whole, 0, 0, canvas.width, canvas.height);
      whole.close();
      return (await new Promise((done) => canvas.toBlob(done, "image/jpeg", QUALITY))) || file;
    } catch {
      return file; // a kind this browser cannot read: the server can
    }
  };
  const read = async (form, input) => {
    const line = $("[data-vin-said]", form), button = $("button", form);
    const said = (words) => {
      line.hidden = !words;
      $("b", line).textContent = words;
    };
    const body = new FormData(form), photo = await smaller(input.files[0]);
    said("");
    button?.setAttribute("aria-busy", "true");
    say("Reading the VIN.");
    body.set(input.name, photo, "label.jpg");
    try {
      const answer = await fetch(form.dataset.vin, { method: "POST", body, headers: { "X-CSRFToken": token(), "X-Requested-With": "fetch" } });
      if (answer.status === 422) said(await answer.text());
      else if (!answer.ok || answer.redirected) said("That was not read. Load the page again, or type the last six.");
      else {
        const { vin, url, says } = await answer.json(), into = form.dataset.into && $(form.dataset.into);
        say(says);
        if (!into) return location.assign(url);
        into.value = vin;
        ["input", "change"].forEach((type) => into.dispatchEvent(new Event(type, { bubbles: true })));
        into.focus();
      }
    } catch {
      said("No signal. Try again when it is back, or type the last six.");
    } finally {
      button?.removeAttribute("aria-busy");
      input.value = "";
    }
  };
  $$("form[data-vin]").forEach((form) => {
    const input = $("input[type=file]", form);
    on("change", () => input.files.length && read(form, input), input);
  });
})();

// A VIN by photo: made smaller here, read on the server, and the car opened.  Without this the form is sent as it is.
//
//   form[data-vin="address"] holds the file input.  a[data-vin-into="#field"] takes the photo where the page is and writes
//   the VIN into that field; without scripts it is a link to the page that reads one.  [data-vin-said] says what is wrong.
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
  const read = async (place, file, { address, into, button }) => {
    const line = $("[data-vin-said]", place), body = new FormData();
    const said = (words) => {
      line.hidden = !words;
      $("b", line).textContent = words;
    };
    said("");
    button.setAttribute("aria-busy", "true");
    say("Reading the VIN.");
    body.append("for", $("[name=for]", place)?.value || "writeup");
    body.append("photo", await smaller(file), "label.jpg");
    try {
      const answer = await fetch(address, { method: "POST", body, headers: { "X-CSRFToken": token(), "X-Requested-With": "fetch" } });
      if (answer.status === 422) said(await answer.text());
      else if (!answer.ok || answer.redirected) said("That was not read. Load the page again, or type the VIN.");
      else {
        const { vin, url, says } = await answer.json();
        say(says);
        if (!into) return location.assign(url);
        into.value = vin;
        ["input", "change"].forEach((type) => into.dispatchEvent(new Event(type, { bubbles: true })));
        into.focus();
      }
    } catch {
      said("No signal. Try again when it is back, or type the VIN.");
    } finally {
      button.removeAttribute("aria-busy");
    }
  };
  $$("form[data-vin]").forEach((form) => {
    const input = $("input[type=file]", form);
    const taken = async () => {
      if (!input.files.length) return;
      await read(form, input.files[0], { address: form.dataset.vin, button: $("button", form) });
      input.value = "";
    };
    on("change", taken, input);
    taken(); // a photo chosen before this script was here
  });
  $$("a[data-vin-into]").forEach((link) => on("click", (e) => {
    const input = make("input", { type: "file", accept: "image/*" });
    e.preventDefault();
    input.setAttribute("capture", "environment");
    on("change", () => {
      const into = $(link.dataset.vinInto), address = new URL(link.href).pathname;
      if (input.files.length) read(link.closest(".field"), input.files[0], { address, into, button: link });
    }, input);
    input.click();
  }, link));
})();

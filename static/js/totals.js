// <form data-base="amount"> adds the data-price of every line answered yes, and writes it where
// [data-total], [data-added] and [data-count] stand.  The server adds again; this only says beforehand what it will say.
(() => {
  "use strict";
  const { $, $$, on } = window.lane;
  const YES = ':is([value="approved"], [value="yes"]):checked';
  const cents = (amount) => Math.round(Number(amount) * 100);

  $$("form[data-base]").forEach((form) => {
    const format = new Intl.NumberFormat("en-US", { style: "currency", currency: form.dataset.currency || "USD" });
    const money = (amount) => format.format(amount / 100);
    const write = (name, text) => $$(`[data-${name}]`).forEach((el) => { el.textContent = text; });
    const add = () => {
      const lines = $$("[data-price]", form);
      const agreed = lines.filter((line) => $(YES, line));
      const open = lines.filter((line) => !$("input[type=radio]:checked", line)).length;
      const sum = agreed.reduce((total, line) => total + cents(line.dataset.price), 0);
      const left = open && open < lines.length ? `, ${open} not answered` : "";
      write("total", money(sum + cents(form.dataset.base)));
      write("added", money(sum));
      write("count", (agreed.length ? `${agreed.length} added` : "Nothing added yet") + left);
    };
    on("change", add, form);
    add();
  });
})();

/* The gateway's own form (Stripe.js): card data go from here to Stripe and never to the panel. */
"use strict";
(() => {
  const box = document.getElementById("pasarela");
  const form = document.getElementById("tarjeta-form");
  const button = document.getElementById("tarjeta-guardar");
  const trouble = document.getElementById("pasarela-error");
  const say = (message) => {
    document.getElementById("pasarela-motivo").textContent = message;
    trouble.hidden = !message;
  };
  if (typeof Stripe !== "function") { say(box.dataset.away); return; }

  const stripe = Stripe(box.dataset.key, { locale: box.dataset.locale });
  let card = null;
  if (box.dataset.kind === "setup") {
    const field = document.getElementById("tarjeta");
    const look = getComputedStyle(field);
    card = stripe.elements().create("card", {
      hidePostalCode: true,
      style: { base: { color: look.color, fontFamily: look.fontFamily, fontSize: "16px" } },
    });
    card.mount(field);
    for (const input of field.querySelectorAll("input:not([aria-label])")) input.setAttribute("aria-label", input.placeholder);
  }
  button.hidden = false;

  const busy = (is) => {
    button.classList.toggle("is-busy", is);
    button.setAttribute("aria-disabled", String(is));
  };
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    if (button.classList.contains("is-busy")) return;
    busy(true);
    say("");
    const answer = card
      ? await stripe.confirmCardSetup(box.dataset.secret, { payment_method: { card } })
      : await stripe.confirmCardPayment(box.dataset.secret, { payment_method: box.dataset.card });
    if (answer.error && card) {
      say(answer.error.message || box.dataset.away);
      busy(false);
    } else {
      form.submit();  // what became of it is asked of the gateway by the panel itself
    }
  });
})();

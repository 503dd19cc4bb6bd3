/* Around allauth's passkey scripts: show what needs them, and say it when a key could not be used. */
"use strict";
if (window.PublicKeyCredential) {
  for (const part of document.querySelectorAll("[data-passkey]")) part.hidden = false;
}
/* The key speaks first; allauth's script sends the form when it has answered. */
document.getElementById("mfa_webauthn_add")?.addEventListener("click", (event) => event.preventDefault());
document.addEventListener("allauth.error", (event) => {
  event.preventDefault();
  const words = document.getElementById("passkey-error");
  if (!words) return;
  document.querySelectorAll("[data-passkey-said]").forEach((said) => said.remove());
  const said = document.createElement("div");
  said.dataset.passkeySaid = "";
  said.append(words.content.cloneNode(true));
  words.before(said);
});

/* Everything here is a convenience: every page works without it. */
"use strict";

/* Menus made of <details data-menu>: Escape and a click elsewhere close them. */
document.addEventListener("click", (event) => {
  for (const menu of document.querySelectorAll("details[data-menu][open]")) {
    if (!menu.contains(event.target)) menu.open = false;
  }
});
document.addEventListener("keydown", (event) => {
  if (event.key !== "Escape") return;
  for (const menu of document.querySelectorAll("details[data-menu][open]")) {
    menu.open = false;
    menu.querySelector("summary").focus();
  }
});

/* Theme at once, kept by the server as well. */
document.addEventListener("submit", async (event) => {
  const form = event.target;
  if (!form.matches("[data-theme-form]") || !event.submitter) return;
  event.preventDefault();
  const body = new FormData(form, event.submitter);
  document.documentElement.dataset.theme = body.get("theme");
  for (const button of document.querySelectorAll("[data-theme-form] button[name=theme]")) {
    button.setAttribute("aria-pressed", String(button.value === body.get("theme")));
  }
  try { await fetch(form.action, { method: "POST", body, redirect: "manual" }); } catch { toast(); }
});

/* A form is sent once: a second click finds its button busy. Coming back by the browser's history frees it. */
document.addEventListener("submit", (event) => {
  const form = event.target;
  if (event.defaultPrevented || form.matches("[data-theme-form], [hx-get], [hx-post], [data-resubmit]")) return;
  if (form.method === "get") return;
  if (form.dataset.sent) { event.preventDefault(); return; }
  form.dataset.sent = "1";
  if (event.submitter) { event.submitter.classList.add("is-busy"); event.submitter.setAttribute("aria-disabled", "true"); }
});
window.addEventListener("pageshow", () => {
  for (const form of document.querySelectorAll("form[data-sent]")) delete form.dataset.sent;
  for (const button of document.querySelectorAll(".is-busy")) {
    button.classList.remove("is-busy");
    button.removeAttribute("aria-disabled");
  }
});

/* An action that is shown but cannot be done explains itself; it never submits. */
document.addEventListener("click", (event) => {
  if (event.target.closest("[data-denied]")) event.preventDefault();
});

/* Copy buttons. */
function ready(root) {
  if (navigator.clipboard) for (const button of root.querySelectorAll("[data-copy][hidden]")) button.hidden = false;
  for (const button of root.querySelectorAll("[data-reveal][hidden], [data-generate][hidden]")) button.hidden = false;
}
document.addEventListener("click", async (event) => {
  const button = event.target.closest("[data-copy]");
  if (!button) return;
  const word = button.querySelector("[data-copy-word]");
  await navigator.clipboard.writeText(button.dataset.copy);
  if (!word) return;
  const before = word.textContent;
  word.textContent = word.dataset.done;
  setTimeout(() => { word.textContent = before; }, 2000);
});

/* Passwords. data-reveal="id": shows what is typed. data-generate="id": writes a strong one. Its strength is shown in
   the element named by the field's data-strength, whose data-words holds five words separated by "|". */
document.addEventListener("click", (event) => {
  const button = event.target.closest("[data-reveal], [data-generate]");
  if (!button) return;
  const field = document.getElementById(button.dataset.reveal || button.dataset.generate);
  if (button.dataset.generate) {
    event.preventDefault();  // without JavaScript it is a submit button: the server writes one
    field.value = generatePassword();
    field.type = "text";
    field.dispatchEvent(new Event("input", { bubbles: true }));
  } else {
    field.type = field.type === "password" ? "text" : "password";
    button.setAttribute("aria-pressed", String(field.type === "text"));
  }
});
function generatePassword() {
  const signs = "abcdefghijkmnpqrstuvwxyzABCDEFGHJKLMNPQRSTUVWXYZ23456789";
  const limit = 256 - (256 % signs.length);
  const draw = () => {
    for (;;) {
      const [value] = crypto.getRandomValues(new Uint8Array(1));
      if (value < limit) return signs[value % signs.length];
    }
  };
  return Array.from({ length: 4 }, () => Array.from({ length: 5 }, draw).join("")).join("-");
}
function strengthOf(text) {
  const kinds = [/[a-z]/, /[A-Z]/, /\d/, /[^A-Za-z0-9]/].filter((kind) => kind.test(text)).length;
  const variety = new Set(text).size;
  const bits = Math.min(text.length, variety * 2) * Math.log2(kinds < 2 ? 20 : 16 * kinds);
  return [28, 45, 60, 80].filter((limit) => bits >= limit).length;
}
document.addEventListener("input", (event) => {
  const meter = event.target.dataset.strength && document.getElementById(event.target.dataset.strength);
  if (!meter) return;
  const score = strengthOf(event.target.value);
  meter.dataset.score = event.target.value ? String(score) : "";
  meter.textContent = event.target.value ? meter.dataset.words.split("|")[score] : "";
});

/* Tick all rows: data-check-all="name". */
document.addEventListener("change", (event) => {
  const name = event.target.dataset.checkAll;
  if (!name) return;
  for (const box of document.querySelectorAll(`input[type=checkbox][name="${name}"]`)) box.checked = event.target.checked;
});

/* HTMX: say it when something could not be fetched; an expired session leads to the sign-in page. */
function toast() {
  const note = document.getElementById("toast-error");
  if (note) document.getElementById("toasts").replaceChildren(note.content.cloneNode(true));
}
document.addEventListener("click", (event) => {
  if (event.target.closest("[data-dismiss]")) event.target.closest(".toast-note").remove();
});
for (const name of ["htmx:sendError", "htmx:responseError", "htmx:timeout"]) document.addEventListener(name, toast);
document.addEventListener("htmx:load", (event) => ready(event.target));
ready(document);

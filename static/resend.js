// Shows the button that has the mail sent once more when its minute is over. Without it the button is there at once.
"use strict";

(() => {
  const form = document.querySelector("[data-resend]");
  const left = Number(form && form.dataset.seconds);
  if (!left) return;
  const button = form.querySelector("button");
  const hint = form.querySelector(".hint");
  const later = document.createElement("p");
  later.textContent = form.dataset.later;
  button.hidden = hint.hidden = true;
  form.append(later);
  setTimeout(() => {
    later.remove();
    button.hidden = hint.hidden = false;
  }, left * 1000);
})();

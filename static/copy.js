// Puts a text into the clipboard with one press. Without it the text can be selected.
"use strict";

(() => {
  if (!navigator.clipboard) return;
  for (const button of document.querySelectorAll("[data-copies]")) {
    const label = button.textContent;
    button.hidden = false;
    button.addEventListener("click", async () => {
      const text = document.getElementById(button.dataset.copies);
      try {
        await navigator.clipboard.writeText(text.textContent);
      } catch {
        // The browser, or its user, forbids it: what is selected can be copied by hand.
        text.focus();
        getSelection().selectAllChildren(text);
        return;
      }
      button.textContent = button.dataset.done;
      setTimeout(() => {
        button.textContent = label;
      }, 2000);
    });
  }
})();

// Shows the digest that the choices of the form would bring: on the front page as they change, elsewhere when asked.
"use strict";

(() => {
  const form = document.getElementById("form");
  const place = document.querySelector("[data-preview-result]");
  if (!form || !place) return;

  const live = document.querySelector("[data-live]");
  const button = document.querySelector("[data-preview]");
  const SILENCE = 700; // milliseconds after the last change
  const KEPT = 40; // previews
  const answers = new Map();
  let latest = 0;

  // What a preview depends on: neither who asks nor when the page was made.
  const IGNORED = ["email", "shared", "website", "shown", "altcha", "csrfmiddlewaretoken", "start", "start_file"];
  const choices = () => {
    const data = new FormData(form);
    for (const name of IGNORED) data.delete(name);
    return new URLSearchParams(data).toString();
  };
  const hasSubject = () => {
    const data = new FormData(form);
    return data.has("topics") || ["keywords", "authors", "categories"].some((name) => data.get(name).trim());
  };

  // The digest for the choices, or null. What was asked for before is not asked for again.
  const ask = async () => {
    const wanted = choices();
    if (answers.has(wanted)) return answers.get(wanted);
    const answer = await fetch(form.dataset.previewUrl, {
      method: "POST",
      headers: { "X-Fragment": "1", "Content-Type": "application/x-www-form-urlencoded" },
      body: wanted,
    });
    if (!answer.ok) return null;
    const html = await answer.text();
    if (!html.includes("banner error")) {
      answers.set(wanted, html);
      if (answers.size > KEPT) answers.delete(answers.keys().next().value);
    }
    return html;
  };
  const show = async (write) => {
    const mine = (latest += 1);
    place.setAttribute("aria-busy", "true");
    const html = await ask().catch(() => null);
    if (mine !== latest) return;
    place.removeAttribute("aria-busy");
    write(html);
  };

  const banner = (text) => {
    const line = document.createElement("p");
    line.className = "banner good";
    line.textContent = text;
    place.replaceChildren(line);
  };

  if (!live) {
    if (!button) return;
    button.hidden = false;
    button.addEventListener("click", (event) => {
      event.preventDefault();
      button.disabled = true;
      banner(place.dataset.busy);
      show((html) => {
        button.disabled = false;
        if (html === null) { banner(place.dataset.failed); return; }
        place.innerHTML = html;
        place.scrollIntoView();
      });
    });
    return;
  }

  button.hidden = true;
  const said = document.querySelector("[data-preview-said]");
  const sample = place.innerHTML;
  let shown = null;
  let isSeen = false;
  let timer;

  const look = () => {
    if (!isSeen || shown === choices()) return;
    shown = choices();
    if (!hasSubject()) {
      latest += 1;
      place.removeAttribute("aria-busy");
      place.innerHTML = sample;
      return;
    }
    show((html) => {
      if (html === null) { shown = null; banner(live.dataset.failed); return; }
      place.innerHTML = html;
      place.scrollTop = 0;
      said.textContent = live.dataset.updated;
    });
  };
  const soon = () => {
    said.textContent = "";
    clearTimeout(timer);
    timer = setTimeout(look, SILENCE);
  };
  form.addEventListener("change", soon);
  for (const field of form.querySelectorAll("[data-try]")) field.addEventListener("input", soon);
  new IntersectionObserver((entries) => {
    isSeen = entries.some((entry) => entry.isIntersecting);
    if (isSeen) soon();
  }, { rootMargin: "150px" }).observe(live);
})();

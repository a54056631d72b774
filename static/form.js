// Makes the forms pleasanter; everything works without it.
"use strict";

(() => {
  const form = document.getElementById("form");
  if (!form) return;

  const zone = form.elements.time_zone;
  const isNew = !("knownReader" in form.dataset) && !form.querySelector(".error");
  if (zone && isNew) {
    const here = Intl.DateTimeFormat().resolvedOptions().timeZone;
    if (here && here !== "Etc/Unknown") {
      // Browsers still say Asia/Calcutta or Europe/Kiev; the server knows those names, the list may not.
      if (![...zone.options].some((option) => option.value === here)) {
        zone.add(new Option(here.replace(/_/g, " "), here));
      }
      zone.value = here;
    }
  }

  const { cadence, weekday } = form.elements;
  if (cadence && weekday) {
    const show = () => { weekday.closest(".field").hidden = cadence.value !== "weekly"; };
    cadence.addEventListener("change", show);
    show();
  }

  const catalogue = form.querySelector("[data-catalogue]");
  if (catalogue) {
    const box = document.createElement("div");
    box.className = "field search";
    const label = document.createElement("label");
    label.htmlFor = "topic-search";
    label.textContent = form.dataset.searchLabel;
    const input = document.createElement("input");
    input.id = "topic-search";
    input.type = "search";
    input.autocomplete = "off";
    const none = document.createElement("p");
    none.className = "hint";
    none.setAttribute("role", "status");
    box.append(label, input, none);
    catalogue.before(box);

    const areas = [...catalogue.querySelectorAll(".area")];
    const wasOpen = areas.map((area) => area.open);
    const fold = (text) => text.normalize("NFKD").replace(/\p{M}/gu, "").toLowerCase();
    const chips = [...catalogue.querySelectorAll("[data-words]")];
    const words = new Map(chips.map((chip) => [chip, fold(chip.dataset.words + " " + chip.textContent)]));
    input.addEventListener("input", () => {
      const wanted = fold(input.value).split(/\s+/).filter(Boolean);
      for (const chip of chips) {
        chip.closest("li").hidden = !wanted.every((word) => words.get(chip).includes(word));
      }
      let shown = 0;
      areas.forEach((area, place) => {
        const left = area.querySelectorAll("li:not([hidden])").length;
        shown += left;
        area.hidden = left === 0;
        area.open = wanted.length ? left > 0 : wasOpen[place] || Boolean(area.querySelector(":checked"));
      });
      none.textContent = shown ? "" : form.dataset.none;
    });
    input.addEventListener("keydown", (event) => { if (event.key === "Enter") event.preventDefault(); });
  }

  // The answer to the latest question is shown, whichever answer comes last; null where none came.
  const asker = (show) => {
    let latest = 0;
    return async (url, options) => {
      const mine = (latest += 1);
      try {
        const answer = await fetch(url, options);
        const html = await answer.text();
        if (mine === latest) show(answer.ok ? html : null);
      } catch {
        if (mine === latest) show(null);
      }
    };
  };

  for (const field of form.querySelectorAll("[data-try]")) {
    const place = form.querySelector(`[data-findings="${field.id}"]`);
    const ask = asker((html) => { place.innerHTML = html ?? ""; });
    let timer;
    field.addEventListener("input", () => {
      clearTimeout(timer);
      timer = setTimeout(() => {
        if (!field.value.trim()) { place.textContent = ""; return; }
        const url = new URL(form.dataset.tryUrl, location.href);
        url.searchParams.set("kind", field.dataset.try);
        url.searchParams.set("q", field.value);
        ask(url);
      }, 350);
    });
  }

  const button = form.querySelector("[data-preview]");
  const result = form.querySelector("[data-preview-result]");
  if (button && result) {
    button.hidden = false;
    const say = (text) => {
      const line = document.createElement("p");
      line.className = "banner good";
      line.textContent = text;
      result.replaceChildren(line);
    };
    const ask = asker((html) => {
      button.disabled = false;
      if (html === null) { say(result.dataset.failed); return; }
      result.innerHTML = html;
      result.scrollIntoView();
    });
    button.addEventListener("click", (event) => {
      event.preventDefault();
      button.disabled = true;
      say(result.dataset.busy);
      ask(form.dataset.previewUrl, { method: "POST", headers: { "X-Fragment": "1" }, body: new FormData(form) });
    });
  }

  // Programs answer at once; whoever fills in by hand, or has a browser that does, is spared the trap.
  const EARLIEST = 600; // milliseconds
  form.addEventListener("submit", (event) => {
    const rest = EARLIEST - performance.now();
    if (rest <= 0) return;
    event.preventDefault();
    setTimeout(() => form.requestSubmit(event.submitter), rest);
  });

  const problems = form.querySelector("[role=alert]");
  if (problems) problems.focus();
})();

// Makes the forms pleasanter; everything works without it.
"use strict";

(() => {
  const form = document.getElementById("form");
  if (!form) return;

  // As the server writes it: UTC+9, UTC−3:30.
  const offset = (name) => {
    const parts = new Intl.DateTimeFormat("en", { timeZone: name, timeZoneName: "shortOffset" }).formatToParts();
    const { value } = parts.find((part) => part.type === "timeZoneName");
    return value === "GMT" ? "UTC+0" : value.replace("GMT", "UTC").replace("-", "\u2212");
  };

  // A browser's own zone: one of the cities, maybe by its former name, or a city more.
  const zone = form.elements.time_zone;
  const isNew = !("knownReader" in form.dataset) && !form.querySelector(".error");
  if (zone && isNew) {
    const here = Intl.DateTimeFormat().resolvedOptions().timeZone;
    if (here && here !== "Etc/Unknown") {
      const listed = [...zone.options].find((option) => option.value === here || option.dataset.also === here);
      const city = here.split("/").pop().replace(/_/g, " ");
      if (!listed) zone.add(new Option(`${city} (${offset(here)})`, here));
      zone.value = listed ? listed.value : here;
    }
  }

  const { cadence, weekday } = form.elements;
  if (cadence && weekday) {
    const show = () => { weekday.closest(".field").hidden = cadence.value !== "weekly"; };
    cadence.addEventListener("change", show);
    show();
  }

  // The sentence of the fold says what the fields under it say.
  const now = form.querySelector("[data-now]");
  if (now) {
    const chosen = (name) => form.elements[name].selectedOptions[0];
    const tell = () => {
      const places = {
        hour: chosen("hour").text,
        weekday: chosen("weekday").text,
        city: chosen("time_zone").text.replace(/ \(UTC[^)]*\)$/, ""),
        language: chosen("language").dataset.said,
      };
      now.textContent = now.dataset[cadence.value].replace(/%\((\w+)\)s/g, (_all, place) => places[place]);
    };
    for (const name of ["hour", "weekday", "time_zone", "language", "cadence"]) {
      form.elements[name].addEventListener("change", tell);
    }
    tell();
  }

  for (const link of form.querySelectorAll("[data-unfold]")) {
    link.addEventListener("click", () => { form.querySelector("details.how").open = true; });
  }
  const typed = form.querySelector("[data-select]");
  if (typed) { typed.focus(); typed.select(); }

  const catalogue = form.querySelector("[data-catalogue]");
  if (catalogue) {
    // The first topics stand in the catalogue, too: ticked here, ticked there.
    for (const first of form.querySelectorAll("[data-area]")) {
      const area = catalogue.querySelector(`[data-slug="${CSS.escape(first.dataset.area)}"] .chips`);
      if (!area) continue;
      const item = first.closest("li").cloneNode(true);
      const [here, there] = [first.querySelector("input"), item.querySelector("input")];
      there.removeAttribute("name");
      there.removeAttribute("value");
      item.querySelector(".chip").removeAttribute("data-area");
      item.querySelector(".chip").dataset.slug = here.value;
      here.addEventListener("change", () => { there.checked = here.checked; });
      there.addEventListener("change", () => {
        here.checked = there.checked;
        here.dispatchEvent(new Event("change", { bubbles: true }));
      });
      area.append(item);
    }

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
    const chips = [...catalogue.querySelectorAll(".chip")];
    const words = new Map(chips.map((chip) => [chip, fold(chip.textContent)]));
    const search = () => {
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
    };
    input.addEventListener("input", search);
    // Names in other languages and categories are fetched by whoever searches; without them names are found.
    input.addEventListener("focus", async () => {
      const answer = await fetch(catalogue.dataset.wordsUrl).catch(() => null);
      if (!answer || !answer.ok) return;
      const more = await answer.json();
      for (const chip of chips) {
        const slug = chip.dataset.slug ?? chip.querySelector("input").value;
        words.set(chip, `${words.get(chip)} ${fold(more[slug] ?? "")}`);
      }
      if (input.value) search();
    }, { once: true });
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

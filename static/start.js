// A start in one's own words: suggestions as chips, each taken over, and given back, by one press.
"use strict";

(() => {
  const form = document.getElementById("form");
  const button = form && form.querySelector("[data-start]");
  const result = form && form.querySelector("[data-start-result]");
  if (!button || !result) return;
  button.type = "button"; // Enter in a field sends the form, not this question
  const MOST_BYTES = 200000; // as many as the server reads

  const say = (text) => {
    const line = document.createElement("p");
    line.className = "hint";
    line.textContent = text;
    result.replaceChildren(line);
  };

  button.addEventListener("click", async () => {
    const asked = new FormData();
    asked.set("start", form.elements.start.value);
    const file = form.elements.start_file.files[0];
    if (file) asked.set("start_file", file.slice(0, MOST_BYTES), file.name);
    button.disabled = true;
    say(result.dataset.busy);
    try {
      const answer = await fetch(button.formAction, { method: "POST", headers: { "X-Fragment": "1" }, body: asked });
      if (!answer.ok) throw new Error(answer.statusText);
      result.innerHTML = await answer.text();
    } catch {
      say(result.dataset.failed);
    }
    button.disabled = false;
  });

  const tell = (field) => {
    for (const name of ["input", "change"]) field.dispatchEvent(new Event(name, { bubbles: true }));
  };

  result.addEventListener("click", (event) => {
    const chip = event.target.closest("[data-take-topic], [data-take-search]");
    if (!chip) return;
    const takes = chip.getAttribute("aria-pressed") !== "true";
    const { takeTopic, takeSearch } = chip.dataset;
    if (takeTopic) {
      const box = form.querySelector(`input[name="topics"][value="${CSS.escape(takeTopic)}"]`);
      if (!box) return;
      box.checked = takes;
      tell(box);
    } else {
      const { keywords } = form.elements;
      const others = keywords.value.split("\n").filter((line) => line.trim() && line.trim() !== takeSearch);
      keywords.value = (takes ? [...others, takeSearch] : others).join("\n");
      keywords.closest("details").open = true;
      tell(keywords);
    }
    chip.setAttribute("aria-pressed", String(takes));
  });
})();

// Suggestions under the search box, by the browser's own list. Without a script it offers what the page came with.
(() => {
  const box = document.querySelector("input[data-suggest-url]");
  const list = document.getElementById("suggestions");
  if (!box || !list) return;
  let timer = 0;
  let running = null;

  const show = (texts) => {
    list.replaceChildren(...texts.map((text) => new Option(text, text)));
  };

  const ask = async (typed) => {
    running?.abort();
    running = new AbortController();
    try {
      const address = `${box.dataset.suggestUrl}&q=${encodeURIComponent(typed)}`;
      const answer = await fetch(address, { signal: running.signal, credentials: "omit" });
      if (answer.ok) show((await answer.json()).suggestions);
    } catch (error) {
      if (error.name !== "AbortError") show([]);
    }
  };

  box.addEventListener("input", (event) => {
    clearTimeout(timer);
    const typed = box.value.trim();
    if (event.inputType === "insertReplacementText" || typed.length < 2) return;
    timer = setTimeout(() => ask(typed), 120);
  });
})();

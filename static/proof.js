// Solves the form's proof of work while the reader fills it in; the work is done in static/proof-worker.js.
"use strict";

(() => {
  const form = document.getElementById("form");
  const place = form && form.querySelector("[data-proof-url]");
  if (!place) return;

  const { proofUrl, workerUrl, lifetime } = place.dataset;
  const field = form.elements.altcha;
  const said = place.querySelector("[role=status]");
  let began = 0;
  let solving = null;

  const say = (state) => {
    place.dataset.state = state;
    said.textContent = state === "idle" ? "" : place.dataset[state];
  };

  const work = (challenge) => new Promise((resolve, reject) => {
    const worker = new Worker(workerUrl);
    const done = (settle) => (event) => { worker.terminate(); settle(event.data); };
    worker.onmessage = done((number) => {
      if (Number.isInteger(number)) resolve(number); else reject(new Error("no number fits"));
    });
    worker.onerror = done(() => reject(new Error("the worker failed")));
    worker.postMessage(challenge);
  });

  const solve = async () => {
    began = Date.now();
    say("working");
    const answer = await fetch(proofUrl, { headers: { Accept: "application/json" } });
    if (!answer.ok) throw new Error(`status ${answer.status}`);
    const { algorithm, challenge, maxnumber, salt, signature } = await answer.json();
    const number = await work({ challenge, maxnumber, salt });
    field.value = btoa(JSON.stringify({ algorithm, challenge, number, salt, signature }));
    say("ready");
  };

  const start = () => {
    if (!solving) solving = solve().catch(() => { solving = null; field.value = ""; say("failed"); });
    return solving;
  };
  const isOld = () => began > 0 && Date.now() - began > Number(lifetime) * 1000;

  form.addEventListener("focusin", () => { if (!field.value) start(); });
  form.addEventListener("submit", async (event) => {
    if (event.submitter && event.submitter.hasAttribute("formaction")) return;
    if (isOld()) { solving = null; field.value = ""; }
    if (field.value) return;
    // Caught before anything else hears of it: the form goes out when the proof is there.
    event.preventDefault();
    event.stopImmediatePropagation();
    await start();
    if (field.value) form.requestSubmit(event.submitter);
  }, true);
})();

"use strict";
// The desk works without this file; it adds dragging, keys, a countdown, lit evidence and drafts of what is typed.
document.addEventListener("DOMContentLoaded", () => {
  // What is typed is kept as a draft soon after, and at the latest as the page is left by whatever way. Where no
  // draft is kept (a reason about a reader, a password) the browser asks before it leaves.
  const unsaved = new Map();
  let submitted = null;
  const isKept = (form) => Boolean(form.elements["draft-page"]);
  const keep = (form) => {
    const typed = new FormData(form);
    typed.set("draft-page", form.elements["draft-page"].value);
    typed.set("csrfmiddlewaretoken", document.querySelector("[name=csrfmiddlewaretoken]").value);
    navigator.sendBeacon("/admin/draft/", typed);
  };
  const isWatched = (form) => form && (isKept(form) || form.method === "post") && !form.querySelector("[type=password], [name=code]");
  document.addEventListener("input", (event) => {
    const form = event.target.form;
    if (!isWatched(form)) return;
    clearTimeout(unsaved.get(form));
    unsaved.set(form, isKept(form) ? setTimeout(() => keep(form), 800) : 0);
  });
  document.addEventListener("submit", (event) => { submitted = event.target; });
  window.addEventListener("beforeunload", (event) => {
    let isLost = false;
    for (const [form, timer] of unsaved) {
      if (form === submitted) continue;
      clearTimeout(timer);
      if (isKept(form)) keep(form);
      if (!submitted || !isKept(form)) isLost = true;
    }
    clearTimeout(unsaved.get(submitted));
    unsaved.delete(submitted);
    submitted = null;
    if (isLost) event.preventDefault();
  });
  const list = document.querySelector("[data-papers]");
  const move = (entry, to) => {
    const form = list.closest("form");
    const button = document.createElement("button");
    button.name = "act";
    button.value = "move";
    button.formAction = `${form.action}?entry=${entry}&to=${to}`;
    form.append(button);
    form.requestSubmit(button);
  };
  if (list && list.querySelector("[draggable]")) {
    let dragged = null;
    const first = Number(list.dataset.first || 1);
    const items = () => [...list.children];
    for (const item of items()) {
      item.addEventListener("dragstart", (event) => {
        dragged = item;
        event.dataTransfer.effectAllowed = "move";
        event.dataTransfer.setData("text/plain", item.dataset.entry);
      });
      item.addEventListener("dragover", (event) => { event.preventDefault(); item.classList.add("over"); });
      item.addEventListener("dragleave", () => item.classList.remove("over"));
      item.addEventListener("drop", (event) => {
        event.preventDefault();
        item.classList.remove("over");
        if (dragged && dragged !== item) move(dragged.dataset.entry, items().indexOf(item) + first);
      });
      item.addEventListener("keydown", (event) => {
        if (event.target !== item) return;
        const at = items().indexOf(item);
        const place = at + first;
        const press = (name) => { const button = item.querySelector(`button[value="${name}"]`); if (button) button.click(); };
        if (event.altKey && event.key === "ArrowUp" && place > 1) { event.preventDefault(); move(item.dataset.entry, place - 1); }
        else if (event.altKey && event.key === "ArrowDown" && at + 1 < items().length) { event.preventDefault(); move(item.dataset.entry, place + 1); }
        else if (event.key === "ArrowDown" && item.nextElementSibling) { event.preventDefault(); item.nextElementSibling.focus(); }
        else if (event.key === "ArrowUp" && item.previousElementSibling) { event.preventDefault(); item.previousElementSibling.focus(); }
        else if (event.key === "p") { press("pin"); press("unpin"); }
        else if (event.key === "h") { press("hide"); press("show"); }
      });
    }
    const anchor = location.hash && document.getElementById(location.hash.slice(1));
    if (anchor) anchor.focus();
  }
  const light = (number, on) => {
    for (const part of document.querySelectorAll("[data-points]"))
      if (part.dataset.points.split(" ").includes(number)) part.classList.toggle("lit", on);
  };
  for (const part of document.querySelectorAll("[data-points]")) {
    const all = (on) => part.dataset.points.split(" ").forEach((number) => light(number, on));
    for (const name of ["mouseenter", "focusin"]) part.addEventListener(name, () => all(true));
    for (const name of ["mouseleave", "focusout"]) part.addEventListener(name, () => all(false));
  }
  for (const clock of document.querySelectorAll("[data-until]")) {
    const until = Date.parse(clock.dataset.until);
    const tick = () => {
      const minutes = Math.max(0, Math.round((until - Date.now()) / 60000));
      clock.textContent = minutes ? `in ${Math.floor(minutes / 60)} h ${minutes % 60} min` : "at the next tick";
    };
    tick();
    setInterval(tick, 20000);
  }
});

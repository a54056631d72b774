// Makes the form pleasanter; everything works without it.
"use strict";

(() => {
  const zone = document.querySelector("select[name=time_zone]");
  if (zone && !document.querySelector("[data-known-reader]") && !zone.closest(".wrong")) {
    const here = Intl.DateTimeFormat().resolvedOptions().timeZone;
    if (here && !zone.dataset.detected) {
      // Browsers still say Asia/Calcutta or Europe/Kiev; the server knows those names, the list may not.
      if (![...zone.options].some((option) => option.value === here)) zone.add(new Option(here.replace(/_/g, " "), here));
      zone.value = here;
    }
  }

  const cadence = document.querySelector("select[name=cadence]");
  const weekday = document.querySelector("select[name=weekday]");
  if (cadence && weekday) {
    const show = () => { weekday.closest(".field").hidden = cadence.value !== "weekly"; };
    cadence.addEventListener("change", show);
    show();
  }
})();

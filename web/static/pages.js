// What makes the pages handier. Nothing needs it: every page works without.
"use strict";

(() => {
  const OFF = "pressvakt-keys-off";
  const all = (selector) => [...document.querySelectorAll(selector)];
  const kept = (name) => { try { return localStorage.getItem(name); } catch { return null; } };
  const keep = (name, value) => { try { value === null ? localStorage.removeItem(name) : localStorage.setItem(name, value); } catch { /* private window */ } };

  // Filters stand open where there is room for them
  const filters = document.querySelector(".filters");
  if (filters && matchMedia("(min-width: 62rem)").matches) filters.open = true;

  // The slider shows a version as it is let go, without loading the page anew
  let asked = 0;
  const slide = async (form, number) => {
    const mine = ++asked;
    const url = new URL(form.action);
    url.searchParams.set("version", number);
    try {
      const answer = await fetch(url, { headers: { Accept: "text/html" } });
      if (!answer.ok) throw new Error(String(answer.status));
      const page = new DOMParser().parseFromString(await answer.text(), "text/html");
      if (mine !== asked) return;
      for (const part of ["[data-reading]", ".axis", ".slide .steps", ".compare"]) {
        const from = page.querySelector(part), to = document.querySelector(part);
        if (from && to) to.replaceWith(document.adoptNode(from));
      }
      history.replaceState(null, "", url);
    } catch {
      location.href = url;
    }
  };
  document.addEventListener("input", (event) => {
    const form = event.target.closest?.("[data-slide]");
    if (form) form.querySelector("output").value = `${event.target.value}/${event.target.max}`;
  });
  document.addEventListener("change", (event) => {
    const form = event.target.closest?.("[data-slide]");
    if (form) slide(form, event.target.value);
  });

  // Keys
  const help = document.getElementById("keys");
  const box = document.querySelector("[data-keys]");
  const shown = document.querySelector("[data-help]");
  if (help && help.showModal && shown) {
    shown.hidden = false;
    shown.addEventListener("click", () => help.showModal());
    box.checked = !kept(OFF);
    box.addEventListener("change", () => keep(OFF, box.checked ? null : "1"));
  }

  const rows = () => all("[data-row]");
  const move = (by) => {
    const list = rows();
    if (!list.length) return;
    const now = list.findIndex((row) => row.classList.contains("at") || row.contains(document.activeElement));
    const next = list[Math.min(Math.max(now + by, 0), list.length - 1)];
    list.forEach((row) => row.classList.toggle("at", row === next));
    const link = next.querySelector("[data-open]");
    if (link) link.focus({ preventScroll: true });
    next.scrollIntoView({ block: "nearest" });
  };
  const follow = (selector) => { const link = document.querySelector(selector); if (link) link.click(); };

  const keys = {
    j: () => move(1),
    k: () => move(-1),
    "[": () => follow(".steps [rel=prev]"),
    "]": () => follow(".steps [rel=next]"),
    m: () => { const form = document.querySelector("[data-seen]"); if (form) form.requestSubmit(form.querySelector("button")); },
    "/": () => { const field = all("[data-find]").pop(); if (field) { field.focus(); field.select(); } },
    "?": () => { if (help && help.showModal) help.showModal(); },
  };
  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || event.isComposing || kept(OFF) || (help && help.open)) return;
    const field = event.target;
    if (field.isContentEditable || /^(?:INPUT|SELECT|TEXTAREA)$/.test(field.tagName)) {
      if (event.key === "Escape") field.blur();
      return;
    }
    const act = keys[event.key];
    if (act) { event.preventDefault(); act(); }
  });
})();

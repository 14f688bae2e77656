// Keyboard: single keys for what staff do most. They can be turned off, for people whose speech
// input or screen reader sends keys.

import { replier } from "./gestes.js";

const CLE = "callbot-raccourcis";

function dansUnChamp(element) {
  return element.closest("input:not([type=checkbox]), textarea, select, dialog") !== null;
}

// The rows that J and K go through; what is folded away is left out.
export function lignes() {
  return [...document.querySelectorAll(".listes a[data-appel], [data-ligne]")].filter(
    (ligne) => ligne.offsetParent !== null && !ligne.closest("details:not([open])"),
  );
}

// The rank of the row in which the focus is; -1: in none.
export function rang() {
  const actif = document.activeElement;
  return lignes().findIndex(
    (ligne) => ligne === actif || ligne.closest("li")?.contains(actif),
  );
}

function deplacer(pas) {
  const tous = lignes();
  if (!tous.length) return;
  let ici = rang();
  if (ici < 0) ici = tous.findIndex((ligne) => ligne.getAttribute("aria-current") === "true");
  const suivant = ici < 0 ? (pas > 0 ? 0 : tous.length - 1) : ici + pas;
  tous[Math.max(0, Math.min(tous.length - 1, suivant))].focus();
}

export function allerA(ici) {
  const tous = lignes();
  tous[Math.min(ici, tous.length - 1)]?.focus();
}

function revenirAListe() {
  const courant = document.querySelector('.listes a[aria-current="true"]');
  (courant ?? lignes()[0])?.focus();
}

// A key means the row in which the focus is, if that has it, else what is shown in full.
function activer(touche) {
  const ligne = document.activeElement.closest("li");
  const cible =
    ligne?.querySelector(`[data-touche-ligne="${CSS.escape(touche)}"]`) ??
    document.querySelector(`[data-touche="${CSS.escape(touche)}"]`);
  if (!cible) return false;
  if (cible.tagName === "BUTTON") cible.click();
  else if (cible.tagName === "SUMMARY") deplier(cible.parentElement);
  else cible.focus();
  return true;
}

// What must be confirmed is unfolded, and one more key press confirms.
function deplier(pli) {
  pli.open = true;
  pli.querySelector("form button").focus();
}

function signaler() {
  const titres = document.querySelectorAll(".signaler > summary");
  const dernier = titres[titres.length - 1];
  if (!dernier) return;
  dernier.parentElement.open = true;
  dernier.parentElement.querySelector("select").focus();
}

export function installer(actions) {
  const aide = document.getElementById("aide");
  const actifs = document.getElementById("raccourcis-actifs");
  const presences = { 1: "available", 2: "break", 3: "offline" };
  actifs.checked = localStorage.getItem(CLE) !== "non";
  actifs.addEventListener("change", () => {
    localStorage.setItem(CLE, actifs.checked ? "oui" : "non");
  });
  const touches = {
    j: () => deplacer(1),
    k: () => deplacer(-1),
    d: () => document.getElementById("detail")?.focus(),
    l: revenirAListe,
    e: signaler,
    s: () => document.getElementById("alertes")?.click(),
    "?": () => aide.showModal(),
  };
  document.addEventListener("keydown", (evenement) => {
    if (evenement.ctrlKey || evenement.altKey || evenement.metaKey || aide.open) return;
    if (evenement.key === "Escape") {
      const pli = evenement.target.closest?.("details.confirmer[open]");
      if (pli) replier(pli);
      else if (dansUnChamp(evenement.target)) evenement.target.blur();
      else actions.fermer();
      return;
    }
    if (dansUnChamp(evenement.target)) return;
    if (evenement.key === "ArrowDown" || evenement.key === "ArrowUp") {
      if (!evenement.target.matches?.("a[data-appel], [data-ligne]")) return;
      deplacer(evenement.key === "ArrowDown" ? 1 : -1);
      evenement.preventDefault();
      return;
    }
    if (!actifs.checked || evenement.repeat) return;
    const touche = evenement.key.toLowerCase();
    if (touches[touche]) touches[touche]();
    else if (presences[touche]) document.getElementById(`presence-${presences[touche]}`)?.click();
    else if (!activer(touche)) return;
    evenement.preventDefault();
  });
}

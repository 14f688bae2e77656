// Keyboard: single keys for what staff do most. They can be turned off, for people whose speech
// input or screen reader sends keys.

const CLE = "callbot-raccourcis";

function dansUnChamp(element) {
  return element.closest("input:not([type=checkbox]), textarea, select, dialog") !== null;
}

function liens() {
  return [...document.querySelectorAll(".listes a[data-appel]")].filter(
    (lien) => lien.offsetParent !== null,
  );
}

function deplacer(pas) {
  const tous = liens();
  if (!tous.length) return;
  let rang = tous.indexOf(document.activeElement);
  if (rang < 0) rang = tous.findIndex((lien) => lien.getAttribute("aria-current") === "true");
  const suivant = rang < 0 ? (pas > 0 ? 0 : tous.length - 1) : rang + pas;
  tous[Math.max(0, Math.min(tous.length - 1, suivant))].focus();
}

function revenirAListe() {
  const courant = document.querySelector('.listes a[aria-current="true"]');
  (courant ?? liens()[0])?.focus();
}

function activer(touche) {
  const cible = document.querySelector(`[data-touche="${CSS.escape(touche)}"]`);
  if (!cible) return false;
  if (cible.tagName === "BUTTON") cible.click();
  else cible.focus();
  return true;
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
    d: () => document.getElementById("detail").focus(),
    l: revenirAListe,
    e: signaler,
    s: () => document.getElementById("alertes").click(),
    "?": () => aide.showModal(),
  };
  document.addEventListener("keydown", (evenement) => {
    if (evenement.ctrlKey || evenement.altKey || evenement.metaKey || aide.open) return;
    if (evenement.key === "Escape") {
      if (dansUnChamp(evenement.target)) evenement.target.blur();
      else actions.fermer();
      return;
    }
    if (dansUnChamp(evenement.target)) return;
    if (evenement.key === "ArrowDown" || evenement.key === "ArrowUp") {
      if (!evenement.target.matches?.("a[data-appel]")) return;
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

import * as alertes from "./alertes.js";
import * as clavier from "./clavier.js";
import { montrerConnexion, suivre } from "./direct.js";
import { annoncer, dire, installer, installerAide } from "./gestes.js";
import { remplacer, retenir } from "./morceaux.js";
import * as temps from "./temps.js";

const titre = document.title;
const detail = document.getElementById("detail");
const aucun = document.getElementById("aucun-appel")?.outerHTML;
let choisi = detail.dataset.choisi;
let chargement = 0;

// The chosen call

function marquer() {
  for (const lien of document.querySelectorAll("a[data-appel]")) {
    if (lien.dataset.appel === choisi) lien.setAttribute("aria-current", "true");
    else lien.removeAttribute("aria-current");
  }
}

// A call that is taken or ends changes lists.
function lienVers(appel) {
  return document.querySelector(`.listes a[data-appel="${CSS.escape(appel)}"]`);
}

async function charger() {
  const demande = choisi;
  chargement += 1;
  const numero = chargement;
  try {
    const reponse = await fetch(`/accueil/appels/${encodeURIComponent(demande)}`);
    if (!reponse.ok && reponse.status !== 404) throw new Error(String(reponse.status));
    const html = await reponse.text();
    if (demande !== choisi || numero !== chargement) return;
    const bas = detail.scrollHeight - detail.scrollTop - detail.clientHeight < 60;
    remplacer(detail, html);
    temps.rafraichir(detail);
    if (bas && detail.dataset.choisi === demande) detail.scrollTop = detail.scrollHeight;
    detail.dataset.choisi = demande;
  } catch {
    if (demande === choisi && detail.dataset.choisi !== demande) {
      dire("L’appel n’a pas pu être affiché. Réessayez.", true);
    }
  }
}

function choisir(appel, pousser = true) {
  const nouveau = appel !== choisi;
  choisi = appel;
  document.body.classList.toggle("choisi", appel !== "");
  if (pousser && nouveau) {
    const adresse = appel ? `/accueil?appel=${encodeURIComponent(appel)}` : "/accueil";
    history.pushState({}, "", adresse);
  }
  marquer();
  if (!appel) {
    detail.dataset.choisi = "";
    remplacer(detail, aucun ?? "<div id='aucun-appel' class='aucun'><p>Choisissez un appel dans la liste.</p></div>");
    return Promise.resolve();
  }
  if (nouveau) detail.scrollTop = 0;
  return charger();
}

// Live updates

function enAttente() {
  const lignes = document.querySelectorAll("[data-attente]");
  return new Map([...lignes].map((ligne) => [ligne.dataset.attente, ligne]));
}

function rappelsALaMain() {
  return new Set([...document.querySelectorAll("#liste-promis .by_hand")].map(({ id }) => id));
}

function nommerPage() {
  const nombre = enAttente().size;
  document.title = nombre ? `(${nombre}) ${titre}` : titre;
}

function mettreAJour(donnees) {
  temps.regler(donnees.maintenant);
  const avant = enAttente();
  const aLaMain = rappelsALaMain();
  const suivi = document.activeElement?.dataset.appel;
  const rang = clavier.rang();
  for (const [nom, html] of Object.entries(donnees.regions)) {
    const region = document.getElementById(nom);
    if (region) remplacer(region, html);
  }
  temps.rafraichir();
  marquer();
  nommerPage();
  if (suivi && document.activeElement === document.body) lienVers(suivi)?.focus();
  // A row that is settled goes away: its neighbour takes the focus.
  if (rang >= 0 && document.activeElement === document.body) clavier.allerA(rang);
  if ([...rappelsALaMain()].some((rappel) => !aLaMain.has(rappel))) {
    annoncer("Un rappel est à faire à la main.");
  }
  const nouveaux = [...enAttente()].filter(([appel]) => !avant.has(appel));
  if (nouveaux.length) {
    const service = nouveaux[0][1].querySelector(".badge")?.textContent ?? "";
    annoncer(`Nouvel appel en attente : ${service}`);
    alertes.alerter(service);
  }
  if (choisi && (donnees.complet || donnees.details.includes(choisi))) charger();
}

document.addEventListener("click", (evenement) => {
  if (evenement.ctrlKey || evenement.metaKey || evenement.shiftKey || evenement.button) return;
  const lien = evenement.target.closest("a[data-appel], a[data-retour]");
  if (!lien) return;
  evenement.preventDefault();
  if (lien.hasAttribute("data-retour")) fermer();
  // A click without a pointer comes from the keyboard: its user goes on in the details.
  else choisir(lien.dataset.appel).then(() => evenement.detail === 0 && detail.focus());
});

function fermer() {
  const ancien = choisi;
  choisir("");
  lienVers(ancien)?.focus();
}

window.addEventListener("popstate", () => {
  choisir(new URLSearchParams(location.search).get("appel") ?? "", false);
});

// Search

const mots = document.getElementById("mots");
const trouves = document.getElementById("trouves");
let frappe = 0;

async function chercher() {
  const texte = mots.value.trim();
  document.getElementById("termines").hidden = texte !== "";
  trouves.hidden = texte === "";
  if (!texte) return;
  try {
    const reponse = await fetch(`/accueil/recherche?q=${encodeURIComponent(texte)}`);
    const html = await reponse.text();
    if (mots.value.trim() !== texte || !reponse.ok) return;
    remplacer(trouves, html);
    marquer();
    annoncer(trouves.querySelector(".bilan")?.textContent ?? "");
  } catch {
    dire("La recherche n’a pas abouti. Réessayez.", true);
  }
}

mots.addEventListener("input", () => {
  clearTimeout(frappe);
  frappe = setTimeout(chercher, 250);
});
document.getElementById("recherche").addEventListener("submit", (evenement) => {
  evenement.preventDefault();
  chercher();
});

// Start

for (const region of document.querySelectorAll("[data-region]")) retenir(region);
temps.demarrer();
marquer();
nommerPage();
installerAide();
installer(() => {
  if (choisi) charger();
});
alertes.installer(document.getElementById("alertes"), dire);
clavier.installer({ fermer });
suivre("accueil", document.body.dataset.depuis, mettreAJour, montrerConnexion);

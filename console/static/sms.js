import * as clavier from "./clavier.js";
import { montrerConnexion, suivre } from "./direct.js";
import { annoncer, dire, installer, installerAide } from "./gestes.js";
import { remplacer, retenir } from "./morceaux.js";
import * as temps from "./temps.js";

const textes = document.getElementById("textes");
const mots = document.getElementById("mots");
let demande = 0;
let frappe = 0;
let perime = false;

async function recharger() {
  demande += 1;
  const numero = demande;
  const rang = clavier.rang();
  const reponse = await fetch(`/sms/liste${location.search}`);
  if (!reponse.ok) throw new Error(String(reponse.status));
  const html = await reponse.text();
  if (numero !== demande) return;
  remplacer(textes, html);
  if (rang >= 0 && document.activeElement === document.body) clavier.allerA(rang);
}

// What could not be fetched is fetched again as soon as the server is heard.
function rafraichir() {
  perime = false;
  recharger().catch(() => {
    perime = true;
  });
}

async function chercher() {
  const adresse = new URL(location.href);
  const texte = mots.value.trim();
  if (texte) adresse.searchParams.set("q", texte);
  else adresse.searchParams.delete("q");
  adresse.searchParams.delete("avant");
  history.replaceState({}, "", adresse);
  try {
    await recharger();
    annoncer(document.getElementById("bilan-textes").textContent);
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

retenir(textes);
temps.demarrer();
installerAide();
installer(rafraichir);
clavier.installer({ fermer: () => {} });
suivre(
  "sms",
  document.body.dataset.depuis,
  (donnees) => {
    temps.regler(donnees.maintenant);
    if (donnees.textes) rafraichir();
  },
  (active) => {
    montrerConnexion(active);
    if (active && perime) rafraichir();
  },
);

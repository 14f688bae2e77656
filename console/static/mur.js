import { montrerConnexion, suivre } from "./direct.js";
import { remplacer, retenir } from "./morceaux.js";
import * as temps from "./temps.js";

const mur = document.getElementById("mur");
const horloge = document.getElementById("horloge");

function heure() {
  const options = { hour: "2-digit", minute: "2-digit", timeZone: document.body.dataset.fuseau };
  horloge.textContent = new Date(temps.maintenant()).toLocaleTimeString("fr-FR", options);
}

retenir(mur);
temps.demarrer();
heure();
setInterval(heure, 1000);
suivre(
  "mur",
  document.body.dataset.depuis,
  (donnees) => {
    temps.regler(donnees.maintenant);
    if (donnees.regions.mur !== undefined) remplacer(mur, donnees.regions.mur);
    temps.rafraichir();
  },
  montrerConnexion,
);

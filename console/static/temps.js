// Durations that run by themselves, by the clock of the server.

let ecart = 0;

export function regler(maintenant) {
  const instant = Date.parse(maintenant);
  if (!Number.isNaN(instant)) ecart = instant - Date.now();
}

export function maintenant() {
  return Date.now() + ecart;
}

function duree(millisecondes) {
  const total = Math.max(0, Math.floor(millisecondes / 1000));
  const deux = (nombre) => String(nombre).padStart(2, "0");
  const heures = Math.floor(total / 3600);
  const minutes = Math.floor(total / 60) % 60;
  return heures
    ? `${heures}:${deux(minutes)}:${deux(total % 60)}`
    : `${minutes}:${deux(total % 60)}`;
}

export function rafraichir(racine = document) {
  for (const element of racine.querySelectorAll("time[data-depuis]")) {
    const texte = duree(maintenant() - Date.parse(element.dataset.depuis));
    if (element.textContent !== texte) element.textContent = texte;
  }
}

export function demarrer() {
  regler(document.body.dataset.maintenant);
  rafraichir();
  setInterval(rafraichir, 1000);
}

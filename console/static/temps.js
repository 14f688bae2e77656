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

// When something is to come; the server says the same (console/labels.py, due).
export function echeance(instant, fuseau) {
  const minutes = Math.ceil((instant - maintenant()) / 60000);
  if (minutes <= 0) return "maintenant";
  if (minutes < 60) return `dans ${minutes}\u00a0min`;
  const parties = (date) =>
    Object.fromEntries(
      new Intl.DateTimeFormat("fr-FR", {
        timeZone: fuseau, weekday: "long", hourCycle: "h23",
        year: "numeric", month: "2-digit", day: "2-digit", hour: "numeric", minute: "2-digit",
      }).formatToParts(date).map(({ type, value }) => [type, value]),
    );
  const la = parties(instant);
  const ici = parties(maintenant());
  const jour = (p) => Date.UTC(p.year, p.month - 1, p.day) / 86400000;
  const jours = jour(la) - jour(ici);
  const minute = la.minute === "00" ? "" : `\u00a0${la.minute}`;
  const heure = `${Number(la.hour)}\u00a0h${minute}`;
  if (jours > 6) return `le ${la.day}/${la.month} à ${heure}`;
  return `${["à", "demain"][jours] ?? la.weekday} ${heure}`;
}

export function rafraichir(racine = document) {
  for (const element of racine.querySelectorAll("time[data-depuis]")) {
    const texte = duree(maintenant() - Date.parse(element.dataset.depuis));
    if (element.textContent !== texte) element.textContent = texte;
  }
  for (const element of racine.querySelectorAll("time[data-pour]")) {
    const texte = echeance(Date.parse(element.dataset.pour), document.body.dataset.fuseau);
    if (element.textContent !== texte) element.textContent = texte;
  }
}

export function demarrer() {
  regler(document.body.dataset.maintenant);
  rafraichir();
  setInterval(rafraichir, 1000);
}

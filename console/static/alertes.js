// Sound and notification for a new waiting caller: only where the agent turned them on.

const CLE = "callbot-alertes";
let son = null;

export function actives() {
  return localStorage.getItem(CLE) === "oui";
}

function preparer() {
  son ??= new AudioContext();
  if (son.state === "suspended") son.resume();
}

function note(frequence, debut, duree) {
  const source = son.createOscillator();
  const volume = son.createGain();
  source.frequency.value = frequence;
  volume.gain.setValueAtTime(0, debut);
  volume.gain.linearRampToValueAtTime(0.15, debut + 0.02);
  volume.gain.exponentialRampToValueAtTime(0.001, debut + duree);
  source.connect(volume).connect(son.destination);
  source.start(debut);
  source.stop(debut + duree);
}

function sonner() {
  preparer();
  note(660, son.currentTime, 0.25);
  note(880, son.currentTime + 0.2, 0.35);
}

export function alerter(texte) {
  if (!actives()) return;
  sonner();
  if ("Notification" in window && Notification.permission === "granted") {
    new Notification("Un appelant attend", { body: texte, tag: "callbot-attente" });
  }
}

export function installer(bouton, dire) {
  const montrer = () => bouton.setAttribute("aria-pressed", String(actives()));
  bouton.hidden = false;
  montrer();
  // A browser plays no sound before the first gesture on the page.
  const reveiller = () => {
    if (actives()) preparer();
  };
  document.addEventListener("pointerdown", reveiller, { once: true });
  document.addEventListener("keydown", reveiller, { once: true });
  bouton.addEventListener("click", async () => {
    localStorage.setItem(CLE, actives() ? "non" : "oui");
    montrer();
    if (!actives()) {
      dire("Alertes coupées.");
      return;
    }
    sonner();
    let permission = "denied";
    if ("Notification" in window) permission = await Notification.requestPermission();
    dire(
      permission === "granted"
        ? "Alertes actives : son et notification."
        : "Alertes actives : son seulement, le navigateur refuse les notifications.",
    );
  });
}

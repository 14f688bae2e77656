// Speaks into the browser's microphone; what is sent is a WAV file at 16 kHz.

const bouton = document.getElementById("micro");
const champ = document.getElementById("son");
const etat = document.getElementById("etat-micro");
const LONGUEUR_MAX_S = 30;
const FREQUENCE = 16000;
let enregistreur = null;

function ecrire(vue, place, lettres) {
  for (let rang = 0; rang < lettres.length; rang += 1) {
    vue.setUint8(place + rang, lettres.charCodeAt(rang));
  }
}

function wav(echantillons) {
  const vue = new DataView(new ArrayBuffer(44 + 2 * echantillons.length));
  ecrire(vue, 0, "RIFF");
  vue.setUint32(4, 36 + 2 * echantillons.length, true);
  ecrire(vue, 8, "WAVEfmt ");
  vue.setUint32(16, 16, true);
  vue.setUint16(20, 1, true);
  vue.setUint16(22, 1, true);
  vue.setUint32(24, FREQUENCE, true);
  vue.setUint32(28, 2 * FREQUENCE, true);
  vue.setUint16(32, 2, true);
  vue.setUint16(34, 16, true);
  ecrire(vue, 36, "data");
  vue.setUint32(40, 2 * echantillons.length, true);
  echantillons.forEach((valeur, rang) => {
    vue.setInt16(44 + 2 * rang, Math.max(-1, Math.min(1, valeur)) * 32767, true);
  });
  return new Blob([vue], { type: "audio/wav" });
}

async function convertir(morceaux) {
  const contexte = new AudioContext();
  const son = await contexte.decodeAudioData(await new Blob(morceaux).arrayBuffer());
  await contexte.close();
  const duree = Math.min(son.duration, LONGUEUR_MAX_S);
  const hors = new OfflineAudioContext(1, Math.ceil(duree * FREQUENCE), FREQUENCE);
  const source = hors.createBufferSource();
  source.buffer = son;
  source.connect(hors.destination);
  source.start();
  return wav((await hors.startRendering()).getChannelData(0));
}

async function envoyer(morceaux) {
  etat.textContent = "Envoi…";
  const fichier = new File([await convertir(morceaux)], "micro.wav", { type: "audio/wav" });
  const transfert = new DataTransfer();
  transfert.items.add(fichier);
  champ.files = transfert.files;
  champ.form.requestSubmit();
}

async function parler() {
  if (enregistreur) {
    enregistreur.stop();
    return;
  }
  let flux;
  try {
    flux = await navigator.mediaDevices.getUserMedia({ audio: true });
  } catch {
    etat.textContent = "Le navigateur n’a pas accès au micro.";
    return;
  }
  const morceaux = [];
  enregistreur = new MediaRecorder(flux);
  enregistreur.addEventListener("dataavailable", (evenement) => morceaux.push(evenement.data));
  enregistreur.addEventListener("stop", () => {
    flux.getTracks().forEach((piste) => piste.stop());
    enregistreur = null;
    bouton.textContent = "Parler au micro";
    envoyer(morceaux).catch(() => {
      etat.textContent = "Ce son n’a pas pu être lu. Réessayez.";
    });
  });
  enregistreur.start();
  bouton.textContent = "J’ai fini";
  etat.textContent = "Parlez…";
  setTimeout(() => enregistreur?.stop(), LONGUEUR_MAX_S * 1000);
}

// Browsers give the microphone to pages of this machine and to https only.
if (navigator.mediaDevices && window.MediaRecorder) {
  bouton.hidden = false;
  bouton.addEventListener("click", parler);
}

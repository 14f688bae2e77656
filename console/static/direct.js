// Follows the server's events, and takes them up again by itself however the connection was lost.

const SILENCE_MAX_MS = 25000;
const REPRISE_MS = [500, 1000, 2000, 4000];

export function suivre(vue, depuis, surMaj, surEtat) {
  let flux = null;
  let repere = depuis;
  let essais = 0;
  let veille = 0;
  let reprise = 0;

  function vivant() {
    clearTimeout(veille);
    veille = setTimeout(perdu, SILENCE_MAX_MS);
    essais = 0;
    surEtat(true);
  }

  function ouvrir() {
    clearTimeout(reprise);
    reprise = 0;
    flux = new EventSource(`/accueil/direct?vue=${vue}&depuis=${encodeURIComponent(repere)}`);
    clearTimeout(veille);
    veille = setTimeout(perdu, SILENCE_MAX_MS);
    flux.addEventListener("maj", (evenement) => {
      repere = evenement.lastEventId || repere;
      vivant();
      surMaj(JSON.parse(evenement.data));
    });
    flux.addEventListener("pouls", vivant);
    flux.addEventListener("connexion", (evenement) => {
      flux.close();
      const suite = encodeURIComponent(location.pathname + location.search);
      location.assign(`${evenement.data}?suite=${suite}`);
    });
    flux.addEventListener("error", perdu);
  }

  function perdu() {
    surEtat(false);
    flux.close();
    clearTimeout(veille);
    if (reprise) return;
    const delai = REPRISE_MS[Math.min(essais, REPRISE_MS.length - 1)];
    essais += 1;
    reprise = setTimeout(ouvrir, delai);
  }

  window.addEventListener("online", () => {
    if (reprise) ouvrir();
  });
  // Who logs out is on the way to another page.
  document.addEventListener("submit", (evenement) => {
    if ("page" in evenement.target.dataset) flux.close();
  });
  window.addEventListener("pagehide", () => flux.close());
  window.addEventListener("pageshow", (evenement) => {
    if (evenement.persisted) ouvrir();
  });
  ouvrir();
}

export function montrerConnexion(active) {
  const bandeau = document.getElementById("connexion");
  if (bandeau.hidden !== active) bandeau.hidden = active;
}

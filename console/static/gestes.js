// What every page of staff shares: telling, and sending a form without leaving the page.

const message = document.getElementById("message");
const annonces = document.getElementById("annonces");
let effacement = 0;

export function dire(texte, erreur = false) {
  clearTimeout(effacement);
  message.textContent = texte;
  message.classList.toggle("erreur", erreur);
  effacement = setTimeout(() => {
    message.textContent = "";
  }, erreur ? 12000 : 5000);
}

export function annoncer(texte) {
  annonces.textContent = texte;
}

// What is folded away cannot keep the focus.
export function replier(pli) {
  const dedans = pli.contains(document.activeElement);
  pli.open = false;
  if (dedans) pli.querySelector("summary").focus();
}

async function envoyer(formulaire, bouton) {
  const corps = new URLSearchParams(new FormData(formulaire, bouton));
  try {
    const reponse = await fetch(formulaire.action, {
      method: "POST",
      body: corps,
      headers: { Accept: "application/json" },
    });
    const contenu = await reponse.json();
    if (!reponse.ok) {
      dire(contenu.erreur ?? "L’action n’a pas abouti. Réessayez.", true);
      return false;
    }
    dire(contenu.message);
  } catch {
    dire("Le callbot ne répond pas. Réessayez dans un instant.", true);
    return false;
  }
  formulaire.reset();
  const pli = formulaire.closest("details.signaler, details.confirmer");
  if (pli) replier(pli);
  return true;
}

// ``apres`` is called after each action that was accepted.
export function installer(apres) {
  document.addEventListener("submit", async (evenement) => {
    const formulaire = evenement.target;
    // data-page: the form leads to another page.
    if (formulaire.method !== "post" || "page" in formulaire.dataset) return;
    evenement.preventDefault();
    // A second click while the first is on its way would be a second action.
    if (formulaire.dataset.envoi) return;
    formulaire.dataset.envoi = "oui";
    if (await envoyer(formulaire, evenement.submitter)) apres();
    delete formulaire.dataset.envoi;
  });
}

export function installerAide() {
  const bouton = document.getElementById("ouvrir-aide");
  bouton.hidden = false;
  bouton.addEventListener("click", () => document.getElementById("aide").showModal());
}

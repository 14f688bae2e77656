// Line numbers, the check without leaving the page, and a warning before work is lost.

function numeroter(editeur) {
  const texte = editeur.querySelector("textarea");
  const numeros = document.createElement("div");
  numeros.className = "numeros";
  numeros.setAttribute("aria-hidden", "true");
  editeur.prepend(numeros);
  let connues = 0;
  const compter = () => {
    const lignes = texte.value.split("\n").length;
    if (lignes === connues) return;
    connues = lignes;
    numeros.textContent = Array.from({ length: lignes }, (_, rang) => rang + 1).join("\n");
  };
  const suivre = () => {
    numeros.style.height = `${texte.clientHeight}px`;
    numeros.scrollTop = texte.scrollTop;
  };
  texte.addEventListener("input", compter);
  texte.addEventListener("scroll", suivre);
  new ResizeObserver(suivre).observe(texte);
  compter();
  suivre();
}

// Puts the cursor where a finding is.
function aller(texte, ligne, colonne) {
  const lignes = texte.value.split("\n");
  const debut = lignes.slice(0, ligne - 1).reduce((somme, une) => somme + une.length + 1, 0);
  const fin = debut + (lignes[ligne - 1] ?? "").length;
  texte.focus();
  texte.setSelectionRange(Math.min(debut + colonne - 1, fin), fin);
  const hauteur = parseFloat(getComputedStyle(texte).lineHeight);
  texte.scrollTop = Math.max(0, (ligne - 4) * hauteur);
  texte.scrollIntoView({ block: "nearest" });
}

async function verifier(formulaire, bouton, constats) {
  bouton.disabled = true;
  constats.setAttribute("aria-busy", "true");
  try {
    const reponse = await fetch(bouton.formAction, {
      method: "POST",
      body: new URLSearchParams(new FormData(formulaire)),
      headers: { Accept: "application/json" },
    });
    const contenu = await reponse.json();
    if (reponse.ok) constats.innerHTML = contenu.html;
    else constats.textContent = contenu.erreur ?? "La vérification n’a pas abouti.";
  } catch {
    constats.textContent = "Le callbot ne répond pas. Réessayez dans un instant.";
  }
  constats.removeAttribute("aria-busy");
  bouton.disabled = false;
}

for (const editeur of document.querySelectorAll("[data-editeur]")) numeroter(editeur);

const edition = document.getElementById("edition");
const constats = document.getElementById("constats");
const bouton = document.getElementById("verifier");
if (edition && constats && bouton) {
  edition.addEventListener("submit", (evenement) => {
    if (evenement.submitter !== bouton) return;
    evenement.preventDefault();
    verifier(edition, bouton, constats);
  });
}
if (edition && constats) {
  constats.addEventListener("click", (evenement) => {
    const lien = evenement.target.closest("[data-ligne]");
    if (!lien) return;
    evenement.preventDefault();
    aller(
      edition.querySelector("textarea"),
      Number(lien.dataset.ligne),
      Number(lien.dataset.colonne),
    );
  });
  const voulu = /^#ligne-(\d+)$/.exec(location.hash);
  if (voulu) aller(edition.querySelector("textarea"), Number(voulu[1]), 1);
}

// A form that was changed is not left by mistake.
const suivis = document.querySelectorAll("#edition, .formulaire");
let change = false;
for (const formulaire of suivis) {
  formulaire.addEventListener("input", () => {
    change = true;
  });
}
document.addEventListener("submit", (evenement) => {
  if (!evenement.defaultPrevented) change = false;
});
addEventListener("beforeunload", (evenement) => {
  if (change) evenement.preventDefault();
});

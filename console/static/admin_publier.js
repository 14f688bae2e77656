// Follows a publication while it runs.

const bilan = document.getElementById("bilan");
const progres = document.getElementById("progres");
let premier = true;

const source = new EventSource("/admin/publier/suivi");
source.addEventListener("etat", (evenement) => {
  const etat = JSON.parse(evenement.data);
  const avant = progres.dataset.etat;
  const enCours = !etat.fini;
  if (!premier || avant === "running") progres.innerHTML = etat.html;
  // What was shown below is no longer true once a publication has ended.
  if (!premier && etat.fini) location.reload();
  if (premier && avant === "running" && etat.fini) location.reload();
  premier = false;
  const bouton = document.querySelector("#publication button.principal");
  if (bouton && enCours && etat.etape) bouton.disabled = true;
});
source.addEventListener("connexion", () => source.close());

// The page came before the check of what would change was ready.
async function attendre() {
  try {
    const reponse = await fetch("/admin/publier/bilan", { headers: { Accept: "application/json" } });
    const contenu = await reponse.json();
    if (reponse.ok) bilan.innerHTML = contenu.html;
    else bilan.textContent = contenu.erreur ?? "La vérification n’a pas abouti. Rechargez la page.";
  } catch {
    bilan.textContent = "Le callbot ne répond pas. Rechargez la page dans un instant.";
  }
  bilan.removeAttribute("aria-busy");
}

if ("attente" in bilan.dataset) attendre();

// Follows a publication while it runs.

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

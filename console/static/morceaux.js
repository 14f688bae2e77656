// Replaces a part of the page by new HTML from the server, keeping what has not changed, what is
// being typed and where the focus is. Children are matched by id; "data-liste" elements are gone
// into, "data-garder" elements stay as they are as long as the server sends them.

const sources = new WeakMap();

// Durations and times to come differ each time they are sent, and are no change.
function sourceDe(element) {
  const copie = element.cloneNode(true);
  for (const duree of copie.querySelectorAll("time[data-depuis], time[data-pour]")) duree.textContent = "";
  return copie.outerHTML;
}

export function retenir(racine) {
  for (const enfant of racine.children) {
    sources.set(enfant, sourceDe(enfant));
    if (enfant.hasAttribute("data-liste")) retenir(enfant);
  }
}

export function remplacer(conteneur, html) {
  const modele = document.createElement("template");
  modele.innerHTML = html;
  const actif = document.activeElement;
  const identifiant = conteneur.contains(actif) ? actif.id : "";
  accorder(conteneur, modele.content);
  if (identifiant && document.activeElement !== actif) {
    document.getElementById(identifiant)?.focus({ preventScroll: true });
  }
}

function accorder(ancien, nouveau) {
  const connus = new Map();
  for (const enfant of ancien.children) if (enfant.id) connus.set(enfant.id, enfant);
  const suite = [...nouveau.children].map((enfant) => reprendre(connus.get(enfant.id), enfant));
  const gardes = new Set(suite);
  for (const enfant of [...ancien.childNodes]) if (!gardes.has(enfant)) enfant.remove();
  suite.forEach((enfant, rang) => {
    if (ancien.children[rang] !== enfant) ancien.insertBefore(enfant, ancien.children[rang] ?? null);
  });
}

function reprendre(connu, nouveau) {
  const source = sourceDe(nouveau);
  if (connu && connu.tagName === nouveau.tagName) {
    if (connu.hasAttribute("data-garder") || sources.get(connu) === source) return connu;
    if (connu.hasAttribute("data-liste") && nouveau.hasAttribute("data-liste")) {
      sources.set(connu, source);
      accorder(connu, nouveau);
      return connu;
    }
  }
  sources.set(nouveau, source);
  if (nouveau.hasAttribute("data-liste")) retenir(nouveau);
  return nouveau;
}

"""What the callers of the turn benchmark say, where the recorded set has nothing of the kind.

Each hesitation is two parts with the pause between them; each number is said in groups.
"""

from __future__ import annotations

from typing import Final

HESITATIONS: Final[tuple[tuple[str, str], ...]] = (
    ("Bonjour, je voudrais,", "prendre rendez-vous pour un passeport."),
    ("Euh,", "c'est pour la cantine de mon fils."),
    ("Oui bonjour, alors, euh,", "j'ai perdu ma carte d'identité."),
    ("Je voulais savoir si, euh,", "la piscine est ouverte dimanche."),
    ("C'est pour,", "inscrire ma fille à l'école."),
    ("Ma voiture a été emmenée et,", "je ne sais pas où elle est."),
    ("Il me faudrait un,", "acte de naissance."),
    ("Bonjour, est-ce que,", "la mairie est ouverte le samedi matin ?"),
    ("J'habite dans la,", "rue des Lilas."),
    ("Alors,", "on m'a dit de vous appeler pour les encombrants."),
    ("Je cherche le numéro de,", "la médiathèque."),
    ("Bonjour madame, je vous appelle parce que,", "le lampadaire devant chez moi est éteint."),
    ("J'aurais besoin de parler à, euh,", "quelqu'un de l'urbanisme."),
    ("Mon mari et moi,", "on voudrait se marier au printemps."),
    ("Quand est-ce que vous passez pour les,", "les déchets verts ?"),
    ("Il y a un gros trou dans,", "la rue de la Gare."),
    ("Je voudrais une place pour,", "la crèche."),
    ("Ben écoutez,", "ça fait trois fois que j'appelle pour mon permis de construire."),
    ("Pour la carte grise, euh,", "c'est chez vous ou pas ?"),
    ("Mon voisin fait du bruit tous les soirs et,", "j'en peux plus."),
    ("Vous fermez à,", "à quelle heure le vendredi ?"),
    ("Attendez,", "je cherche mes lunettes, voilà, c'est pour une copie de livret de famille."),
    ("Je suis nouvelle dans la ville et je me demandais,", "comment on s'inscrit pour voter."),
    ("Le monsieur du,", "du service des sports, il est là ?"),
)

NUMBERS: Final[tuple[tuple[str, ...], ...]] = (
    ("zéro six", "douze", "trente-quatre", "cinquante-six", "soixante-dix-huit"),
    ("zéro un", "quarante", "vingt-deux", "trente-trois", "onze"),
    ("zéro sept", "quatre-vingt-un", "quinze", "vingt-deux", "quarante"),
    ("Alors c'est le zéro six", "quarante-cinq", "douze", "quatre-vingt-dix", "zéro trois"),
    ("zéro six trente-trois", "vingt et un", "cinquante-quatre quatre-vingts"),
    ("zéro deux quatre-vingt-dix-neuf", "soixante", "trente-deux dix-sept"),
    ("zéro six", "soixante-quinze vingt", "onze trente et un"),
    ("Le zéro neuf", "cinquante et un", "douze", "vingt-huit", "seize"),
    ("zéro", "six", "douze", "soixante-quatorze", "vingt-neuf", "quatre-vingt-huit"),
    ("zéro six douze", "trente-quatre cinquante-six", "quatre-vingt-dix-sept"),
)

YES_NO: Final[tuple[str, ...]] = (
    "Oui.",
    "Non.",
    "Oui, je veux bien.",
    "Non merci.",
    "Oui oui, allez-y.",
    "D'accord.",
    "Non, ce n'est pas ça.",
    "Oui, c'est ça.",
    "Ah non, pas du tout.",
    "Euh, oui.",
)

BACKCHANNELS: Final[tuple[str, ...]] = (
    "Mm-hmm.",
    "Hum hum.",
    "Ah d'accord.",
    "Oui.",
    "OK.",
    "Oui oui.",
    "D'accord.",
    "Ah.",
)
"""Said while the bot speaks, by somebody who listens."""

INTERRUPTIONS: Final[tuple[str, ...]] = (
    "Non, ce n'est pas ma question.",
    "Attendez, je voudrais parler à quelqu'un.",
    "Et le samedi ?",
    "Stop, stop.",
    "Pardon, je cherche la piscine.",
    "Passez-moi un agent.",
    "Non non, l'autre adresse.",
    "Vous pouvez répéter ?",
)
"""Said while the bot speaks, by somebody who wants to be heard."""

BOT: Final[tuple[str, ...]] = (
    "La mairie est ouverte du lundi au vendredi, de 8 heures 30 à 12 heures et de 13 heures 30 à "
    "17 heures 30, et le samedi matin de 9 heures à 12 heures.",
    "Pour une carte d'identité, prenez rendez-vous au service état civil. Apportez une photo, un "
    "justificatif de domicile et votre ancienne carte.",
    "Les encombrants sont ramassés le premier mercredi du mois. Il faut s'inscrire avant, par "
    "téléphone ou sur le site de la ville.",
    "La piscine est ouverte le samedi de 10 heures à 18 heures. L'entrée coûte 4 euros 50, et 3 "
    "euros pour les moins de 18 ans.",
)
"""What the bot says meanwhile."""

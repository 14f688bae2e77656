"""What figures, groups and decisions of an evaluation are called (French)."""

from __future__ import annotations

COLUMNS = (
    ("n", "Nb"),
    ("wer", "Mots"),
    ("intent_accuracy", "Intention"),
    ("decision_accuracy", "Décision"),
    ("route_accuracy", "Service"),
    ("false_answers", "Fausses"),
    ("clarified", "Relances"),
)
CONDITIONS = {
    "clean": "sans bruit",
    "quiet": "voix faible",
    "street15": "rue",
    "street8": "rue bruyante",
    "babble15": "voix autour",
    "room": "pièce sonore",
    "loss3": "paquets perdus",
    "gsm": "portable",
}
STYLES = {
    "plain": "simple",
    "familiar": "familier",
    "long": "long",
    "polite": "poli",
    "hesitant": "hésitant",
    "elderly": "âgé",
    "short": "bref",
    "slang": "argot",
    "foreign": "étranger",
}
_DECISIONS = {
    "answer": "répond",
    "confirm": "fait confirmer",
    "ask_again": "fait répéter",
    "transfer": "passe un agent",
    "emergency": "urgence",
    "refuse": "refuse",
    "redirect": "oriente ailleurs",
    "out_of_scope": "hors sujet",
    "social": "politesse",
}


def cell(value: float | None) -> str:
    """Return a count as it is, a share in percent, a dash for what is not defined."""
    if value is None:
        return "–"
    return str(value) if isinstance(value, int) else f"{value:.1%}".replace(".", ",")


def decision(name: str) -> str:
    """Return what the bot does."""
    return _DECISIONS.get(name, name)

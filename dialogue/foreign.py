"""A caller who does not speak French: a person takes over, and is told which language it seems."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Final

from dialogue.acting import Actor
from dialogue.plan import Plan
from dialogue.state import State

FRENCH: Final = ("", "fr")
"""Languages that need nothing: not known, or French."""

_NAMES: Final[Mapping[str, str]] = {
    "en": "anglais", "es": "espagnol", "de": "allemand", "it": "italien", "pt": "portugais",
    "ar": "arabe", "tr": "turc", "ru": "russe", "uk": "ukrainien", "ro": "roumain",
    "pl": "polonais", "nl": "néerlandais", "zh": "chinois",
}  # fmt: skip
_SPOKEN: Final[Mapping[str, str]] = {"en": "transfert_anglais"}
"""Phrases in the caller's own language; others hear the usual one."""


def hand_over(actor: Actor, language: str, state: State) -> tuple[Plan, State]:
    """Put the caller through to the reception."""
    phrase = _SPOKEN.get(language, "transfert")
    plan = actor.hand_over(actor.facts.main_service, phrase)
    return plan, replace(state, language=language, struggled=True)


def told(language: str) -> str:
    """Return what staff are told, '' where there is nothing to tell."""
    if language in FRENCH:
        return ""
    name = _NAMES.get(language)
    return f"parle probablement {name}" if name else "ne parle probablement pas français"

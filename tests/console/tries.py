"""Thresholds that stay as they are when the town tunes its own."""

from __future__ import annotations

from dialogue.config import DialogueSettings, Thresholds
from tests.dialogue import fakes


def settings() -> DialogueSettings:
    """Return the dialogue's settings with fixed thresholds."""
    thresholds = Thresholds(
        accepter=0.5,
        confirmer=0.3,
        marge=0.1,
        urgence=0.3,
        agent=0.4,
        ecoute=0.25,
        mal_entendu=0.75,
    )
    return fakes.settings().model_copy(update={"seuils": thresholds})

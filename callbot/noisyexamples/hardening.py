"""``callbot train --asr-noise``: hear more examples, and decide whether they are learnt."""

from __future__ import annotations

import asyncio
import subprocess
from collections.abc import Callable

from asr.client import RecognitionUnavailable
from callbot import rasaprocess
from callbot.assistant import Assistant
from callbot.commands import CommandError
from callbot.noisyexamples import learning, studio
from callbot.noisyexamples.store import HearingStore
from callbot.paths import Paths
from callbot.settings import Settings
from tts.voicefiles import VoiceError

LEAST = 200
"""Hearings below which no comparison says anything."""


def harden(
    assistant: Assistant,
    settings: Settings,
    paths: Paths,
    most: int,
    say: Callable[[str], None],
) -> None:
    """Speak and hear at most ``most`` more examples, then decide whether to learn them.

    What was heard is kept as it comes: an interrupted run is gone on with by the next one.

    Raises:
        CommandError: no voice, no recogniser or no Rasa is there to do it with.
    """
    store, intents = HearingStore.of(paths), assistant.intents
    _record(assistant, settings, paths, most, say)
    hearings = store.all()
    if len(hearings) < LEAST:
        say(
            f"{len(hearings)} phrases entendues : il en faut {LEAST} pour juger. Relancez la "
            "commande pour continuer."
        )
        return
    say("Comparaison des apprentissages, sans et avec ce qui a été entendu…")
    try:
        choice = learning.compare(rasaprocess.interpreter(paths), intents, hearings)
    except (OSError, subprocess.CalledProcessError) as error:
        raise CommandError(
            "L'environnement de Rasa n'est pas installé : lancez « make run »."
        ) from error
    store.choose(choice)
    learning.told(choice, say)


def _record(
    assistant: Assistant,
    settings: Settings,
    paths: Paths,
    most: int,
    say: Callable[[str], None],
) -> None:
    store, intents = HearingStore.of(paths), assistant.intents
    examples = {name: intents.examples(name) for name in intents.names}
    try:
        todo = studio.roles(examples, settings, paths, store, most)
        if not todo:
            say("Tous les exemples ont déjà été dits et entendus.")
            return
        say(
            f"{len(todo)} exemples à dire et à entendre. Ctrl-C arrête sans rien perdre : la "
            "prochaine fois continue."
        )
        asyncio.run(studio.record(todo, settings, paths, store, assistant.vocabulary))
    except (VoiceError, OSError) as error:
        raise CommandError(
            f"Les exemples n'ont pas pu être dits et entendus : {error}. Lancez « make run »."
        ) from error
    except RecognitionUnavailable as error:
        raise CommandError(
            "La reconnaissance s'est arrêtée. Relancez la commande : elle continue là où elle "
            "en était."
        ) from error

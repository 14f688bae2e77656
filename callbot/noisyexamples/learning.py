"""Which hearings are learnt from, and whether they help."""

from __future__ import annotations

import json
import os
import re
import subprocess
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from rapidfuzz.fuzz import ratio

from callbot.noisyexamples.store import Choice, Hearing, HearingStore
from callbot.paths import Paths
from common.french import fold
from dialogue.compiling import PROJECT
from dialogue.intents import Intents
from dialogue.rasa_client import rasa_environment

FOLDS = 3
LEAST_ALIKE = 55
"""Of 100, in letters: what sounds like something else altogether teaches mistakes."""
MOST_LOST = 0.002
"""Share of written examples that may be lost for what is won among heard ones: the chance
difference between two trainings on a few thousand examples."""

_MARKUP = re.compile(r"[\[\]{}/\n\r]")

Heard = Mapping[str, Sequence[str]]
"""What is to be learnt beside the examples of each intent."""


def hardened(intents: Intents, paths: Paths) -> Intents:
    """Return what is to be learnt: the intents, with what was heard where that was found to help.

    What was heard of an example that is no longer in the YAML is left out.
    """
    store = HearingStore.of(paths)
    choice = store.choice()
    if choice is None or not choice.learnt:
        return intents
    return with_heard(intents, learnable(intents, store.all()))


def learnable(intents: Intents, hearings: Sequence[Hearing]) -> dict[str, tuple[str, ...]]:
    """Return the new texts among what was heard of examples that still stand in the YAML.

    A text that is one of the town's examples, that was heard of two intents or that is hardly like
    what was said is left out.
    """
    meaning = {text: name for name in intents.names for text in intents.examples(name)}
    taken = {fold(text): "" for text in meaning}
    for hearing in hearings:
        intent = meaning.get(hearing.said)
        if intent is None or not like(hearing):
            continue
        form = fold(hearing.heard)
        taken[form] = intent if taken.get(form, intent) == intent else ""
    found: dict[str, dict[str, str]] = {}
    for hearing in hearings:
        intent = meaning.get(hearing.said)
        form = fold(hearing.heard)
        if intent is not None and like(hearing) and taken[form] == intent:
            found.setdefault(intent, {}).setdefault(form, " ".join(hearing.heard.split()))
    return {name: tuple(texts.values()) for name, texts in sorted(found.items())}


def like(hearing: Hearing) -> bool:
    """Tell whether what was heard can be learnt for what was said."""
    said, heard = fold(hearing.said), fold(hearing.heard)
    if not heard or _MARKUP.search(hearing.heard):
        return False
    return ratio(said, heard) >= LEAST_ALIKE


def with_heard(intents: Intents, heard: Heard) -> Intents:
    """Return the intents with what was heard among their examples."""
    files = {
        name: file.model_copy(update={"exemples": (*file.exemples, *heard.get(name, ()))})
        for name, file in intents.files.items()
    }
    return replace(intents, files=files)


def compare(python: Path, intents: Intents, hearings: Sequence[Hearing]) -> Choice:
    """Cross-validate with and without; learn what was heard only where that helps.

    Raises:
        subprocess.CalledProcessError: Rasa's environment is not usable.
        OSError: there is none.
    """
    examples = [(text, name) for name in intents.names for text in intents.examples(name)]
    place = {text: index for index, (text, _) in enumerate(examples)}
    wanted = {text for texts in learnable(intents, hearings).values() for text in texts}
    judged = [
        (text, place[hearing.said], text in wanted)
        for hearing in hearings
        if hearing.said in place and (text := " ".join(hearing.heard.split()))
    ]
    done = subprocess.run(
        [str(python), "-m", "tools.comparenoise"],
        input=json.dumps({"examples": examples, "heard": judged, "folds": FOLDS}),
        env={**os.environ, **rasa_environment()},
        cwd=PROJECT,
        stdout=subprocess.PIPE,
        text=True,
        check=True,
    )
    return decided(json.loads(done.stdout))


def decided(shares: Mapping[str, Any]) -> Choice:
    """Take what was heard when more of it is understood and as much of what is written."""
    written, heard = tuple(shares["written"]), tuple(shares["heard"])
    helps = heard[1] > heard[0] and written[1] >= written[0] - MOST_LOST
    return Choice(helps, (written[0], written[1]), (heard[0], heard[1]))


def told(choice: Choice, say: Callable[[str], None]) -> None:
    """Say in French what was decided, and why."""
    say(
        "Phrases entendues, jamais apprises : "
        f"{_percent(choice.heard[0])} comprises sans cet apprentissage, "
        f"{_percent(choice.heard[1])} avec. Phrases écrites : "
        f"{_percent(choice.written[0])} sans, {_percent(choice.written[1])} avec."
    )
    if choice.learnt:
        say("Ce qui a été entendu est appris avec les exemples.")
    else:
        say("Ce qui a été entendu n'aide pas : seuls les exemples écrits sont appris.")


def _percent(share: float) -> str:
    return f"{share:.1%}".replace(".", ",").replace("%", " %")

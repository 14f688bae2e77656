"""Learns, then answers by what it has learnt, in one process: ``python -m tools.train``.

One JSON line each. In: ``{"project": …, "output": …, "vectors": …}``, three folders, then questions
until the end of the input, see :func:`answers`. Out: ``{"step": …}`` while it works,
``{"learnt": true}`` once ``output/model.tar.gz`` is written, ``{"answer": …}`` for each question,
``{"error": …}`` before it fails. Rasa is read while the first line is awaited.
"""

from __future__ import annotations

import asyncio
import json
import os
import sys
import warnings
from collections.abc import Iterator
from pathlib import Path
from typing import Any

MODEL_NAME = "model"
ENDPOINTS = Path(__file__).parents[1] / "endpoints.yml"
ALWAYS_WARNED = "Slot auto-fill has been removed"
"""Rasa says so of every project with slots."""


def say(**line: Any) -> None:
    """Tell the callbot how far we are."""
    print(json.dumps(line, ensure_ascii=False), flush=True)


def asked() -> Iterator[dict[str, Any]]:
    """Yield what the callbot asks until it asks no more."""
    for line in sys.stdin:
        yield json.loads(line)


def validate(importer: Any) -> list[str]:
    """Return what Rasa finds wrong in the data; a warning counts as an error."""
    from rasa.validator import Validator

    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        validator = Validator.from_importer(importer)
        good = (
            validator.verify_domain_validity()
            and validator.verify_nlu(ignore_warnings=False)
            and validator.verify_actions_in_stories_rules()
            and validator.verify_slot_mappings()
            and validator.verify_story_structure(ignore_warnings=False)
        )
    found = [
        str(w.message)
        for w in caught
        if w.category is UserWarning and not str(w.message).startswith(ALWAYS_WARNED)
    ]
    if not good and not found:
        found = ["Rasa refuses the data without a reason"]
    return found


def train(project: Path, output: Path) -> None:
    """Write ``output/model.tar.gz``; raises whatever Rasa raises."""
    from rasa import model_training
    from rasa.shared.data import TrainingType
    from rasa.shared.importers.importer import TrainingDataImporter

    config, domain = str(project / "config.yml"), str(project / "domain")
    say(step="validate")
    importer = TrainingDataImporter.load_from_config(config, domain, [str(project / "data")])
    problems = validate(importer)
    if problems:
        raise ValueError(problems[0])
    say(step="train")
    # rasa.model_training.train would read everything once more.
    result = model_training._train_graph(
        importer, TrainingType.BOTH, str(output), MODEL_NAME, force_full_training=True
    )
    if result.code != 0 or not result.model:
        raise ValueError(f"Rasa stopped with code {result.code}")


def remembering(folder: Path) -> Any:
    """Let the pipeline's component use an encoder that remembers; return that encoder."""
    from components import classifier

    from tools.vectors import RememberingEncoder

    encoder = RememberingEncoder(folder)
    classifier.Encoder = lambda: encoder  # the component makes its encoder itself
    return encoder


async def answers(questions: Iterator[dict[str, Any]]) -> None:
    """Answer by a model as ``rasa run`` does over HTTP, until there are no more questions.

    ``{"load": FILE}``, first: the model. ``{"texts": […]}``: the intent ranking of each.
    ``{"conversation": …, "message": …}``: what is answered. ``{"forget": …}``: a conversation
    begins anew.
    """
    from rasa.core.agent import load_agent
    from rasa.core.utils import AvailableEndpoints

    agent = None
    for question in questions:
        if "load" in question:
            endpoints = AvailableEndpoints.read_endpoints(str(ENDPOINTS))
            agent = await load_agent(question["load"], endpoints=endpoints)
            say(answer=agent.is_ready())
        else:
            say(answer=await answer(agent, question))


async def answer(agent: Any, question: dict[str, Any]) -> Any:
    """Return the answer to one question."""
    from rasa.core.channels.channel import CollectingOutputChannel, UserMessage
    from rasa.shared.core.trackers import DialogueStateTracker

    if "texts" in question:
        parsed = [await agent.parse_message(text) for text in question["texts"]]
        return [[[i["name"], i["confidence"]] for i in one["intent_ranking"]] for one in parsed]
    if "forget" in question:
        blank = DialogueStateTracker.from_dict(question["forget"], [], agent.domain.slots)
        await agent.tracker_store.save(blank)
        return None
    told = CollectingOutputChannel()
    message = UserMessage(question["message"], told, question["conversation"], input_channel="rest")
    await agent.handle_message(message)
    return told.messages


def main() -> int:
    """Run; 0 when the model was written and all questions are answered."""
    try:
        say(step="import")
        import rasa.model_training
        import rasa.validator  # noqa: F401 - while the job is prepared

        questions = asked()
        job = next(questions, None)
        if job is None:
            return 0
        encoder = remembering(Path(job["vectors"]))
        train(Path(job["project"]), Path(job["output"]))
        encoder.save()
        say(learnt=True)
        asyncio.run(answers(questions))
        encoder.save()
    except (Exception, SystemExit) as error:  # Rasa leaves by SystemExit on some mistakes
        say(error=f"{type(error).__name__}: {error}")
        return 1
    return 0


if __name__ == "__main__":
    code = main()
    sys.stdout.flush()
    os._exit(code)  # Rasa takes its time to take itself apart

"""Validates and trains in one process: ``python -m tools.train PROJECT OUTPUT_FOLDER``.

Prints JSON lines: ``{"step": …}`` while it works, ``{"error": …}`` before it fails.
"""

from __future__ import annotations

import json
import sys
import warnings
from pathlib import Path
from typing import Any

MODEL_NAME = "model"
ALWAYS_WARNED = "Slot auto-fill has been removed"
"""Rasa says so of every project with slots."""


def say(**line: Any) -> None:
    """Tell the callbot how far we are."""
    print(json.dumps(line, ensure_ascii=False), flush=True)


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
    say(step="import")
    from rasa.model_training import train as rasa_train
    from rasa.shared.importers.importer import TrainingDataImporter

    config, domain = str(project / "config.yml"), str(project / "domain")
    data = [str(project / "data")]
    say(step="validate")
    problems = validate(TrainingDataImporter.load_from_config(config, domain, data))
    if problems:
        raise ValueError(problems[0])
    say(step="train")
    result = rasa_train(
        domain, config, data, output=str(output), fixed_model_name=MODEL_NAME, force_training=True
    )
    if result.code != 0 or not result.model:
        raise ValueError(f"Rasa stopped with code {result.code}")


def main(arguments: list[str]) -> int:
    """Run; 0 when the model was written."""
    project, output = (Path(argument) for argument in arguments)
    try:
        train(project, output)
    except (Exception, SystemExit) as error:  # Rasa leaves by SystemExit on some mistakes
        say(error=f"{type(error).__name__}: {error}")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

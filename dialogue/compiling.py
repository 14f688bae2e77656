"""Turns the town's intents into a Rasa project: domain, rules and examples."""

from __future__ import annotations

import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from ruamel.yaml import YAML
from ruamel.yaml.scalarstring import LiteralScalarString

from dialogue.intents import REFUSAL, Intents

PROJECT = Path(__file__).parent / "rasa"
"""The hand-written part of the Rasa project."""

RASA_FORMAT = "3.1"


def compile_project(intents: Intents, out: Path, project: Path = PROJECT) -> None:
    """Write a complete Rasa project to ``out``, replacing what is there.

    ``config.yml``, ``domain/`` and ``data/`` hold the hand-written base of ``project`` next to
    what is generated from the intents.

    Raises:
        OSError: a file cannot be read or written.
    """
    for name in ("domain", "data"):
        shutil.rmtree(out / name, ignore_errors=True)
        (out / name).mkdir(parents=True)
    shutil.copyfile(project / "config.yml", out / "config.yml")
    shutil.copyfile(project / "base" / "domain.yml", out / "domain" / "base.yml")
    shutil.copyfile(project / "base" / "rules.yml", out / "data" / "base.yml")
    _write(out / "domain" / "intents.yml", _domain(intents))
    _write(out / "data" / "rules.yml", _rules(intents))
    _write(out / "data" / "nlu.yml", _examples(intents))


def payload(intents: Intents, intent: str) -> dict[str, str] | None:
    """Return what the core is told to do about an intent; None: a base rule says it."""
    conduct = intents.behaviour(intent)
    if conduct in ("repondre", "rediriger"):
        return {"type": "reponse", "intention": intent}
    if conduct == "transferer":
        return {"type": "transfert", "intention": intent}
    if conduct == "refuser":
        return {"type": "phrase", "id": f"{REFUSAL}{intent}"}
    if conduct in ("urgence", "sms", "rappel"):
        return {"type": conduct}
    if conduct == "hors_sujet":
        return {"type": "phrase", "id": "hors_sujet"}
    return None


def _domain(intents: Intents) -> Mapping[str, Any]:
    responses = {}
    for name in intents.names:
        content = payload(intents, name)
        if content is not None:
            responses[_action(name)] = [{"custom": content}]
    return {"version": RASA_FORMAT, "intents": list(intents.names), "responses": responses}


def _rules(intents: Intents) -> Mapping[str, Any]:
    rules = [
        {"rule": name, "steps": [{"intent": name}, {"action": _action(name)}]}
        for name in intents.names
        if payload(intents, name) is not None
    ]
    return {"version": RASA_FORMAT, "rules": rules}


def _examples(intents: Intents) -> Mapping[str, Any]:
    return {
        "version": RASA_FORMAT,
        "nlu": [
            {
                "intent": name,
                "examples": LiteralScalarString(
                    "".join(f"- {example}\n" for example in intents.examples(name))
                ),
            }
            for name in intents.names
        ],
    }


def _action(intent: str) -> str:
    return f"utter_intention_{intent}"


def _write(file: Path, content: Mapping[str, Any]) -> None:
    yaml = YAML()
    yaml.width = 10_000
    with file.open("w", encoding="utf-8") as stream:
        yaml.dump(content, stream)

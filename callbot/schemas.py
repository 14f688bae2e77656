"""JSON Schema of every YAML file that admins edit, so that editors complete and check them."""

from __future__ import annotations

import functools
import json
import operator
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pydantic
from pydantic.json_schema import GenerateJsonSchema, JsonSchemaValue
from pydantic_core import core_schema

from callbot.publishing.sentences import Sentences
from callbot.settings import Settings
from dialogue.config import PHRASE_FIELDS, DialogueSettings, Phrases
from dialogue.goldenfile import GoldenFile
from dialogue.intents import IntentFile
from knowledge.calendars import Agenda, CollectionCalendar
from knowledge.models import AnswersFile, Place, Service, TownFile
from knowledge.notices import Notice
from knowledge.procedures import Procedure
from telephony.receptionconfig import ReceptionFile
from telephony.sms.messages import MessageFile
from telephony.sms.smsconfig import SmsFile

FOLDER = "schemas"

_MODELS: Mapping[str, tuple[str, tuple[type[pydantic.BaseModel], ...]]] = {
    "callbot": ("callbot.yml", (Settings,)),
    "dialogue": ("dialogue.yml", (DialogueSettings,)),
    "phrases": ("phrases.yml", (Phrases,)),
    "accueil": ("accueil.yml", (ReceptionFile,)),
    "envoi_sms": ("sms.yml", (SmsFile,)),
    "essais": ("essais.yml", (Sentences,)),
    "intention": ("intents/*.yml", (IntentFile,)),
    "conversations": ("conversations/*.yml", (GoldenFile,)),
    "sms": ("sms/*.yml", (MessageFile,)),
    "ville": ("ville/ville.yml", (TownFile,)),
    "lieu": ("ville/lieux/*.yml", (Place,)),
    "service": ("ville/services/*.yml", (Service,)),
    "reponses": ("ville/reponses/*.yml", (AnswersFile,)),
    "avis": ("ville/avis/*.yml", (Notice,)),
    "calendrier": ("ville/calendriers/*.yml", (CollectionCalendar, Agenda)),
    "demarche": ("ville/demarches/*.yml", (Procedure,)),
}
"""Name of the schema, the files that it is for, what it describes."""


class _Generator(GenerateJsonSchema):
    """Describes what it can; a type without JSON equivalent accepts anything."""

    def handle_invalid_for_json_schema(
        self, schema: core_schema.CoreSchema, error_info: str
    ) -> JsonSchemaValue:
        """Our own checks judge such a value."""
        return {}


def schemas() -> Mapping[str, dict[str, Any]]:
    """Return every schema by its name; keys are those of the files."""
    return {name: _schema(name, *described) for name, described in _MODELS.items()}


def write(folder: Path) -> list[Path]:
    """Write every schema, and the settings that lead editors to them; return the files.

    Raises:
        OSError: the folder cannot be written.
    """
    folder.mkdir(parents=True, exist_ok=True)
    written = []
    for name, schema in schemas().items():
        file = folder / f"{name}.json"
        file.write_text(json.dumps(schema, ensure_ascii=False, indent=1) + "\n", "utf-8")
        written.append(file)
    return written


def pattern(name: str) -> str:
    """Return the files of a configuration that a schema is for."""
    return _MODELS[name][0]


def _schema(name: str, files: str, models: tuple[type[pydantic.BaseModel], ...]) -> dict[str, Any]:
    described: Any = functools.reduce(operator.or_, models)
    content = pydantic.TypeAdapter(described)
    schema = content.json_schema(by_alias=True, schema_generator=_Generator)
    if models == (Phrases,):
        phrases = {phrase: {"type": "string"} for phrase in PHRASE_FIELDS}
        schema = {"type": "object", "properties": phrases, "additionalProperties": False}
    _in_french(schema)
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        **schema,
        "title": f"config/{files}",
        "$comment": name,
    }


def _in_french(node: Any) -> None:
    """Leave out the titles and docstrings, which are for developers."""
    if isinstance(node, list):
        for item in node:
            _in_french(item)
    if not isinstance(node, dict):
        return
    named = [node.get("properties"), node.get("$defs")]
    for key in ("title", "description"):
        if isinstance(node.get(key), str):
            del node[key]
    for value in node.values():
        if isinstance(value, dict) and any(value is names for names in named):
            for inner in value.values():
                _in_french(inner)
        else:
            _in_french(value)

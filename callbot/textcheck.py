"""Every text message that the configuration can make, and what is wrong with it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from callbot.paths import Paths
from callbot.textwriter import TextWriter
from common.yamlfile import ConfigError, Location, Problem
from knowledge.hours import PARIS
from knowledge.loading import TownData, read_town
from knowledge.town import Town
from telephony.sms.gsm7 import is_gsm7, keep_gsm7
from telephony.sms.links import host_of
from telephony.sms.messages import MAX_SEGMENTS, Rendered, check_messages, load_messages
from telephony.sms.smsconfig import load_sms_settings

_FAR = timedelta(days=5)
"""A call-back that is promised for another day is the longest to write."""


@dataclass(frozen=True)
class CheckedText:
    """One message, and the line of the text that it comes from."""

    source: str
    """The knowledge entry, or the kind of message and the service: ``rappel_promis/ccas``."""
    message: Rendered
    place: Problem
    """Where to mend it; its message is empty."""


@dataclass(frozen=True)
class TextReport:
    """What was found. There are no texts while wordings, settings or town have errors."""

    problems: tuple[Problem, ...]
    texts: tuple[CheckedText, ...]


def check_texts(
    paths: Paths, now: datetime | None = None, data: TownData | None = None
) -> TextReport:
    """Write every message and judge it; never raises for what an admin wrote.

    ``data`` is the town, where it was read already.
    """
    now = now or datetime.now(PARIS)
    problems = check_messages(paths.sms_templates)
    data = data or read_town(paths.town, now.date())
    try:
        allowed = load_sms_settings(paths.sms_file).allowed_links
        book = load_messages(paths.sms_templates, allowed)
    except ConfigError:
        return TextReport(tuple(problems), ())
    if data.errors:
        return TextReport(tuple(problems), ())
    town = Town(data)
    texts = tuple(_texts(TextWriter(book, town), town, data, now))
    for text in texts:
        problems += _judged(text, paths.sms_file)
    return TextReport(tuple(problems), texts)


def _texts(writer: TextWriter, town: Town, data: TownData, now: datetime) -> Iterator[CheckedText]:
    for sourced in data.entries:
        if sourced.entry.sms is not None:
            place = sourced.problem(["sms"], "")
            yield CheckedText(sourced.source, writer.facts(sourced.entry.sms), place)
    for identifier in town.places:
        yield from _place_texts(writer, town, data, identifier, now)
    yield from _prepared_texts(writer, town, data, now)
    yield from _service_texts(writer, town, data, now)


def _prepared_texts(
    writer: TextWriter, town: Town, data: TownData, now: datetime
) -> Iterator[CheckedText]:
    """Those of notices, calendars and procedures, each once."""
    seen: set[str] = set()
    for notice in data.notices:
        source = f"avis/{notice.id}"
        seen.add(source)
        if notice.sms is not None:
            where = data.files[source].problem(["sms"], "")
            yield CheckedText(source, writer.facts(notice.sms), where)
    for reply in town.prepared(now):
        if reply.sms is not None and reply.sms_source not in seen:
            seen.add(reply.sms_source)
            written = data.files[reply.sms_source.partition("#")[0]]
            yield CheckedText(reply.sms_source, writer.facts(reply.sms), written.problem([], ""))


def _service_texts(
    writer: TextWriter, town: Town, data: TownData, now: datetime
) -> Iterator[CheckedText]:
    for service in town.services:
        source = f"services/{service}"
        where = data.files[source].problem(["nom"], "")
        due = (now + _FAR).replace(hour=13, minute=30)
        yield CheckedText(f"{source}#telephone", writer.contact(service, now), where)
        promised = writer.callback_promised(service, due, now)
        yield CheckedText(f"rappel_promis/{service}", promised, where)
        yield CheckedText(f"rappel_manque/{service}", writer.callback_missed(service, now), where)


def _place_texts(
    writer: TextWriter, town: Town, data: TownData, place: str, now: datetime
) -> Iterator[CheckedText]:
    keys: dict[str, Location] = {
        "horaires_lieu": ["horaires"], "adresse_lieu": ["acces"], "tarifs_lieu": ["tarifs"],
    }  # fmt: skip
    for intent, key in keys.items():
        reply = town.answer(intent, "", place, None, now)
        # Prices may be an entry's, which is written above.
        if reply is None or reply.sms is None or not reply.sms_source.startswith("lieux/"):
            continue
        where = data.files[f"lieux/{place}"].problem(key, "")
        yield CheckedText(reply.sms_source, writer.facts(reply.sms), where)


def _judged(text: CheckedText, sms_file: Path) -> Iterator[Problem]:
    message = text.message
    if message.too_long:
        yield _problem(
            text,
            f"le SMS « {text.source} » fait {message.segments} messages "
            f"({len(message.text)} caractères).",
            f"Raccourcissez-le : {MAX_SEGMENTS} messages au plus.",
        )
    for link in message.refused_links:
        mend = f"Ajoutez « {host_of(link)} » à « liens_autorises » dans {sms_file.name}, "
        yield _problem(
            text,
            f"le SMS « {text.source} » contient un lien qui n'est pas permis : {link}.",
            f"{mend}ou retirez le lien." if host_of(link) else "Retirez le lien.",
        )
    if message.encoding == "ucs2":
        strange = "".join(dict.fromkeys(c for c in message.text if not is_gsm7(keep_gsm7(c))))
        yield _problem(
            text,
            f"le SMS « {text.source} » ne peut pas partir dans l'alphabet court, à cause de : "
            f"{strange}",
            "Il coûte plus du double : remplacez ce qui n'est pas une lettre française.",
            warning=True,
        )


def _problem(text: CheckedText, message: str, mend: str, *, warning: bool = False) -> Problem:
    where = text.place
    severity = where.severity if not warning else "attention"
    return Problem(where.file, where.line, where.column, message, mend, severity)

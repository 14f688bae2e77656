"""Forms over YAML: a file as a form shows it, and what a posted form changes in it. Pure."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Any, TypeAlias

from multidict import MultiMapping

from console.adminfields import Field
from console.adminhours import DAYS as WEEKDAYS
from console.adminhours import (
    SPANS,
    HoursFormError,
    Openings,
    Week,
    clock_time,
    openings_of,
    parse_openings,
    parse_week,
    write_openings,
    write_week,
)

PREFIX = "f_"
NEW_ROWS = 2
"""Empty lines for further exceptional days."""
MAX_ROWS = 200

_EMPTY_DAY = ("",) * (2 * SPANS)
_EMPTY_WEEK = (_EMPTY_DAY,) * 7

Key: TypeAlias = tuple[str | int, ...]
Amendment: TypeAlias = tuple[Key, Any]
"""Where something changes, and to what; None: it goes."""


@dataclass(frozen=True)
class Row:
    """Exceptional days, as typed."""

    start: str = ""
    end: str = ""
    times: tuple[str, ...] = _EMPTY_DAY
    reason: str = ""
    written: str = ""
    """Hours that have no form, as they are written; ``times`` then do not count."""

    @property
    def blank(self) -> bool:
        """Nothing was typed."""
        return not (self.start or self.end or self.reason or self.written or any(self.times))


@dataclass(frozen=True)
class Shown:
    """One field of a form, as it is shown or was posted."""

    field: Field
    value: str = ""
    """Also of hours that have no form."""
    chosen: tuple[str, ...] = ()
    hour: str = ""
    """Of a moment."""
    week: tuple[tuple[str, ...], ...] | None = None
    """Times of Monday to Sunday: from, to, from, to; None: hours that have no form."""
    holidays_closed: bool = False
    rows: tuple[Row, ...] = ()
    error: str = ""

    @property
    def name(self) -> str:
        """The name of the control."""
        return PREFIX + self.field.key


@dataclass(frozen=True)
class FormRead:
    """What was posted: the changes, or the form again with its slips."""

    shown: tuple[Shown, ...]
    changes: tuple[Amendment, ...] = ()
    errors: tuple[str, ...] = ()


def show(fields: Iterable[Field], tree: Mapping[str, Any]) -> tuple[Shown, ...]:
    """Return the form over one mapping of a file."""
    return tuple(_shown(one, tree.get(one.key)) for one in fields)


def read(
    fields: Sequence[Field],
    posted: MultiMapping[str],
    tree: Mapping[str, Any],
    at: Key = (),
    began: MultiMapping[str] | None = None,
) -> FormRead:
    """Return what a posted form changes in the mapping ``tree``, which stands at ``at``.

    ``began`` is the form as its editor got it: what is as it was then is left to ``tree``, where
    somebody else may have changed it.
    """
    shown: list[Shown] = []
    changes: list[Amendment] = []
    errors: list[str] = []
    for one in fields:
        before, after = _shown(one, tree.get(one.key)), _posted(one, posted)
        try:
            old, new = _value_before(before), value(after)
            if new is None and one.required:
                raise HoursFormError(f"{one.label} : à remplir.")
        except HoursFormError as error:
            errors.append(str(error))
            after = replace(after, error=str(error))
        else:
            untouched = began is not None and _same(one, _value_before(_posted(one, began)), new)
            if not untouched and not _same(one, old, new):
                changes += _amendments((*at, one.key), old, new)
        shown.append(after)
    return FormRead(tuple(shown), () if errors else tuple(changes), tuple(errors))


def controls(fields: Iterable[Shown]) -> list[tuple[str, str]]:
    """Return names and values as a browser would post a form that nobody touched."""
    return [pair for shown in fields for pair in _controls(shown)]


def value(shown: Shown) -> Any:
    """Return the value of the YAML for a field, None where there is none.

    Raises:
        HoursFormError: what was typed cannot be read (French).
    """
    kind = shown.field.kind
    if kind == "hours":
        return _hours(shown)
    if kind == "exceptions":
        days = (_exception(row, shown.field.label) for row in shown.rows if not row.blank)
        return tuple(days) or None
    if kind == "choices":
        return shown.chosen or None
    if kind == "lines":
        return tuple(line.strip() for line in shown.value.split("\n") if line.strip()) or None
    text = " ".join(shown.value.split())
    return _one(shown, text) if text else None


def _one(shown: Shown, text: str) -> Any:
    """Read a single value."""
    label = shown.field.label
    if shown.field.kind == "number":
        return _number(text, label)
    if shown.field.kind not in ("date", "moment"):
        return text
    day = _date(text, label)
    return f"{day} {clock_time(shown.hour, label)}" if shown.hour.strip() else day


def _controls(shown: Shown) -> list[tuple[str, str]]:
    name, kind = shown.name, shown.field.kind
    if kind == "hours" and shown.week is not None:
        days = [
            (f"{name}_{day}_{number}", time)
            for day, times in enumerate(shown.week)
            for number, time in enumerate(times)
        ]
        closed = [(f"{name}_ferie", "on")] if shown.holidays_closed else []
        return [(f"{name}_ecrit", shown.value), *days, *closed]
    if kind == "exceptions":
        rows = [pair for n, row in enumerate(shown.rows) for pair in _row_controls(row, name, n)]
        return [(f"{name}_lignes", str(len(shown.rows))), *rows]
    if kind == "choices":
        return [(name, chosen) for chosen in shown.chosen]
    hour = [(f"{name}_heure", shown.hour)] if kind == "moment" else []
    return [(name, shown.value), *hour]


def _row_controls(row: Row, name: str, number: int) -> list[tuple[str, str]]:
    at = f"{name}_{number}"
    times = [(f"{at}_{place}", time) for place, time in enumerate(row.times)]
    written = [(f"{at}_ecrit", row.written)] if row.written else times
    return [(f"{at}_du", row.start), (f"{at}_au", row.end), (f"{at}_motif", row.reason), *written]


def _value_before(shown: Shown) -> Any:
    """As :func:`value`; a file may hold what no form would write."""
    try:
        return value(shown)
    except HoursFormError:
        return None


def _shown(one: Field, content: Any) -> Shown:
    """Return a field filled from the YAML."""
    shown = Shown(one)
    if one.kind == "hours":
        return _shown_hours(shown, "" if content is None else str(content))
    if one.kind == "exceptions":
        rows = [_row(item) for item in _items(content) if isinstance(item, Mapping)]
        return replace(shown, rows=(*rows, *[Row()] * NEW_ROWS))
    if one.kind in ("lines", "choices"):
        items = tuple(_scalar(item) for item in _items(content))
        return replace(shown, value="\n".join(items), chosen=items)
    text = _scalar(content)
    if one.kind == "moment":
        day, _, hour = text.partition(" ")
        return replace(shown, value=day, hour=hour[:5])
    return replace(shown, value=text)


def _shown_hours(shown: Shown, expression: str) -> Shown:
    if not expression.strip():
        return replace(shown, week=_EMPTY_WEEK, holidays_closed=shown.field.key == "horaires")
    week = parse_week(expression)
    if week is None:
        return replace(shown, value=expression)
    times = tuple(_times(openings) for openings in week.days)
    return replace(shown, value=expression, week=times, holidays_closed=week.holidays_closed)


def _posted(one: Field, posted: MultiMapping[str]) -> Shown:
    """Return a field as it was posted."""
    name = PREFIX + one.key
    shown = Shown(one, value=posted.get(name, ""))
    if one.kind == "hours" and name not in posted:
        week = tuple(_posted_times(posted, f"{name}_{day}") for day in range(7))
        return replace(
            shown,
            value=posted.get(f"{name}_ecrit", ""),
            week=week,
            holidays_closed=f"{name}_ferie" in posted,
        )
    if one.kind == "exceptions":
        count = posted.get(f"{name}_lignes", "0")
        known = min(int(count), MAX_ROWS) if count.isascii() and count.isdigit() else 0
        return replace(shown, rows=tuple(_posted_row(posted, f"{name}_{n}") for n in range(known)))
    if one.kind == "choices":
        return replace(shown, chosen=tuple(posted.getall(name, [])))
    if one.kind == "moment":
        return replace(shown, hour=posted.get(f"{name}_heure", ""))
    return shown


def _posted_row(posted: MultiMapping[str], name: str) -> Row:
    if f"{name}_efface" in posted:
        return Row()
    return Row(
        start=posted.get(f"{name}_du", "").strip(),
        end=posted.get(f"{name}_au", "").strip(),
        times=_posted_times(posted, name),
        reason=posted.get(f"{name}_motif", "").strip(),
        written=posted.get(f"{name}_ecrit", "").strip(),
    )


def _posted_times(posted: MultiMapping[str], name: str) -> tuple[str, ...]:
    return tuple(posted.get(f"{name}_{number}", "").strip() for number in range(2 * SPANS))


def _hours(shown: Shown) -> str | None:
    if shown.week is None:
        return shown.value.strip() or None
    days = tuple(openings_of(times, day) for times, day in zip(shown.week, WEEKDAYS, strict=True))
    week = Week(days, shown.holidays_closed)
    written = shown.value.strip()
    if written and parse_week(written) == week:
        return written
    return write_week(week) if any(days) else None


def _exception(row: Row, label: str) -> dict[str, Any]:
    start = _date(row.start or row.end, label)
    end = _date(row.end or row.start, label)
    if end < start:
        raise HoursFormError(f"{label} : le dernier jour vient avant le premier.")
    openings = row.written or write_openings(openings_of(row.times, f"{label}, le {start}"))
    found: dict[str, Any] = {"du": start, "au": end, "horaires": openings}
    return found | ({"motif": row.reason} if row.reason else {})


def _row(item: Mapping[str, Any]) -> Row:
    written = _scalar(item.get("horaires")) or "off"
    openings = parse_openings(written)
    return Row(
        start=_scalar(item.get("du")),
        end=_scalar(item.get("au")),
        times=_times(openings or ()),
        reason=_scalar(item.get("motif")),
        written="" if openings is not None else written,
    )


def _times(openings: Openings) -> tuple[str, ...]:
    flat = [time for span in openings for time in span]
    return (*flat, *_EMPTY_DAY)[: 2 * SPANS]


def _items(content: Any) -> Sequence[Any]:
    return content if isinstance(content, list) else ()


def _scalar(content: Any) -> str:
    return str(content) if isinstance(content, str | int | float | date) else ""


def _date(text: str, label: str) -> date:
    try:
        return date.fromisoformat(text.strip())
    except ValueError as error:
        raise HoursFormError(f"{label} : « {text} » n’est pas une date.") from error


def _number(text: str, label: str) -> float:
    try:
        found = float(text.replace(",", "."))
    except ValueError as error:
        raise HoursFormError(f"{label} : « {text} » n’est pas un nombre.") from error
    if not math.isfinite(found):
        raise HoursFormError(f"{label} : « {text} » n’est pas un nombre.")
    return found


def _same(one: Field, old: Any, new: Any) -> bool:
    """Tell whether nothing changes; the order of choices says nothing."""
    if one.kind == "choices":
        return set(old or ()) == set(new or ())
    return bool(old == new)


def _amendments(at: Key, old: Any, new: Any) -> list[Amendment]:
    return [(at, list(new) if isinstance(new, tuple) else new)]

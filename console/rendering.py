"""Templates to HTML. Everything that is not a template is escaped: callers' words are hostile."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any
from urllib.parse import quote
from zoneinfo import ZoneInfo

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from common import logs
from console import labels
from console.boardview import Viewer, board_view
from console.live import ChangeKind, LiveBoard
from console.ports import VoiceMessages
from console.textview import MessageRow, message_rows

_TEMPLATES = Path(__file__).parent / "templates"

REGIONS: Mapping[ChangeKind, frozenset[str]] = {
    "call": frozenset({"figures", "jour", "attente", "appels"}),
    "turn": frozenset({"attente", "appels"}),
    "ended": frozenset({"figures", "jour", "attente", "appels", "rappels", "termines"}),
    "queue": frozenset({"figures", "attente", "appels", "rappels", "termines"}),
    "people": frozenset({"attente", "appels", "equipe", "presence"}),
    "follow_up": frozenset({"figures", "rappels", "termines", "appels"}),
    "callbacks": frozenset({"figures", "rappels", "termines"}),
    "counts": frozenset({"jour"}),
    "texts": frozenset(),
    "messages": frozenset({"messages"}),
}
"""Which parts of the reception page a change touches."""

ALL_REGIONS = frozenset().union(*REGIONS.values())


@dataclass(frozen=True)
class Voice:
    """The voice messages as a page shows them."""

    rows: tuple[MessageRow, ...]
    readable: bool = True


class Renderer:
    """Renders pages and the parts of them that change."""

    def __init__(
        self,
        board: LiveBoard,
        services: Mapping[str, str],
        intents: Mapping[str, str],
        places: Mapping[str, str],
        town: str,
        *,
        messages: VoiceMessages | None = None,
        parts: Iterable[str] = (),
    ) -> None:
        """``services``, ``intents`` and ``places`` lead from identifiers to French names.

        ``parts`` are the parts in use beside the calls: "rappels", "sms", "ville".
        """
        self._board = board
        self._messages = messages
        self._environment = Environment(
            loader=FileSystemLoader(_TEMPLATES),
            autoescape=True,
            undefined=StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
        )
        self._environment.filters.update(
            heure=lambda at: _local(at, board.zone).strftime("%H:%M"),
            jour=lambda at: _local(at, board.zone).strftime("%d/%m/%Y"),
            iso=lambda at: at.isoformat(),
            pourcent=labels.percent,
            mots=labels.in_words,
            service=lambda name: services.get(name, labels.in_words(name)),
            intention=lambda name: intents.get(name, labels.in_words(name).capitalize()),
            lieu=lambda name: places.get(name, labels.in_words(name)),
            chemin=lambda text: quote(text, safe=""),
            minutes=labels.minutes_seconds,
        )
        self._environment.globals.update(
            duree=labels.duration,
            echeance=lambda at, now: labels.due(at, now, board.zone),
            quand=lambda at, now: labels.past(at, now, board.zone),
            parties=frozenset(parts),
            decisions=labels.DECISIONS,
            priorites=labels.PRIORITIES,
            presences=labels.PRESENCES,
            souhaits=labels.WANTED,
            motifs=labels.WRONG_REASONS,
            services=services,
            ville=town,
            fuseau=board.zone.key,
        )

    def render(self, template: str, **context: Any) -> str:
        """Return one template filled in."""
        return self._environment.get_template(template).render(**context)

    async def page(self, template: str, viewer: Viewer, now: datetime, **context: Any) -> str:
        """Return a whole page with the state of the board."""
        return self.render(
            template,
            vue=board_view(self._board, viewer, now),
            messages=await self._voice(viewer),
            lecteur=viewer,
            maintenant=now,
            curseur=self.cursor,
            **context,
        )

    async def regions(
        self, names: Collection[str], viewer: Viewer, now: datetime
    ) -> dict[str, str]:
        """Return the inner HTML of regions by name."""
        messages = await self._voice(viewer) if "messages" in names else None
        view = board_view(self._board, viewer, now)
        return {
            name: self.render(
                f"regions/{name}.html",
                vue=view,
                messages=messages,
                lecteur=viewer,
                maintenant=now,
            )
            for name in sorted(names)
        }

    async def _voice(self, viewer: Viewer) -> Voice | None:
        if self._messages is None:
            return None
        try:
            kept = await self._messages.list()
        except Exception:
            # The calls matter more: their page goes on without the messages.
            logs.get().exception("voice_messages_unreadable")
            return Voice((), readable=False)
        return Voice(message_rows(kept, full=viewer.full_numbers))

    @property
    def cursor(self) -> str:
        """Where a reader stands who has what is rendered now."""
        return f"{self._board.epoch}:{self._board.number}"


def _local(at: datetime, zone: ZoneInfo) -> datetime:
    return at.astimezone(zone)

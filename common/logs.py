"""Structured logs: one JSON object a line on stderr, personal data masked.

On a terminal the lines are coloured text instead. Records of the standard ``logging`` module
(libraries) take the same way.
"""

from __future__ import annotations

import logging
import sys
from collections.abc import Mapping, MutableMapping
from typing import TYPE_CHECKING, Any, TextIO

from common.masking import HIDDEN, mask_text

if TYPE_CHECKING:
    import structlog
    from structlog.typing import EventDict, Processor, WrappedLogger

PRIVATE_KEYS = frozenset(
    {"heard", "text", "transcript", "caller", "said", "digit", "digits", "from_uri", "contact"}
)
"""Keys whose value never reaches a log, at any level."""

_MAX_DEPTH = 6


def mask_event(_logger: WrappedLogger, _method: str, event: EventDict) -> EventDict:
    """Structlog processor that masks private keys, and personal data inside every string."""
    for key, value in event.items():
        if not key.startswith("_"):  # structlog's own, such as the LogRecord
            event[key] = _masked(key, value, 0)
    return event


def setup(process: str, level: str = "info", stream: TextIO | None = None) -> None:
    """Configure the logs of this process; ``process`` names it in each line.

    ``level`` is debug, info, warning or error; ``stream`` is stderr unless given.
    """
    import structlog  # noqa: PLC0415 - a tenth of a second that commands without logs do without

    target = stream or sys.stderr
    shared: list[Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        structlog.processors.format_exc_info,
        _named(process),
        mask_event,
    ]
    structlog.configure(
        processors=[*shared, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        wrapper_class=structlog.stdlib.BoundLogger,
        logger_factory=structlog.stdlib.LoggerFactory(),
        cache_logger_on_first_use=False,
    )
    handler = logging.StreamHandler(target)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=[structlog.stdlib.add_logger_name, *shared],
            processors=[
                structlog.stdlib.ProcessorFormatter.remove_processors_meta,
                _renderer(target),
            ],
        )
    )
    root = logging.getLogger()
    for old in root.handlers[:]:
        root.removeHandler(old)
    root.addHandler(handler)
    root.setLevel(level.upper())
    # One line for each HTTP request would drown the rest.
    logging.getLogger("aiohttp.access").setLevel(logging.WARNING)


def get(**bound: Any) -> structlog.stdlib.BoundLogger:
    """Return a logger that adds ``bound`` to every line."""
    import structlog  # noqa: PLC0415

    logger: structlog.stdlib.BoundLogger = structlog.get_logger(**bound)
    return logger


def _named(process: str) -> Processor:
    def add(
        _logger: WrappedLogger, _method: str, event: MutableMapping[str, Any]
    ) -> MutableMapping[str, Any]:
        event.setdefault("process", process)
        return event

    return add


def _renderer(target: TextIO) -> Processor:
    import structlog  # noqa: PLC0415

    if target.isatty():
        return structlog.dev.ConsoleRenderer(colors=True)
    return structlog.processors.JSONRenderer(ensure_ascii=False, default=str)


def _masked(key: str, value: Any, depth: int) -> Any:
    if key in PRIVATE_KEYS and value not in (None, "", [], {}):
        return HIDDEN
    if isinstance(value, int | float | bool | None):
        return value
    if isinstance(value, bytes | bytearray):
        return f"<{len(value)} octets>"
    if isinstance(value, Mapping | list | tuple | set | frozenset):
        return _masked_container(value, depth)
    return mask_text(str(value))


def _masked_container(value: Any, depth: int) -> Any:
    if depth >= _MAX_DEPTH:
        return "…"
    if isinstance(value, Mapping):
        return {name: _masked(str(name), inner, depth + 1) for name, inner in value.items()}
    return [_masked("", inner, depth + 1) for inner in value]

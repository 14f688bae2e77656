"""What a PBX or a softphone may show of a call that it rings for: SIP headers.

``User-to-User`` (RFC 7433) carries the call's id, for a screen pop that opens its page in the
console; the ``X-Callbot-…`` headers carry the story itself, in French, as UTF-8.
"""

from __future__ import annotations

from collections.abc import Mapping

from console.card import Card

MAX_BYTES = 60
"""Of one value: with SDP and the rest, the INVITE stays a datagram that every PBX takes."""

ASKED_BYTES = 120
MAX_DETAILS = 3


def headers(call: str, service: str, card: Card | None, subject: str | None) -> Mapping[str, str]:
    """Return the headers for a leg that is dialled for ``call``.

    ``subject`` is the French name of the card's intent. Nothing is said that the caller did not
    say, and how they sounded is not judged.
    """
    values = {"X-Callbot-Appel": call, "X-Callbot-Service": service}
    if card is not None:
        values |= {
            "X-Callbot-Sujet": subject or "",
            "X-Callbot-Demande": card.asked,
            "X-Callbot-Confiance": f"{card.confidence:.2f}",
            "X-Callbot-Source": " ".join(card.sources),
            "X-Callbot-Lieu": card.lieu or "",
            "X-Callbot-Jour": card.jour or "",
        }
        values |= {
            f"X-Callbot-{_token(name)}": value
            for name, value in list(card.details.items())[:MAX_DETAILS]
        }
    said = {
        name: _printable(value, ASKED_BYTES if name == "X-Callbot-Demande" else MAX_BYTES)
        for name, value in values.items()
    }
    uui = {"User-to-User": f"{call.encode().hex()};encoding=hex"}
    return {**uui, **{name: value for name, value in said.items() if value}}


def _token(name: str) -> str:
    return "".join(c for c in name.title() if c.isascii() and c.isalnum())[:40] or "Detail"


def _printable(value: str, limit: int) -> str:
    flat = " ".join("".join(c if c.isprintable() else " " for c in value).split())
    return flat.encode()[:limit].decode(errors="ignore").strip()

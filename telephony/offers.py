"""How many streams an offer asks for. No SIP library here."""

from __future__ import annotations

import re

MOST_STREAMS = 3
"""More in one offer is an attack: sound is all that is used."""

_STREAM = re.compile(r"[\r\n]m=")
"""pjsip takes a lone carriage return for the end of a line."""


def streams(offer: str) -> int:
    """Return the streams of an SDP offer, or of a message that holds one; at least one."""
    return max(1, len(_STREAM.findall(offer)))

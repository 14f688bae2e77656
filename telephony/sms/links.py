"""The links in a message: residents may only be sent to sites that the town has named.

What a telephone would turn into a link counts, with or without ``https://``. Mail addresses do
not.
"""

from __future__ import annotations

import re
from collections.abc import Collection
from urllib.parse import urlsplit

_WITH_SCHEME = re.compile(r"\b[a-z][a-z0-9+.-]*://[^\s<>\"«»]+", re.IGNORECASE)
_BARE = re.compile(r"(?<![\w.@+-])(?:[\w-]+\.)+[^\W\d_]{2,63}(?![\w@])(?!\.[\w-]*@)", re.IGNORECASE)


def links_in(text: str) -> tuple[str, ...]:
    """Return the links in the order in which they stand."""
    found = [(match.start(), match.group().rstrip(".,;:!?)")) for match in _matches(text)]
    return tuple(link for _, link in sorted(found))


def refused_links(text: str, allowed: Collection[str]) -> tuple[str, ...]:
    """Return the links whose host is neither in ``allowed`` nor its ``www`` variant."""
    return tuple(link for link in links_in(text) if not _is_allowed(link, allowed))


def host_of(link: str) -> str:
    """Return the host of a link in small letters; '' for what is no web address."""
    try:
        parts = urlsplit(link if "://" in link else f"https://{link}")
        host = parts.hostname or ""
    except ValueError:
        return ""
    return host.lower() if parts.scheme.lower() in ("http", "https") else ""


def _matches(text: str) -> list[re.Match[str]]:
    found = list(_WITH_SCHEME.finditer(text))
    taken = [match.span() for match in found]
    found += [
        match
        for match in _BARE.finditer(text)
        if not any(start <= match.start() < end for start, end in taken)
    ]
    return found


def _is_allowed(link: str, allowed: Collection[str]) -> bool:
    host = host_of(link).removeprefix("www.")
    return bool(host) and any(host == one.removeprefix("www.") for one in allowed)

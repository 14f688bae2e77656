"""What the gateways share: names of peers in messages, identifiers, numbers of residents."""

from __future__ import annotations

import re

import phonenumbers

from common.frenchnumbers import FrenchNumber, french_number
from telephony.sms.gateway import GatewayRefusedError
from telephony.sms.model import Text

_IDENTIFIER = re.compile(r"[A-Za-z0-9-]{1,40}\Z")
_NUMBER = re.compile(r"\+[1-9][0-9]{6,14}\Z")


def named(name: str) -> str:
    """Return how French messages call a gateway, at the beginning of a sentence."""
    return f"La passerelle « {name} »"


def checked(text: Text) -> Text:
    """Return the text if its id and number can be written into files, paths and PDUs as they are.

    Raises:
        GatewayRefusedError: they cannot.
    """
    if not _IDENTIFIER.match(text.id):
        raise GatewayRefusedError("L'identifiant du message n'est pas valable.")
    if not _NUMBER.match(text.request.number):
        raise GatewayRefusedError("Le numéro n'est pas écrit comme +33612345678.")
    if not text.request.text or "\0" in text.request.text:
        raise GatewayRefusedError("Le texte du message est vide ou illisible.")
    return text


def resident(written: str) -> str | None:
    """Return the number of an incoming message as E.164; None for a short number or a name."""
    written = written.strip()
    if not re.fullmatch(r"\+?[0-9 .()-]{6,24}", written):
        return None
    digits = re.sub(r"[^0-9]", "", written)
    judged = french_number(written)
    if isinstance(judged, FrenchNumber):
        return judged.e164
    try:
        parsed = phonenumbers.parse(f"+{digits.removeprefix('00')}")
    except phonenumbers.NumberParseException:
        return None
    if not phonenumbers.is_valid_number(parsed):
        return None
    return phonenumbers.format_number(parsed, phonenumbers.PhoneNumberFormat.E164)

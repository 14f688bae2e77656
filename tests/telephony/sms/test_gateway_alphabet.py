"""Octets of texts: what goes out comes back, and no part is too long."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from telephony.sms.gateways import alphabet, pdus
from telephony.sms.gateways.peers import resident

GSM = "@£$¥èéùìòÇ\nØøÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?¡AZÄÖÑÜ§¿azäöñüà^{}\\[~]|€\f"
anything = st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=800)


@given(st.text(st.sampled_from(GSM), min_size=1, max_size=600))
def test_gsm_parts_join_to_the_text(text: str) -> None:
    coding, parts = alphabet.parts(text)
    assert coding == "gsm7"
    assert "".join(map(alphabet.decode_gsm7, parts)) == text
    assert max(map(len, parts)) <= (160 if len(parts) == 1 else 153)
    assert not any(part.endswith(b"\x1b") for part in parts)


@given(anything)
def test_any_text_joins_again_in_either_alphabet(text: str) -> None:
    for accents in ("gsm", "ucs2"):
        coding, parts = alphabet.parts(text, accents)
        assert coding == alphabet.encoded(text, accents)[0]
        assert b"".join(parts) == alphabet.encoded(text, accents)[1]
        if coding == "ucs2":
            assert "".join(part.decode("utf-16-be") for part in parts) == text
            assert max(map(len, parts)) <= (140 if len(parts) == 1 else 134)


@pytest.mark.parametrize(
    ("text", "accents", "coding"),
    [
        ("déjà 5 €", "gsm", "gsm7"),
        ("prêt", "gsm", "ucs2"),
        ("ça", "gsm", "ucs2"),
        ("déjà", "ucs2", "ucs2"),
        ("5 @ville", "ucs2", "ucs2"),
        ("Mairie : 01 02", "ucs2", "gsm7"),
    ],
)
def test_the_alphabet_is_chosen_from_the_text(
    text: str, accents: alphabet.Accents, coding: str
) -> None:
    assert alphabet.encoded(text, accents)[0] == coding


@given(st.binary(max_size=300))
def test_any_octets_can_be_read(octets: bytes) -> None:
    assert isinstance(alphabet.decode_gsm7(octets), str)


@given(st.binary(min_size=16, max_size=300), st.sampled_from([5, 0x80000004, 0x80000009, 0x15]))
def test_any_message_of_an_operator_can_be_read(octets: bytes, command: int) -> None:
    framed = len(octets).to_bytes(4) + command.to_bytes(4) + octets[8:]
    assert pdus.read(framed).sequence == int.from_bytes(octets[12:16])
    assert isinstance(pdus.read(octets), pdus.Pdu)


@pytest.mark.parametrize(
    ("written", "number"),
    [
        ("+33612345678", "+33612345678"),
        ("33612345678", "+33612345678"),
        ("0612345678", "+33612345678"),
        ("0033612345678", "+33612345678"),
        ("06 12 34 56 78", "+33612345678"),
        ("0692123456", "+262692123456"),
        ("+4915112345678", "+4915112345678"),
        ("36180", None),
        ("MAIRIE", None),
        ("", None),
        ("+", None),
        ("9" * 60, None),
        ("06123456٧8", None),
    ],
)
def test_who_wrote(written: str, number: str | None) -> None:
    assert resident(written) == number


@pytest.mark.parametrize(
    ("sender", "address"),
    [
        ("+33612345678", ("33612345678", 1, 1)),
        ("38000", ("38000", 3, 0)),
        ("0612345678", ("0612345678", 0, 1)),
        ("MAIRIE 92", ("MAIRIE 92", 5, 0)),
        ("", ("", 0, 0)),
    ],
)
def test_how_an_operator_reads_a_sender(sender: str, address: tuple[str, int, int]) -> None:
    assert pdus.address_of(sender) == pdus.Address(*address)

"""Septets, segments and French in the short alphabet."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from telephony.sms.gsm7 import encode, fitted, is_gsm7, keep_gsm7, measure, parts


@pytest.mark.parametrize(
    ("text", "encoding", "units", "segments"),
    [
        ("", "gsm7", 0, 0),
        ("a" * 160, "gsm7", 160, 1),
        ("a" * 161, "gsm7", 161, 2),
        ("a" * 306, "gsm7", 306, 2),
        ("a" * 307, "gsm7", 307, 3),
        ("€" * 80, "gsm7", 160, 1),
        ("€" * 81, "gsm7", 162, 2),
        ("ê" * 70, "ucs2", 70, 1),
        ("ê" * 71, "ucs2", 71, 2),
        ("ê" * 134, "ucs2", 134, 2),
        ("ê" * 135, "ucs2", 135, 3),
        ("😀" * 35, "ucs2", 70, 1),
        ("😀" * 36, "ucs2", 72, 2),
        # 152 septets, then a character of two: it does not fit in the first 153.
        ("a" * 152 + "€" + "a" * 152, "gsm7", 306, 3),
        ("😀" * 67, "ucs2", 134, 3),
    ],
)
def test_what_a_text_costs(text: str, encoding: str, units: int, segments: int) -> None:
    found = measure(text)
    assert (found.encoding, found.units, found.segments) == (encoding, units, segments)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("L’été à l’hôtel…", "L'été à l'hotel..."),
        ("« Œuvre » — n° 3", '"Oeuvre" - no 3'),
        ("«\u00a0oui\u00a0»\u202f!", '"oui" !'),
        ("Être reçu, Noël, où ? Ça va.", "Etre recu, Noel, où ? Ça va."),
        ("12\u202fm² à 25\u00a0€", "12 m2 à 25 €"),
        ("E\u0301tat civil, À DEUX, élève", "État civil, A DEUX, élève"),
        ("½ tarif", "1/2 tarif"),
    ],
)
def test_french_in_the_short_alphabet(text: str, expected: str) -> None:
    assert keep_gsm7(text) == expected
    assert is_gsm7(expected)


def test_accents_stay_where_the_alphabet_cannot_hold_the_text_anyway() -> None:
    assert fitted("Fête à l’école 🎉") == "Fête à l’école 🎉"
    assert fitted("Fête à l’école") == "Fete à l'école"


def test_septets_are_those_of_the_standard() -> None:
    assert encode("@é€Aà") == bytes([0x00, 0x05, 0x1B, 0x65, 0x41, 0x7F])
    assert encode("[~]{}|^\\") == bytes.fromhex("1b3c 1b3d 1b3e 1b28 1b29 1b40 1b14 1b2f")
    with pytest.raises(ValueError, match="ê"):
        encode("fête")


def test_the_escape_character_is_not_one_to_send() -> None:
    assert not is_gsm7("\x1b")


FRENCH = st.text(st.sampled_from("abz éèàùçêîôûëïœŒÉÀ’'«»…–—€[]{}°²\u00a0\u202f😀\n"), max_size=400)


@given(st.one_of(st.text(max_size=400), FRENCH))
def test_parts_are_the_text_and_each_fits(text: str) -> None:
    cut = parts(text)
    assert "".join(cut) == text
    assert len(cut) == measure(text).segments
    if len(cut) > 1:
        width = 153 if measure(text).encoding == "gsm7" else 67
        assert all(0 < measure_as(part, measure(text).encoding) <= width for part in cut)


def measure_as(part: str, encoding: str) -> int:
    if encoding == "gsm7":
        return len(encode(part))
    return len(part.encode("utf-16-be", "surrogatepass")) // 2


@given(FRENCH)
def test_keeping_is_done_once_and_for_all(text: str) -> None:
    kept = keep_gsm7(text)
    assert keep_gsm7(kept) == kept
    assert is_gsm7(kept) == ("😀" not in text)
    assert measure(fitted(text)).encoding == ("ucs2" if "😀" in text else "gsm7")

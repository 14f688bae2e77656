import io
import json
import logging
from collections.abc import Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from common import logs
from common.masking import HIDDEN, NUMBER, mask_number, mask_text


@pytest.mark.parametrize(
    "number",
    [
        "0612345678",
        "06 12 34 56 78",
        "06.12.34.56.78",
        "06-12-34-56-78",
        "+33612345678",
        "+33 6 12 34 56 78",
        "+33 (0)6 12 34 56 78",
        "0033612345678",
        "00 33 6 12 34 56 78",
        "01\u00a023\u00a045\u00a067\u00a089",
        "+447911123456",
        "+32 470 12 34 56",
        "sip:0612345678@192.168.1.10:5060",
        "<sip:+33612345678@trunk.example.net;user=phone>",
        "sips:jeanne.martin@mairie.example",
        "tel:+33-6-12-34-56-78",
        "jeanne.martin+vote@orange.fr",
    ],
)
def test_personal_data_is_masked_inside_a_sentence(number: str) -> None:
    masked = mask_text(f"INVITE de {number}, refusé (486)")
    assert "12 34" not in masked
    assert "1234" not in masked
    assert "34" not in masked.replace("(486)", "")
    assert "martin" not in masked
    assert masked.startswith("INVITE de ")
    assert masked.endswith(", refusé (486)")


@pytest.mark.parametrize(
    "harmless",
    [
        "2026-11-21T09:05:12.123456Z",
        "écoute sur 127.0.0.1:5060",
        "sip:192.168.1.10:5060;transport=tcp",
        "appel 9f86d081884c7d659a2feaa0 terminé en 1200 ms",
        "16 appels, 0 perdu, gigue 12.345678",
        "empreinte 905e5bf80612345678a57",
        "code 486 Busy Here",
    ],
)
def test_what_is_no_personal_data_stays(harmless: str) -> None:
    assert mask_text(harmless) == harmless


@given(
    st.from_regex(r"\A[1-9]([0-9]{2}){4}\Z"),
    st.sampled_from(["0", "+33", "+33 ", "0033", "00 33 ", "+33 (0)", "+33.(0)."]),
    st.sampled_from(["", " ", ".", "-", "/", "\u00a0", "\u202f"]),
    st.sampled_from(["", "tel ", "(", "« ", "n°:"]),
)
def test_a_french_number_is_masked_however_it_is_written(
    digits: str, code: str, between: str, before: str
) -> None:
    pairs = [digits[0], *(digits[at : at + 2] for at in range(1, 9, 2))]
    assert mask_text(f"{before}{code}{between.join(pairs)}, merci") == f"{before}{NUMBER}, merci"


def test_a_kept_number_shows_two_digits_and_a_name_none() -> None:
    assert mask_number("+33612345678") == "••••••78"
    assert mask_number("jeanne.martin") == HIDDEN
    assert mask_number("poste12") == HIDDEN
    assert mask_number("12345") == HIDDEN
    assert mask_number("116117") == "••••••17"
    assert mask_number("jeanne.martin.19850612") == HIDDEN
    assert mask_number("accueil 116117") == HIDDEN
    assert mask_number("") == ""


def _lines(stream: io.StringIO) -> list[dict[str, object]]:
    return [json.loads(line) for line in stream.getvalue().splitlines()]


@pytest.fixture
def stream() -> Iterator[io.StringIO]:
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    buffer = io.StringIO()
    yield buffer
    root.handlers[:], root.level = handlers, level


def test_what_a_caller_said_never_reaches_a_log(stream: io.StringIO) -> None:
    logs.setup("core", "debug", stream)
    logger = logs.get(call="c1", caller="+33612345678")
    logger.info("tour", heard="je m'appelle Martin", confidence=0.8, stages={"text": "Martin"})
    logger.debug("détail", inner=[{"caller": "Martin", "n": 1}], raw=b"Martin")
    written = stream.getvalue()
    assert "Martin" not in written
    assert "612345678" not in written
    first, second = _lines(stream)
    assert first["process"] == "core"
    assert first["confidence"] == 0.8
    assert first["level"] == "info"
    assert second["inner"] == [{"caller": HIDDEN, "n": 1}]


def test_libraries_and_exceptions_are_masked_too(stream: io.StringIO) -> None:
    logs.setup("core", "info", stream)
    logging.getLogger("aiohttp.server").warning("refusé : sip:%s@10.0.0.1", "0612345678")
    try:
        raise ValueError("pas un poste : 06 12 34 56 78")
    except ValueError:
        logs.get().exception("échec")
    logs.get().debug("invisible")
    library, error = _lines(stream)
    assert library["event"] == f"refusé : sip:{HIDDEN}@10.0.0.1"
    assert "12 34" not in str(error["exception"])
    assert "ValueError" in str(error["exception"])

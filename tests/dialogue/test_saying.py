"""Where a sentence is taken up again, and what was heard of it."""

from __future__ import annotations

import numpy as np
import pytest

from common.audio import SAMPLE_RATE
from dialogue.plan import Sentence
from dialogue.saying import Piece, Saying, clause_start


def sound(*parts: tuple[float, float]) -> bytes:
    """Return noise: seconds and amplitude of each part."""
    random = np.random.default_rng(1)
    samples = [random.normal(0, level, round(s * SAMPLE_RATE)) for s, level in parts]
    return bytes(np.concatenate(samples).astype("<i2").tobytes())


CLAUSES = sound((1.0, 3000), (0.2, 2), (1.5, 3000), (0.3, 2), (2.0, 3000))


@pytest.mark.parametrize(
    ("heard_s", "begins_s"),
    [(0.0, 0.0), (0.9, 0.0), (1.4, 1.06), (2.4, 1.2), (4.5, 3.0), (5.0, 3.0)],
)
def test_the_clause_that_was_cut_is_said_again(heard_s: float, begins_s: float) -> None:
    assert clause_start(CLAUSES, heard_s) == pytest.approx(begins_s, abs=0.05)


def test_without_any_pause_the_piece_is_said_again() -> None:
    assert clause_start(sound((4.0, 3000)), 3.5) == 0.0
    assert clause_start(b"", 1.0) == 0.0


def piece(length_s: float) -> Piece:
    return Piece(bytes(round(length_s * SAMPLE_RATE) * 2))


def test_what_was_heard_of_a_sentence_is_as_long_as_its_sound() -> None:
    saying = Saying(Sentence("La mairie est ouverte, le samedi matin aussi.", ()))
    saying.pieces = [piece(2.0), piece(2.0)]
    saying.rendered = True
    assert saying.heard == ""
    saying.pieces[0].finished(2.0, complete=True)
    assert saying.heard == "La mairie est ouverte…"
    saying.pieces[1].finished(1.99, complete=False)
    assert saying.heard == "La mairie est ouverte, le samedi matin…" and not saying.done
    saying.pieces[1].finished(2.0, complete=True)
    assert saying.heard == "La mairie est ouverte, le samedi matin aussi."


def test_of_a_sentence_that_is_still_being_rendered_only_a_part_was_heard() -> None:
    saying = Saying(Sentence("Les encombrants sont ramassés le premier mercredi du mois.", ()))
    saying.pieces = [piece(1.0)]
    saying.pieces[0].finished(1.0, complete=True)
    assert saying.heard == "Les encombrants…"


def test_a_number_that_may_not_be_kept_is_not_in_what_was_heard() -> None:
    saying = Saying(Sentence("Le 06 12 34 56 78, c'est bien ça ?", (), kept="Le [numéro], oui ?"))
    saying.pieces = [piece(3.0)]
    saying.rendered = True
    saying.pieces[0].finished(2.0, complete=False)
    assert saying.heard == "Le [numéro]…"


def test_until_the_line_tells_the_clock_says_how_far_it_got() -> None:
    part = piece(3.0)
    part.begins_s, part.started_at = 1.0, 500.0
    part.stopped(501.5)
    assert part.heard_s == 2.5
    part.finished(1.2, complete=False)
    assert part.heard_s == pytest.approx(2.2)
    part.stopped(900.0)
    assert part.heard_s == pytest.approx(2.2), "it was not being played"

"""Finding the answer that no intent leads to."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Sequence
from datetime import date, datetime
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest

from bench.search import Question, judge, look, read_questions, shares, town_entries
from callbot.paths import Paths
from knowledge.encoder import SIZE, SentenceEncoder, Vectors
from knowledge.hours import PARIS
from knowledge.letters import LetterIndex, groups
from knowledge.personal import is_personal
from knowledge.search import KnowledgeSearch, SearchEntry, fitted_weights
from knowledge.searchable import MAX_QUESTIONS, search_entries
from knowledge.town import Town, load_town
from knowledge.vectorcache import VectorCache
from tests.knowledge.conftest import TODAY, Spoil
from tests.paths import CONFIG

NOW = datetime(2026, 11, 25, 10, 0, tzinfo=PARIS)
BOATS = """
  - id: barques
    questions:
      - où est-ce que je peux louer une barque ?
      - est-ce qu'on loue des barques sur la rivière ?
    texte: Dix barques se louent au ponton du moulin.
    source: plan des loisirs
    responsable: accueil
    relu_le: 2026-09-20
"""


@pytest.fixture(scope="module")
def encoder() -> SentenceEncoder:
    return SentenceEncoder()


@pytest.fixture(scope="module")
def search(encoder: SentenceEncoder) -> KnowledgeSearch:
    entries, foreign = town_entries(Paths(CONFIG, CONFIG))
    return KnowledgeSearch(entries, encoder, foreign=foreign)


def held_out() -> list[Question]:
    return [question for question in read_questions() if question.held_out]


def test_held_out_questions_are_answered_or_left(search: KnowledgeSearch) -> None:
    weights = fitted_weights()
    judged = judge(search, look(search, held_out()), weights)
    known = [item for item in judged if item.question.kind == "known"]
    right, false = shares(judged, weights.threshold, weights.margin)
    assert len(known) >= 75
    assert sum(item.right for item in known) / len(known) >= 0.7
    assert right >= 0.4
    assert false <= 0.04


def test_the_chance_of_entries_is_theirs_together(search: KnowledgeSearch) -> None:
    asked = "comment avoir un badge de déchetterie ?"
    every = {entry.id for entry in search.entries}
    (hit,) = search.find(asked, limit=1)
    assert search.chance(asked, {hit.entry_id}) == pytest.approx(hit.score)
    assert search.chance(asked, every - {hit.entry_id}) < hit.score
    assert search.chance(asked, every) < 1.0
    assert search.chance(asked, ()) == 0.0


def test_what_is_personal_is_never_answered(search: KnowledgeSearch, town: Town) -> None:
    asked = [question for question in read_questions() if question.kind == "personal"]
    assert len(asked) >= 20
    for question in asked:
        hit = search.best(question.text)
        if hit is not None:
            reply = town.entry_reply(hit.entry_id, NOW)
            assert reply is not None
            assert reply.decision == "transfer", question.text


def test_best_decides_as_the_bench_judges(search: KnowledgeSearch) -> None:
    weights = fitted_weights()
    questions = held_out()
    for item in judge(search, look(search, questions), weights):
        hit = search.best(item.question.text)
        answered = item.answered(weights.threshold, weights.margin)
        assert (hit.entry_id if hit else None) == (item.entry if answered else None)


def test_the_answer_is_the_entry(search: KnowledgeSearch, town: Town) -> None:
    hit = search.best("euh vous prêtez des barnums pour la fête des voisins ?")
    assert hit is not None
    assert hit.entry_id == "pret_materiel"
    reply = town.entry_reply(hit.entry_id, NOW)
    assert reply is not None
    assert reply.text == next(e.text for e in town.entries if e.id == "pret_materiel")


def test_a_transferring_entry_leads_to_a_transfer(search: KnowledgeSearch, town: Town) -> None:
    hit = search.best("je voudrais savoir où en est mon dossier")
    assert hit is not None
    reply = town.entry_reply(hit.entry_id, NOW)
    assert reply is not None
    assert reply.decision == "transfer"


def test_hits_are_ranked_probabilities(search: KnowledgeSearch) -> None:
    hits = search.find("j'ai perdu mon chien", limit=4)
    assert len(hits) == 4
    scores = [hit.score for hit in hits]
    assert scores == sorted(scores, reverse=True)
    assert sum(scores) <= 1.0
    for hit, following in pairwise(hits):
        assert hit.margin == pytest.approx(hit.score - following.score)
    assert search.find("j'ai perdu mon chien", limit=1) == hits[:1]


@pytest.mark.parametrize("text", ["", "  ", "…", "euh", "euh ben voilà", "\ud800", "?" * 5000])
def test_nothing_said_is_nothing_found(search: KnowledgeSearch, text: str) -> None:
    assert search.best(text) is None


def test_only_the_start_of_a_long_text_counts(search: KnowledgeSearch) -> None:
    start = "j'ai perdu mon chien, il est pucé. " * 9
    assert search.find(start + "la piscine " * 2000) == search.find(start)


def test_nothing_known_is_nothing_found(encoder: SentenceEncoder) -> None:
    empty = KnowledgeSearch((), encoder)
    assert empty.find("la piscine") == ()
    assert empty.best("la piscine") is None


def test_a_personal_question_reaches_only_what_transfers(encoder: SentenceEncoder) -> None:
    asked = "où en est mon dossier de subvention ?"
    answers, transfers = (
        KnowledgeSearch([SearchEntry("dossier", asked, (asked,), (), flag)], encoder)
        for flag in (False, True)
    )
    assert answers.best(asked) is None
    assert transfers.best(asked) == transfers.find(asked)[0] == answers.find(asked)[0]


def test_an_answer_without_intent_is_found(
    folder: Path, encoder: SentenceEncoder, search: KnowledgeSearch
) -> None:
    asked = "y a-t-il des barques à louer pour une heure"
    assert search.best(asked) is None
    with (folder / "reponses/mairie.yml").open("a", encoding="utf-8") as file:
        file.write(BOATS)
    town = load_town(folder, today=TODAY)
    hit = KnowledgeSearch(search_entries(town, {}, TODAY), encoder).best(asked)
    assert hit is not None
    assert hit.entry_id == "barques"


def test_an_answer_that_nothing_leads_to_is_a_mistake(spoil: Spoil) -> None:
    problems = spoil("reponses/mairie.yml", "    intentions: [nom_agent]\n", "")
    assert any("questions" in p.message and p.severity == "erreur" for p in problems)


def test_examples_go_to_the_entry_that_answers_them(town: Town) -> None:
    examples = {
        "encombrants": ["un vieux canapé", "un frigo et une machine à laver", "il passe quand ?"],
        "inscription_activite": ["l'aquagym à la piscine", "la carte de la médiathèque"],
        "horaires_lieu": ["la piscine est ouverte ?"],
    }
    own = {entry.id: entry.questions for entry in town.entries}
    questions = {
        entry.id: entry.questions[len(own[entry.id]) :]
        for entry in search_entries(town, examples, TODAY)
    }
    assert questions["encombrants"] == ("un vieux canapé",)
    assert questions["encombrants_electromenager"] == ("un frigo et une machine à laver",)
    assert questions["encombrants_date"] == ("il passe quand ?",)
    assert questions["activite_piscine"] == ("l'aquagym à la piscine",)
    assert questions["activite_mediatheque"] == ("la carte de la médiathèque",)
    assert sum(map(len, questions.values())) == 5


def test_examples_are_taken_from_all_over(town: Town) -> None:
    many = [f"un canapé {index}" for index in range(100)]
    entries = search_entries(town, {"encombrants": many}, TODAY)
    asked = next(entry.questions for entry in entries if entry.id == "encombrants")
    own = next(entry.questions for entry in town.entries if entry.id == "encombrants")
    assert len(asked) == MAX_QUESTIONS
    assert asked[: len(own)] == own
    taken = asked[len(own) :]
    assert taken[0] == many[0]
    assert many.index(taken[-1]) > 80


def test_an_expired_answer_is_not_found(town: Town) -> None:
    later = date(2027, 1, 15)
    now = {entry.id for entry in search_entries(town, {}, TODAY)}
    assert now - {entry.id for entry in search_entries(town, {}, later)} >= {"marche_noel"}


@pytest.mark.parametrize(
    ("text", "personal"),
    [
        ("Où en est ma demande ?", True),
        ("est-ce que j'ai droit à une aide", True),
        ("combien je vais toucher", True),
        ("mon permis de construire a été refusé", True),
        ("vous avez bien reçu mon dossier", True),
        ("on me demande un extrait de naissance", False),
        ("combien coûte la cantine", False),
        ("où est la piscine", False),
        ("il faut un dossier pour se marier ?", False),
        ("", False),
    ],
)
def test_personal_questions(text: str, personal: bool) -> None:
    assert is_personal(text) is personal


def test_letters_find_words_whatever_their_form() -> None:
    index = LetterIndex(["l'inscription à la déchetterie", "le tarif de la piscine", ""])
    for question in (
        "s'inscrire à la dechèteri",
        "INSCRIPTIONS",
        "la déchetterie, s'il vous plaît",
    ):
        likeness = index.likeness(question)
        assert likeness[0] > 0.1
        assert likeness[1:].tolist() == [0.0, 0.0]


def test_letters_weigh_what_no_text_holds() -> None:
    index = LetterIndex(["la piscine", "le musée"])
    alone = index.likeness("la piscine")[0]
    assert index.likeness("la piscine des otaries")[0] < alone
    assert index.likeness("euh bonjour je voudrais").tolist() == [0.0, 0.0]
    assert groups("où est le bac 3 ?") == ["#bac", "bac#", "#3#"]


def test_letters_of_no_text() -> None:
    assert LetterIndex([]).likeness("piscine").tolist() == []
    assert LetterIndex(["", "euh"]).likeness("piscine").tolist() == [0.0, 0.0]


def test_vectors_are_of_unit_length(encoder: SentenceEncoder) -> None:
    rows = encoder.encode(["La piscine", "", "LA PISCINE", "euh…"])
    assert rows.shape == (4, SIZE)
    assert np.linalg.norm(rows, axis=1) == pytest.approx([1, 0, 1, 1], abs=1e-3)
    assert rows[0] == pytest.approx(rows[2], abs=1e-5)
    assert encoder.encode([]).shape == (0, SIZE)


class Counting:
    """An encoder that counts the texts it computes."""

    def __init__(self, encoder: SentenceEncoder, name: str) -> None:
        self.name = name
        self.computed: list[str] = []
        self._encoder = encoder

    def encode(self, texts: Sequence[str]) -> Vectors:
        self.computed += texts
        return self._encoder.encode(texts)


def test_the_same_words_are_computed_once_in_a_turn(encoder: SentenceEncoder) -> None:
    counting = Counting(encoder, "un")
    search = KnowledgeSearch([SearchEntry("barques", "Dix barques se louent.")], counting)
    search.chance("une barque", {"barques"})
    search.best("une barque")
    search.chance("un canoë", {"barques"})
    assert counting.computed[-2:] == ["une barque", "un canoë"]


def test_only_new_texts_are_computed(encoder: SentenceEncoder, tmp_path: Path) -> None:
    first = Counting(encoder, "un")
    kept = VectorCache(first, tmp_path / "vecteurs").encode(["piscine", "musée", "piscine"])
    assert first.computed == ["piscine", "musée"]
    assert kept == pytest.approx(encoder.encode(["piscine", "musée", "piscine"]), abs=1e-3)
    again = Counting(encoder, "un")
    same = VectorCache(again, tmp_path / "vecteurs").encode(["marché", "piscine"])
    assert again.computed == ["marché"]
    assert np.array_equal(same[1], kept[0])
    dropped = Counting(encoder, "un")
    VectorCache(dropped, tmp_path / "vecteurs").encode(["musée"])
    assert dropped.computed == ["musée"]


def test_another_model_computes_everything(encoder: SentenceEncoder, tmp_path: Path) -> None:
    VectorCache(Counting(encoder, "un"), tmp_path).encode(["piscine"])
    other = Counting(encoder, "deux")
    VectorCache(other, tmp_path).encode(["piscine"])
    assert other.computed == ["piscine"]


@pytest.mark.parametrize("content", [b"", b"garbage", b"PK\x03\x04 cut short"])
def test_damaged_vectors_are_computed_again(
    encoder: SentenceEncoder, tmp_path: Path, content: bytes
) -> None:
    VectorCache(encoder, tmp_path).encode(["piscine"])
    (file,) = tmp_path.iterdir()
    file.write_bytes(content)
    counting = Counting(encoder, encoder.name)
    VectorCache(counting, tmp_path).encode(["piscine"])
    assert counting.computed == ["piscine"]


_ALONE = """
import os, socket

def refuse(*args, **kwargs):
    raise AssertionError("the network was used")

socket.socket.connect = socket.getaddrinfo = refuse
from knowledge.encoder import SentenceEncoder
from knowledge.search import KnowledgeSearch, SearchEntry
entry = SearchEntry("chien", "Appelez la police municipale.", ("j'ai perdu mon chien",))
found = KnowledgeSearch([entry], SentenceEncoder()).find("mon chien est perdu")
print(found[0].entry_id, len(os.listdir("/proc/self/task")))
"""


def test_it_runs_on_one_thread_without_network() -> None:
    done = subprocess.run(
        [sys.executable, "-c", _ALONE],
        env={"OPENBLAS_NUM_THREADS": "1", "DISABLE_TQDM": "1", "PYTHONPATH": "."},
        cwd=CONFIG.parent,
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout.split() == ["chien", "1"]

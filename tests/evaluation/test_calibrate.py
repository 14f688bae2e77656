"""How thresholds are judged and proposed."""

from __future__ import annotations

from bench.calibrate import FALSE_WRITTEN, Turn, alarms, choices, figures, halves, propose
from callbot.paths import Paths
from dialogue.config import DialogueSettings, load_dialogue_settings
from dialogue.intents import IntentFile, Intents
from tests.paths import CONFIG

NOW: DialogueSettings = load_dialogue_settings(Paths.choose(CONFIG).config / "dialogue.yml")
INTENTS = Intents(
    {
        name: IntentFile(
            intention=name, conduite="repondre", confirmer=f"parler de {name}", exemples=("x",)
        )
        for name in ("cantine", "creche", "piscine")
    }
)


def turn(meant: str, confidence: float, taken: str | None = None, hearing: float = 1.0) -> Turn:
    rest = (1 - confidence) / 10
    best = taken or meant
    other = "piscine" if best != "piscine" else "creche"
    return Turn(meant, ((best, confidence), (other, rest)), hearing)


def test_turns_are_judged_as_the_policy_decides_them() -> None:
    sure, unsure = NOW.seuils.accepter + 0.3, NOW.seuils.accepter - 0.05
    found = figures(
        [turn("cantine", sure), turn("cantine", sure, "creche"), turn("cantine", unsure)],
        INTENTS,
        NOW,
    )
    assert (found.right, found.false, found.clarified) == (1 / 3, 1 / 3, 1 / 3)


def test_a_threshold_falls_where_the_low_confidences_are_right() -> None:
    proposed = propose([turn("cantine", 0.42) for _ in range(50)], [], INTENTS, NOW)
    assert proposed.accepter <= 0.42


def test_a_threshold_rises_where_they_are_wrong() -> None:
    written = [turn("cantine", 0.9) for _ in range(50)]
    written += [turn("cantine", 0.52, "creche") for _ in range(10)]
    proposed = propose(written, [], INTENTS, NOW)
    assert proposed.accepter > 0.52
    settings = NOW.model_copy(update={"seuils": proposed})
    assert figures(written, INTENTS, settings).false <= FALSE_WRITTEN


def test_badly_heard_sentences_move_only_the_thresholds_of_poor_hearing() -> None:
    written = [turn("cantine", 0.9) for _ in range(20)]
    spoken = [turn("cantine", 0.7, "creche", hearing=0.28) for _ in range(20)]
    spoken += [turn("cantine", 0.9, hearing=0.8) for _ in range(20)]
    proposed = propose(written, spoken, INTENTS, NOW)
    assert proposed.ecoute > 0.28
    assert proposed.mal_entendu > 0.7
    assert proposed.urgence == NOW.seuils.urgence


def test_written_sentences_alone_leave_poor_hearing_as_it_is() -> None:
    tried = list(choices(NOW.seuils, spoken=False))
    assert {(t.ecoute, t.mal_entendu) for t in tried} == {
        (NOW.seuils.ecoute, NOW.seuils.mal_entendu)
    }
    assert all(t.confirmer < t.accepter <= t.mal_entendu for t in tried)


def test_one_half_is_never_looked_at() -> None:
    turns = [turn("cantine", 0.5 + n / 100) for n in range(9)]
    chosen_on, checked_with = halves(turns)
    assert len(chosen_on) + len(checked_with) == 9
    assert not set(chosen_on) & set(checked_with)


def test_words_of_alarm_count_as_the_policy_counts_them() -> None:
    urgence = IntentFile(intention="urgence", conduite="urgence", exemples=("x",))
    cantine = IntentFile(intention="cantine", conduite="repondre", exemples=("x",))
    intents = Intents({"urgence": urgence, "cantine": cantine})
    ranking = (("cantine", 0.8), ("urgence", (NOW.seuils.alerte + NOW.seuils.urgence) / 2))
    turns = [Turn("urgence", ranking, 1.0, alarming=True), Turn("cantine", ranking, 1.0)]
    assert alarms(turns, intents, NOW) == "emergencies 1 of 1, false alarms 0 of 1"

"""Whisper itself, on recorded speech and on what is not speech."""

from __future__ import annotations

import os
import shutil
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from asr.engine import EngineSettings, Hint, ModelError, WhisperEngine, _Decoding, _Sound
from asr.guard import GuardSettings
from asr.repair import Rival
from common.french import fold
from tests.asr.sounds import Samples, mixed, noise, pcm, recorded, silence, tone, tune
from tests.paths import PROJECT

pytestmark = pytest.mark.component

MODEL = Path(os.environ.get("CALLBOT_VAR", PROJECT / "var")) / "models" / "whisper-base"


@pytest.fixture(scope="module")
def engine() -> WhisperEngine:
    engine = WhisperEngine(MODEL)
    engine.warm_up()
    return engine


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("conf-unmuted", "vous pouvez maintenant parler"),
        ("all-circuits-busy-now", "toutes les lignes sont occupees pour l instant"),
        ("conf-invalid", "ce numero de conference n est pas valide"),
        ("auth-thankyou", "merci"),
    ],
)
def test_recorded_french_at_8_khz_is_understood(
    engine: WhisperEngine, name: str, words: str
) -> None:
    result = engine.recognise(pcm(silence(0.25), recorded(name), silence(0.2)))
    assert fold(result.text).startswith(words)
    assert result.reason == ""
    assert not result.second_pass


def test_clear_speech_deserves_more_confidence_than_drowned_speech(engine: WhisperEngine) -> None:
    speech = recorded("all-circuits-busy-now")
    clear = engine.recognise(pcm(speech, silence(0.2)))
    drowned = engine.recognise(pcm(mixed(speech * 0.1, noise(3.0, -34.0))))
    assert clear.confidence > 0.75
    assert drowned.confidence < clear.confidence - 0.2


def test_a_quiet_caller_is_understood(engine: WhisperEngine) -> None:
    result = engine.recognise(pcm(recorded("conf-unmuted", gain_db=-30.0), silence(0.2)))
    assert fold(result.text) == "vous pouvez maintenant parler"


@pytest.mark.parametrize(
    "sound",
    [
        silence(2.0),
        noise(0.5, -30.0),
        noise(3.0, -40.0),
        noise(6.0, -15.0),
        np.random.default_rng(5).normal(0.0, 0.05, 16000 * 4),
        tone(3.0, 440.0),
        np.concatenate([part for _ in range(3) for part in (tone(0.5, 425.0), silence(0.5))]),
        tune(6.0),
        silence(0.0),
        silence(0.01),
    ],
    ids=["silence", "short", "hiss", "street", "white", "tone", "busy", "music", "empty", "tiny"],
)
def test_what_is_not_speech_gives_no_words(engine: WhisperEngine, sound: Samples) -> None:
    result = engine.recognise(pcm(sound))
    assert (result.text, result.confidence) == ("", 0.0)
    assert result.reason == "silence"


def test_an_odd_byte_and_endless_audio_are_taken(engine: WhisperEngine) -> None:
    data = pcm(recorded("conf-unmuted"), silence(35.0))
    assert fold(engine.recognise(data + b"\x01").text) == "vous pouvez maintenant parler"


def test_an_unbelievable_decoding_is_done_again_with_the_full_window() -> None:
    doubtful = WhisperEngine(
        MODEL, EngineSettings(guard=GuardSettings(compression_ratio=0.1, words_per_second=99.0))
    )
    result = doubtful.recognise(pcm(recorded("all-circuits-busy-now")))
    assert result.second_pass
    assert (result.text, result.reason) == ("", "loop")


@pytest.mark.parametrize(("answers", "left_out"), [(0, "_sound"), (1, "_prompt"), (2, "again")])
def test_what_nobody_waits_for_any_more_ends_after_the_step_it_is_in(
    engine: WhisperEngine, monkeypatch: pytest.MonkeyPatch, answers: int, left_out: str
) -> None:
    def never(*_: object) -> str:
        raise AssertionError(left_out)

    asked = iter([True] * answers)
    sound = pcm(recorded("conf-unmuted"), silence(0.2))
    hint = Hint(wanted=lambda: next(asked, False))
    if left_out == "again":
        hint = replace(hint, again=never)
    else:
        monkeypatch.setattr(engine, left_out, never)
    result = engine.recognise(sound, hint)
    assert (result.text, result.reason) == ("", "cancelled")


def test_town_words_may_be_many_odd_or_empty(engine: WhisperEngine) -> None:
    words = ("", "  ", "mairie", "mairie", "état civil", *(f"mot{i}" for i in range(500)))
    result = engine.recognise(pcm(recorded("conf-unmuted")), Hint(words))
    assert fold(result.text) == "vous pouvez maintenant parler"


def test_a_folder_that_is_no_model_is_refused_in_french(tmp_path: Path) -> None:
    with pytest.raises(ModelError, match="introuvable"):
        WhisperEngine(tmp_path / "absent")
    broken = tmp_path / "broken"
    broken.mkdir()
    for name in ("config.json", "tokenizer.json", "vocabulary.json"):
        shutil.copy(MODEL / name, broken / name)
    (broken / "model.bin").write_bytes(b"x" * 11_000_000)
    with pytest.raises(ModelError, match="ne se charge pas"):
        WhisperEngine(broken)


def decoding(text: str, avg_logprob: float) -> _Decoding:
    return _Decoding((text,), avg_logprob, 0.1, True, _Sound(None, 2), ())


def test_a_loop_is_no_rival_of_an_unsure_second_pass(
    engine: WhisperEngine, monkeypatch: pytest.MonkeyPatch
) -> None:
    loop = decoding("je vais vous dire que " * 8, -0.1)
    unsure = decoding("une procuration pour dimanche", -1.3)
    passes = iter([loop, unsure])
    monkeypatch.setattr(engine, "_decode", lambda *_: next(passes))
    result = engine.recognise(pcm(recorded("all-circuits-busy-now"), silence(0.2)))
    assert result.text == "une procuration pour dimanche"
    assert result.second_pass


def test_a_rival_wins_only_within_its_margin(engine: WhisperEngine) -> None:
    sound = pcm(recorded("conf-unmuted"), silence(0.2))
    asked: list[tuple[str, ...]] = []

    def with_margin(margin: float) -> Hint:
        def rivals(hypotheses: Sequence[str]) -> list[Rival]:
            asked.append(tuple(hypotheses))
            return [Rival("Vous pouvez maintenant marcher.", margin)]

        return Hint(words=("parler",), rivals=rivals, several=True)

    kept = engine.recognise(sound, with_margin(0.0))
    assert fold(kept.text) == "vous pouvez maintenant parler"
    assert not kept.repaired
    changed = engine.recognise(sound, with_margin(1000.0))
    assert (changed.text, changed.repaired) == ("Vous pouvez maintenant marcher.", True)
    *of_each_sound, of_the_mended = asked
    assert all(len(hypotheses) == EngineSettings().beam_size for hypotheses in of_each_sound)
    assert of_the_mended == ("Vous pouvez maintenant marcher.",)


@pytest.mark.parametrize(("avg_logprob", "compared"), [(-0.9, False), (-0.5, True), (-0.03, False)])
def test_only_what_is_half_understood_has_rivals(
    engine: WhisperEngine, monkeypatch: pytest.MonkeyPatch, avg_logprob: float, compared: bool
) -> None:
    monkeypatch.setattr(engine, "_decode", lambda *_: decoding("Un deux trois.", avg_logprob))
    monkeypatch.setattr(engine, "_likelihoods", lambda _, texts: [0.0] * len(texts))
    sound = pcm(recorded("conf-unmuted"), silence(0.2))
    heard = engine.recognise(sound, Hint(rivals=lambda _: [Rival("Un de trois.", 1.0)]))
    assert heard.repaired == compared


def test_what_is_sure_is_compared_with_nothing_unless_something_is_expected(
    engine: WhisperEngine, monkeypatch: pytest.MonkeyPatch
) -> None:
    sure = "Toutes les lignes sont occupées."
    monkeypatch.setattr(engine, "_decode", lambda *_: decoding(sure, -0.03))
    monkeypatch.setattr(engine, "_likelihoods", lambda _, texts: [0.0] * len(texts))
    sound = pcm(recorded("all-circuits-busy-now"), silence(0.2))
    rivals = [Rival("Toutes les lignes sont libres.", 1000.0)] * 2
    kept = engine.recognise(sound, Hint(rivals=lambda _: rivals))
    assert fold(kept.text).startswith("toutes les lignes sont occupees")
    expected = engine.recognise(sound, Hint(words=("Libres",), rivals=lambda _: rivals))
    assert expected.repaired


def test_silence_has_no_rivals(engine: WhisperEngine) -> None:
    def rivals(_hypotheses: Sequence[str]) -> list[Rival]:
        raise AssertionError("nothing was heard")

    assert engine.recognise(pcm(silence(1.0)), Hint(rivals=rivals)).text == ""


def test_the_language_is_told_where_it_is_asked_for(engine: WhisperEngine) -> None:
    sound = pcm(recorded("all-circuits-busy-now"), silence(0.2))
    assert engine.recognise(sound, Hint(detect=True)).language == "fr"
    assert engine.recognise(sound).language == ""

"""The real voice: levels, silences, stopping, and words that a recogniser understands."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from common.audio import SAMPLE_RATE, duration_s
from tests.paths import PROJECT
from tts import levels
from tts.client import SpeechClient
from tts.engine import Engine, SpeechError, Stop, StoppedError, _fitting
from tts.speechtext import spoken_sentences
from tts.voicefiles import VoiceError

VAR = Path(os.environ.get("CALLBOT_VAR", PROJECT / "var"))
VOICE = VAR / "voices" / "fr_FR-siwis-kokoro"
WHISPER = VAR / "models" / "whisper-base"


@pytest.fixture(scope="module")
def engine() -> Iterator[Engine]:
    if not VOICE.is_dir():
        pytest.fail(f"La voix manque : {VOICE}. Lancez « make run » une fois pour la construire.")
    yield Engine(VOICE)


def samples(pcm: bytes) -> levels.Samples:
    return np.frombuffer(pcm, dtype="<i2").astype(np.float32) / 32767


@pytest.mark.component
@pytest.mark.parametrize("text", ["Oui.", "La piscine est ouverte samedi de 9 h à 12 h."])
def test_speech_has_telephone_level_and_short_silences(engine: Engine, text: str) -> None:
    sound = samples(engine.speak(spoken_sentences(text)[0]))
    assert levels.speech_level(sound) == pytest.approx(levels.SPEECH_DBFS, abs=1.0)
    assert np.abs(sound).max() < 10 ** (-3 / 20)
    loud = np.flatnonzero(np.abs(sound) > 0.01)
    assert loud[0] / SAMPLE_RATE < 0.12
    assert (len(sound) - loud[-1]) / SAMPLE_RATE < 0.25


@pytest.mark.component
def test_the_pieces_of_a_number_join_without_a_seam(engine: Engine) -> None:
    spoken = [samples(engine.speak(piece)) for piece in ("J'ai noté le,", "zéro six,", "dix.")]
    heard = [levels.speech_level(sound) for sound in spoken]
    assert max(heard) - min(heard) < 1.0
    for sound in spoken:
        assert max(np.abs(sound[:80]).max(), np.abs(sound[-80:]).max()) < 0.001


@pytest.mark.component
def test_a_slower_pace_lasts_longer_at_the_same_level(engine: Engine) -> None:
    text = "La mairie est ouverte le samedi matin."
    normal, slow = engine.speak(text), engine.speak(text, pace=0.8)
    assert duration_s(slow) > 1.15 * duration_s(normal)
    assert levels.speech_level(samples(slow)) == pytest.approx(levels.SPEECH_DBFS, abs=1.0)


@pytest.mark.component
def test_the_same_text_sounds_the_same(engine: Engine) -> None:
    assert engine.speak("Un instant.") == engine.speak("Un instant.")


@pytest.mark.component
def test_a_stopped_computation_ends_and_the_engine_goes_on(engine: Engine) -> None:
    stop = Stop()
    outcome: list[BaseException] = []

    def speak() -> None:
        try:
            engine.speak("Une phrase assez longue pour être interrompue. " * 20, stop=stop)
        except StoppedError as error:
            outcome.append(error)

    thread = threading.Thread(target=speak)
    thread.start()
    time.sleep(0.2)
    stop.set()
    thread.join(120)
    assert len(outcome) == 1
    assert engine.speak("Oui.")


@pytest.mark.component
def test_text_without_words_is_refused_in_french(engine: Engine) -> None:
    with pytest.raises(SpeechError, match="rien à dire"):
        engine.speak("…")


@pytest.mark.component
def test_a_sentence_longer_than_the_model_takes_is_spoken_whole(engine: Engine) -> None:
    text = "une demande, un justificatif, une photo, " * 14
    assert duration_s(engine.speak(text)) > 20


@pytest.mark.component
@pytest.mark.parametrize(
    ("written", "heard"),
    [
        ("La mairie ouvre à 8 h 30 et ferme à 17 h.", ("8h30", "17h")),
        ("Adressez-vous à la CPAM, à côté de la mairie.", ("CPAM",)),
        ("La pharmacie de garde est au 3237.", ("3237",)),
        ("Le bal commence à 21 h et finit à 20 h.", ("21h", "20h")),
    ],
)
def test_a_recogniser_understands_it(engine: Engine, written: str, heard: tuple[str, ...]) -> None:
    from faster_whisper import WhisperModel

    if not WHISPER.is_dir():
        pytest.fail(f"Le modèle de reconnaissance manque : {WHISPER}. Lancez « make run ».")
    model = WhisperModel(str(WHISPER), device="cpu", compute_type="int8", cpu_threads=1)
    pcm = b"".join(engine.speak(sentence) for sentence in spoken_sentences(written))
    segments, _ = model.transcribe(samples(pcm), language="fr", beam_size=5)
    transcript = "".join(segment.text for segment in segments).replace(" ", "")
    for word in heard:
        assert word in transcript


@pytest.mark.component
async def test_the_process_serves_and_ends_cleanly_on_sigterm(tmp_path: Path) -> None:
    socket = tmp_path / "tts.sock"
    command = [sys.executable, "-m", "callbot.speaking", "--socket", str(socket)]
    command += ["--voice", str(VOICE), "--store", str(tmp_path / "store")]
    process = subprocess.Popen(command, cwd=PROJECT)
    client = SpeechClient(socket)
    try:
        await client.start()
        assert duration_s(await client.say("Bonjour.")) > 0.4
    finally:
        await client.close()
        process.send_signal(signal.SIGTERM)
        assert process.wait(30) == 0
    assert not socket.exists()
    assert list((tmp_path / "store").glob("??/*.prompt"))


def test_a_missing_voice_is_named_and_nothing_starts(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "callbot.speaking", "--socket", str(tmp_path / "s")]
    command += ["--voice", str(tmp_path / "absente"), "--store", str(tmp_path / "store")]
    done = subprocess.run(command, cwd=PROJECT, capture_output=True, text=True, check=False)
    assert done.returncode == 1
    assert "introuvable" in done.stderr
    assert "Traceback" not in done.stderr


def test_a_file_that_is_no_model_is_named(tmp_path: Path) -> None:
    (tmp_path / "voix.onnx").write_bytes(b"no model" * 50_000)
    (tmp_path / "voix.onnx.json").write_text(
        '{"audio": {"sample_rate": 22050}, "espeak": {"voice": "fr"}, "phoneme_id_map": {},'
        ' "num_symbols": 1, "num_speakers": 1}',
        encoding="utf-8",
    )
    with pytest.raises(VoiceError, match="ne peut pas être chargée"):
        Engine(tmp_path)


def test_long_sentences_are_cut_at_commas_without_losing_a_phoneme() -> None:
    phonemes = list("kat, " * 200)
    pieces = list(_fitting(phonemes))
    assert len(pieces) > 1
    assert all(piece[-1] == "," for piece in pieces[:-1])
    assert [phoneme for piece in pieces for phoneme in piece] == phonemes
    assert list(_fitting([".", " ", "!"])) == []

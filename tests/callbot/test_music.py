from __future__ import annotations

import wave
from pathlib import Path

import pytest

from callbot.music import load_music
from common.audio import SAMPLE_RATE
from common.yamlfile import ConfigError
from telephony.reception import QueueRules, Reception


def reception(**music: str | None) -> Reception:
    queues = {name: QueueRules(name, music=sound) for name, sound in music.items()}
    return Reception((), queues, {})


def write_wav(path: Path, seconds: float, rate: int = 8000) -> None:
    path.parent.mkdir(exist_ok=True)
    with wave.open(str(path), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(rate)
        file.writeframes(b"\x10\x00" * int(seconds * rate))


def test_each_service_gets_its_tune_at_the_rate_of_the_box(tmp_path: Path):
    write_wav(tmp_path / "musiques" / "valse.wav", 2)
    music = load_music(
        tmp_path, reception(accueil="valse.wav", voirie=None, etat_civil="valse.wav")
    )
    assert set(music) == {"accueil", "etat_civil"}
    assert abs(len(music["accueil"]) - 2 * SAMPLE_RATE * 2) < 100


def test_a_file_that_is_no_sound_is_named(tmp_path: Path):
    folder = tmp_path / "musiques"
    folder.mkdir()
    (folder / "faux.wav").write_text("ceci n'est pas du son")
    with pytest.raises(ConfigError, match=r"faux\.wav.*WAV"):
        load_music(tmp_path, reception(accueil="faux.wav"))

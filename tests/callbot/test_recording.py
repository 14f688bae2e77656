import os
import time
import wave
from pathlib import Path

from callbot.recording import RecordingRecogniser, purge
from dialogue.ports import Heard
from tests.dialogue.fakes import FakeRecogniser

PCM = bytes(640 * 50)


class Silent(FakeRecogniser):
    async def recognise(
        self, call: str, pcm: bytes, waiting_since: float, words: tuple[str, ...]
    ) -> Heard:
        return Heard("bonjour", 0.9)


async def test_each_utterance_is_kept_for_its_owner_only(tmp_path: Path) -> None:
    recogniser = RecordingRecogniser(Silent(), tmp_path)
    for _ in range(2):
        assert (await recogniser.recognise("appel", PCM, 0.0, ())).text == "bonjour"
    files = sorted((tmp_path / "appel").iterdir())
    assert [file.name for file in files] == ["001.wav", "002.wav"]
    assert [file.stat().st_mode & 0o077 for file in files] == [0, 0]
    with wave.open(str(files[0])) as sound:
        assert (sound.getframerate(), sound.getnframes()) == (16000, len(PCM) // 2)


async def test_a_disk_that_cannot_be_written_does_not_stop_the_call(tmp_path: Path) -> None:
    blocked = tmp_path / "fichier"
    blocked.write_text("pas un dossier")
    heard = await RecordingRecogniser(Silent(), blocked).recognise("appel", PCM, 0.0, ())
    assert heard.text == "bonjour"


def test_old_calls_are_erased_and_recent_ones_kept(tmp_path: Path) -> None:
    for name, age in (("vieux", 40), ("récent", 1)):
        (tmp_path / name).mkdir()
        (tmp_path / name / "001.wav").write_bytes(b"")
        then = time.time() - age * 86400
        os.utime(tmp_path / name, (then, then))
    assert purge(tmp_path, time.time() - 30 * 86400) == 1
    assert [call.name for call in tmp_path.iterdir()] == ["récent"]

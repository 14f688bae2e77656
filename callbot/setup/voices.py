"""The French voice of the bot, and a second one for test phones, made from Kokoro."""

import hashlib
import json
from pathlib import Path

from callbot.setup.screen import Screen
from callbot.setup.steps import Place, SetupError, Step

_MIB = 1024**2
_STAMP = ".construite.json"
_BUILDER = Path("tts/build_voice.py")
_STYLE = Path("tts/voices/ff_siwis.f32")

VOICES = {"fr_FR-siwis-kokoro": "ff_siwis", "fr_FR-alpha-kokoro": "jf_alpha"}
"""Folder under `var/voices`, and the speaker it is made from."""


class VoiceStep(Step):
    """Builds `var/voices/…`, one folder a voice."""

    name = "Voix françaises"
    disk_bytes = 2 * 100 * _MIB

    def __init__(self, place: Place) -> None:
        self._root = place.root
        self._voices = place.voices
        self._kokoro = place.models / "kokoro"

    def is_done(self) -> bool:
        return all(self._is_built(name) for name in VOICES)

    def run(self, screen: Screen) -> None:
        # Loading onnx takes longer than a whole set-up that has nothing to do.
        from tts.build_voice import SIWIS, build_voice  # noqa: PLC0415
        from tts.voicefiles import VoiceError  # noqa: PLC0415

        pending = [name for name in VOICES if not self._is_built(name)]
        for name in pending:
            speaker = VOICES[name]
            style = self._root / _STYLE if speaker == SIWIS else self._kokoro / "voices_ja.npz"
            try:
                with screen.progress(f"Construction de {name}"):
                    build_voice(
                        self._kokoro / "kokoro.onnx",
                        self._kokoro / "vocab.json",
                        style,
                        self._voices / name,
                        speaker=speaker,
                    )
            except VoiceError as error:
                raise SetupError(str(error), "Relancez la commande après correction.") from error
            except OSError as error:
                raise SetupError(
                    f"La voix « {name} » n’a pas pu être écrite : {error.strerror}.",
                    "Vérifiez la place libre et les droits sur le dossier « var », puis relancez.",
                ) from error
            (self._voices / name / _STAMP).write_text(json.dumps(self._mark(name)))

    def _is_built(self, name: str) -> bool:
        try:
            stamp = json.loads((self._voices / name / _STAMP).read_text())
            return bool(stamp == self._mark(name))
        except (OSError, ValueError):
            return False

    def _mark(self, name: str) -> list[str | int]:
        """What the voice was made from and by, and what came out."""
        digest = hashlib.sha256()
        for source in (_BUILDER, _STYLE):
            digest.update((self._root / source).read_bytes())
        marks: list[str | int] = [digest.hexdigest(), VOICES[name]]
        for path in sorted((self._voices / name).glob("*.onnx*")):
            status = path.stat()
            marks += [path.name, status.st_size, status.st_mtime_ns]
        return marks

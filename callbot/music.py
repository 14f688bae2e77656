"""The music of the queues, read once at the start."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from callbot import wavfile
from common.yamlfile import ConfigError, Problem
from telephony.reception import Reception
from telephony.receptionconfig import MUSIC_FOLDER


def load_music(config: Path, reception: Reception) -> Mapping[str, bytes]:
    """Return what callers of each service hear while they wait; services in silence are left out.

    Raises:
        ConfigError: a file cannot be played.
    """
    sounds: dict[str, bytes] = {}
    problems: list[Problem] = []
    names = {rules.music for rules in reception.queues.values() if rules.music}
    for name in sorted(names):
        path = config / MUSIC_FOLDER / name
        try:
            sounds[name] = wavfile.read(path)
        except wavfile.WavError as error:
            mend = "Donnez un fichier WAV de 16 bits, de deux minutes au plus."
            problems.append(Problem(path, 1, 1, str(error), mend))
    if problems:
        raise ConfigError(problems)
    return {
        service: sounds[rules.music]
        for service, rules in reception.queues.items()
        if rules.music in sounds
    }

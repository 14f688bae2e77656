"""Levels before recognition."""

from __future__ import annotations

import numpy as np
import pytest

from asr.audio import levelled, samples_of
from tests.asr.sounds import noise, pcm, recorded, silence


@pytest.mark.parametrize("gain_db", [-30.0, -10.0, 0.0])
def test_any_caller_comes_out_equally_loud(gain_db: float) -> None:
    reference = levelled(samples_of(pcm(recorded("conf-unmuted")), 30.0))
    other = levelled(samples_of(pcm(recorded("conf-unmuted", gain_db)), 30.0))
    ratio = np.sqrt(np.mean(other**2)) / np.sqrt(np.mean(reference**2))
    assert ratio == pytest.approx(1.0, rel=0.05)


def test_a_click_beside_a_quiet_voice_is_not_clipped() -> None:
    voice = recorded("conf-unmuted", -20.0)
    voice[100] = 0.9
    assert np.max(np.abs(levelled(samples_of(pcm(voice), 30.0)))) <= 0.98


def test_silence_stays_silent_and_an_offset_goes() -> None:
    assert not np.any(levelled(samples_of(pcm(silence(1.0)), 30.0)))
    shifted = levelled(samples_of(pcm(noise(1.0, -40.0) + 0.2), 30.0))
    assert abs(float(np.mean(shifted))) < 1e-3


def test_half_a_sample_and_what_is_too_long_are_cut() -> None:
    assert samples_of(b"\x00\x01\x02", 30.0).size == 1
    assert samples_of(bytes(32000 * 3), 2.0).size == 32000
    assert samples_of(b"", 2.0).size == 0

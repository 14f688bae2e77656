from __future__ import annotations

from dataclasses import dataclass, field

import pytest

from dialogue.events import PlaybackFinished, PlaybackStarted
from dialogue.music import PIECE_BYTES, HoldMusic


@dataclass
class FakeLine:
    played: list[tuple[str, bytes]] = field(default_factory=list)
    stops: int = 0

    def answer(self) -> None: ...
    def close_utterance(self, utterance: int) -> None: ...
    def hang_up(self) -> None: ...

    def play(self, playback: str, pcm: bytes) -> None:
        self.played.append((playback, pcm))

    def stop_playback(self) -> None:
        self.stops += 1


@pytest.fixture
def line() -> FakeLine:
    return FakeLine()


@pytest.fixture
def music(line: FakeLine) -> HoldMusic:
    return HoldMusic(line)


def tune(pieces: float) -> bytes:
    size = int(PIECE_BYTES * pieces)
    return bytes(i % 251 for i in range(size))


def hear(music: HoldMusic, line: FakeLine, number: int) -> None:
    """The caller hears piece ``number`` from its first sample to its last."""
    name = line.played[number][0]
    music.playback_started(PlaybackStarted(name, 0.0))
    music.playback_finished(PlaybackFinished(name, 5.0, True, 0.0))


def test_the_next_piece_is_queued_before_the_last_one_ends(music: HoldMusic, line: FakeLine):
    music.start(tune(2.5))
    assert len(line.played) == 1
    music.playback_started(PlaybackStarted(line.played[0][0], 0.0))
    assert len(line.played) == 2


def test_the_tune_starts_again_where_it_ended(music: HoldMusic, line: FakeLine):
    sound = tune(2.5)
    music.start(sound)
    for number in range(5):
        hear(music, line, number)
    heard = b"".join(pcm for _, pcm in line.played[:6])
    assert heard == sound + sound


def test_an_announcement_cuts_in_and_the_music_goes_on_from_there(music: HoldMusic, line: FakeLine):
    sound = tune(3)
    music.start(sound)
    hear(music, line, 0)
    music.playback_started(PlaybackStarted(line.played[1][0], 0.0))
    music.stop()
    assert line.stops == 1
    assert not music.playing
    music.start(sound)
    assert line.played[-1][1] == sound[PIECE_BYTES : 2 * PIECE_BYTES]


def test_news_of_flushed_pieces_starts_nothing(music: HoldMusic, line: FakeLine):
    music.start(tune(3))
    music.stop()
    music.playback_started(PlaybackStarted(line.played[0][0], 0.0))
    music.playback_finished(PlaybackFinished(line.played[0][0], 0.1, False, 0.0))
    assert len(line.played) == 1


def test_silence_plays_and_flushes_nothing(music: HoldMusic, line: FakeLine):
    music.start(b"")
    music.stop()
    assert (line.played, line.stops) == ([], 0)

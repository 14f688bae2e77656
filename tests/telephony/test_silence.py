"""When a telephone that sends nothing more is lost: seconds and counts only."""

from telephony.silence import SilenceWatch

LONG, SOON = 30.0, 8.0


def watched(*, soon: bool = True) -> SilenceWatch:
    """A telephone that has talked for ten seconds."""
    watch = SilenceWatch(LONG, 0.0)
    if soon:
        watch.sooner(SOON)
    assert not any(watch.lost(50 * second, float(second)) for second in range(1, 11))
    return watch


def lost_after(watch: SilenceWatch, packets: int, now: float) -> int:
    """Return after how many seconds without a packet it is taken for lost."""
    return next(second for second in range(1, 100) if watch.lost(packets, now + second))


def test_who_talks_with_a_person_is_missed_soon_and_others_later() -> None:
    assert lost_after(watched(), 500, 10.0) == SOON + 1
    assert lost_after(watched(soon=False), 500, 10.0) == LONG + 1


def test_sooner_is_never_later() -> None:
    watch = SilenceWatch(5.0, 0.0)
    watch.sooner(SOON)
    assert lost_after(watch, 0, 0.0) == 6


def test_a_telephone_that_has_paused_before_saves_silence() -> None:
    watch = watched()
    assert not watch.lost(500, 11.0)
    assert not watch.lost(500, 12.0)
    assert not watch.lost(501, 13.0)
    assert lost_after(watch, 501, 13.0) == LONG + 1


def test_one_lost_second_is_no_pause() -> None:
    watch = watched()
    assert not watch.lost(550, 11.7)
    assert lost_after(watch, 550, 11.7) == SOON + 1


def test_the_time_before_the_first_packet_is_no_pause() -> None:
    watch = SilenceWatch(LONG, 0.0)
    watch.sooner(SOON)
    assert not watch.lost(0, 4.0)
    assert not watch.lost(50, 5.0)
    assert lost_after(watch, 50, 5.0) == SOON + 1


def test_a_hold_is_no_silence() -> None:
    watch = watched()
    watch.begin(60.0)
    assert not watch.lost(550, 61.0)
    assert lost_after(watch, 550, 61.0) == SOON + 1

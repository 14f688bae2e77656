"""When a telephone that sends nothing more is lost: seconds and counts only."""

from collections.abc import Callable

from telephony.silence import PAUSE_S, SilenceWatch

LONG, SOON = 30.0, 8.0


def watched(*, soon: bool = True) -> SilenceWatch:
    """A telephone that has talked for ten seconds."""
    watch = SilenceWatch(LONG, 0.0)
    if soon:
        watch.sooner(SOON)
    assert not any(watch.lost(50 * second, 0, float(second)) for second in range(1, 11))
    return watch


def lost_after(
    watch: SilenceWatch,
    packets: int,
    now: float,
    reports: Callable[[int], int] = lambda _second: 0,
) -> int:
    """Return after how many seconds without a packet it is taken for lost.

    ``reports`` tells how many have come in all after so many of these seconds.
    """
    seconds = range(1, 100)
    return next(second for second in seconds if watch.lost(packets, reports(second), now + second))


def test_who_talks_with_a_person_is_missed_soon_and_others_later() -> None:
    assert lost_after(watched(), 500, 10.0) == SOON + 1
    assert lost_after(watched(soon=False), 500, 10.0) == LONG + 1


def test_sooner_is_never_later() -> None:
    watch = SilenceWatch(5.0, 0.0)
    watch.sooner(SOON)
    assert lost_after(watch, 0, 0.0) == 6


def test_a_telephone_that_has_paused_before_saves_silence() -> None:
    watch = watched()
    assert not watch.lost(500, 0, 11.0)
    assert not watch.lost(500, 0, 12.0)
    assert not watch.lost(501, 0, 13.0)
    assert lost_after(watch, 501, 13.0) == LONG + 1


def test_what_has_paused_once_saves_silence_for_the_whole_call() -> None:
    watch = watched()
    assert not watch.lost(550, 0, 10.0 + PAUSE_S)
    assert not watch.lost(600, 0, 12.5)
    assert not watch.lost(650, 0, 13.5)
    assert lost_after(watch, 650, 13.5) == LONG + 1


def test_one_lost_second_is_no_pause() -> None:
    watch = watched()
    assert not watch.lost(550, 0, 11.7)
    assert lost_after(watch, 550, 11.7) == SOON + 1


def test_the_time_before_the_first_packet_is_no_pause() -> None:
    watch = SilenceWatch(LONG, 0.0)
    watch.sooner(SOON)
    assert not watch.lost(0, 0, 4.0)
    assert not watch.lost(50, 0, 5.0)
    assert lost_after(watch, 50, 5.0) == SOON + 1


def test_a_hold_is_no_silence() -> None:
    watch = watched()
    watch.begin(60.0)
    assert not watch.lost(550, 0, 61.0)
    assert lost_after(watch, 550, 61.0) == SOON + 1


def test_a_telephone_that_reports_in_its_silence_is_borne_as_long_as_a_caller() -> None:
    assert lost_after(watched(), 500, 10.0, lambda second: second // 5) == LONG + 1
    assert lost_after(watched(soon=False), 500, 10.0, lambda second: second // 5) == LONG + 1


def test_a_report_that_left_with_the_last_packets_is_no_sign_of_life() -> None:
    assert lost_after(watched(), 500, 10.0, lambda _second: 1) == SOON + 1


def test_the_reports_of_a_telephone_that_talks_tell_nothing_of_its_silence() -> None:
    watch = watched()
    assert not any(watch.lost(500 + 50 * n, n, 10.0 + n) for n in range(1, 11))
    assert lost_after(watch, 1000, 20.0, lambda _second: 10) == SOON + 1


def test_comfort_noise_now_and_then_is_enough() -> None:
    watch = watched()
    assert not any(watch.lost(500 + n // 7, 0, 10.0 + n) for n in range(1, 300))

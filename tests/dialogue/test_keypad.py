import pytest

from dialogue.keypad import LONE_ZERO_S, PAUSE_S, RESTART, KeyPad


def keyed(keys: str, before: str = "") -> list[str | None]:
    pad = KeyPad()
    return [pad.press(key, 10.0, before) for key in keys]


@pytest.mark.parametrize("number", ["0612345678", "33612345678", "0033612345678"])
def test_a_whole_number_ends_itself(number: str) -> None:
    *before, last = keyed(number)
    assert last == number
    assert set(before) == {None}


def test_the_end_key_ends_any_number() -> None:
    assert keyed("004420#")[-1] == "004420"
    assert keyed("#") == [None]


def test_the_digits_said_before_count() -> None:
    assert keyed("345678", before="0612")[-1] == "345678"


def test_the_star_starts_again() -> None:
    assert keyed("061*")[-1] == RESTART
    pad = KeyPad()
    for key in "061*":
        pad.press(key, 10.0)
    assert pad.deadline is None


def test_a_zero_that_nothing_follows_means_a_person() -> None:
    pad = KeyPad()
    pad.press("0", 10.0)
    assert pad.deadline == 10.0 + LONE_ZERO_S
    assert pad.paused(10.0 + LONE_ZERO_S - 0.1) is None
    assert pad.paused(10.0 + LONE_ZERO_S) == "0"
    assert pad.deadline is None


def test_a_zero_that_begins_a_number_does_not() -> None:
    pad = KeyPad()
    pad.press("0", 10.0)
    pad.press("6", 12.5)
    assert pad.began_at == 10.0
    assert pad.paused(10.0 + LONE_ZERO_S) is None
    assert pad.paused(12.5 + PAUSE_S) == "06"

"""Roles, passwords, sessions and the delays of log-in: what needs no server."""

from __future__ import annotations

import asyncio
import re
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from console import loginlimits
from console.accounts import Account, AccountError, account_name, checked
from console.loginlimits import ACCOUNT, ADDRESS, FORGET_S, Growth, LoginLimits
from console.loginpages import after_login
from console.passwords import MAX_LENGTH, MAX_WAITING, BusyError, Passwords, generated, refusal
from console.roles import PERMISSIONS, ROLE_NAMES, Permission, Role, Who
from console.sessions import Session, SessionLimits, key_of, new_token

NOON = datetime(2026, 11, 21, 12, tzinfo=UTC)
LIMITS = SessionLimits(idle=timedelta(hours=2), whole=timedelta(hours=12))


def test_the_table_of_roles() -> None:
    may = {role: {str(one) for one in PERMISSIONS[role]} for role in Role}
    everybody = {"public", "machine", "mon_compte", "voir_appels", "voir_ville"}
    assert may == {
        "lecture": everybody,
        "accueil": everybody | {"voir_numeros", "traiter_appels", "essayer"},
        "editeur": everybody | {"essayer", "proposer"},
        "administrateur": {str(one) for one in Permission},
    }
    assert set(ROLE_NAMES) == set(Role)


def test_only_an_administrator_publishes_and_manages() -> None:
    for needed in (Permission.PUBLISH, Permission.MANAGE_ACCOUNTS, Permission.SEE_JOURNAL):
        assert [role for role in Role if needed in PERMISSIONS[role]] == [Role.ADMIN]


@pytest.mark.parametrize(
    ("password", "word"),
    [
        ("court", "trop court"),
        ("x" * 300, "trop long"),
        ("je-suis-Marie-et-voila", "nom du compte"),
        ("aaaaaaaaaaaaaaaa", "deviner"),
        ("abcdabcdabcdabcd", "deviner"),
        ("abcdeabcdeabcde", None),
        ("dort-au-lit", "trop court"),
        ("dort-au-lit!", None),
        ("un hibou dort" * 19 + "au grenier", "trop long"),
        ("un hibou dort" * 19 + "au grenie", None),
        ("MotDePasse2026!", "deviner"),
        ("un hibou dort au grenier", None),
    ],
)
def test_passwords_that_are_accepted(password: str, word: str | None) -> None:
    said = refusal(password, "marie")
    assert (said is None) if word is None else (said is not None and word in said)


def test_without_an_account_no_name_is_looked_for() -> None:
    assert refusal("un hibou dort au grenier", "") is None


def test_a_generated_password_is_accepted_and_never_the_same() -> None:
    made = {generated() for _ in range(50)}
    assert len(made) == 50
    assert all(re.fullmatch(r"([a-z2-9]{4}-){4}[a-z2-9]{4}", one) for one in made)
    assert all(refusal(one, "marie") is None for one in made)


async def test_a_password_matches_itself_only_however_its_accents_are_written() -> None:
    passwords = Passwords(memory_kib=8, passes=1)
    kept = await passwords.hash("château de l’été")
    assert "château" not in kept
    assert kept.startswith("$argon2id$")
    assert await passwords.verify(kept, "cha\u0302teau de l’e\u0301te\u0301")
    assert not await passwords.verify(kept, "chateau de l’ete")
    assert not await passwords.verify(None, "château de l’été")
    assert not await passwords.verify("damaged", "château de l’été")
    assert passwords.is_outdated(await Passwords(memory_kib=16, passes=1).hash("autre"))
    assert not passwords.is_outdated(kept)
    passwords.close()


async def test_the_longest_password_counts_to_its_last_character() -> None:
    passwords = Passwords(memory_kib=8, passes=1)
    longest = "é" * MAX_LENGTH
    kept = await passwords.hash(longest)
    assert await passwords.verify(kept, longest)
    assert not await passwords.verify(kept, longest[1:])
    assert not await passwords.verify(kept, f"{longest}é")
    passwords.close()


async def test_a_hash_costs_what_is_recommended_at_least() -> None:
    passwords = Passwords()
    assert (await passwords.hash("château")).startswith("$argon2id$v=19$m=19456,t=2,p=1$")
    passwords.close()


async def test_too_many_passwords_at_once_are_refused_rather_than_queued() -> None:
    passwords = Passwords(memory_kib=8, passes=1)
    results = await asyncio.gather(
        *(passwords.verify(None, "x") for _ in range(MAX_WAITING + 3)), return_exceptions=True
    )
    assert sum(isinstance(one, BusyError) for one in results) == 3
    assert not await passwords.verify(None, "x")
    passwords.close()


def test_delays_grow_and_stay_bounded() -> None:
    growth = Growth(free=3, first=2.0, longest=60.0)
    assert [growth.delay(count) for count in range(10)] == [0, 0, 0, 2, 4, 8, 16, 32, 60, 60]
    assert growth.delay(10**9) == 60


def test_an_account_is_held_longer_with_each_failure_and_free_after_a_success() -> None:
    limits, now = LoginLimits(), 0.0
    waits = []
    for number in range(12):
        address = f"192.0.2.{number}"
        wait = limits.begin("marie", address, now)
        if wait:
            waits.append(wait)
            now += wait
            assert limits.begin("marie", address, now) == 0
    assert waits == [2, 4, 8, 16, 32, 60, 60, 60, 60]
    assert limits.begin("paul", "192.0.2.99", now) == 0
    limits.succeeded("marie", "192.0.2.11")
    assert limits.begin("marie", "192.0.2.98", now) == 0


def test_one_address_may_not_try_every_account() -> None:
    limits = LoginLimits()
    free = [limits.begin(f"compte{n}", "192.0.2.1", 0.0) for n in range(ADDRESS.free)]
    assert free == [0.0] * ADDRESS.free
    assert limits.begin("encore", "192.0.2.1", 0.0) == 5.0
    assert limits.begin("encore", "192.0.2.2", 0.0) == 0
    assert limits.begin("autre", "::ffff:192.0.2.1", 0.0) > 0


def test_an_ipv6_network_counts_as_one_address() -> None:
    limits = LoginLimits()
    for n in range(ADDRESS.free):
        assert limits.begin(f"compte{n}", f"2001:db8::{n}", 0.0) == 0
    assert limits.begin("encore", "2001:db8::ffff:1", 0.0) > 0
    assert limits.begin("encore", "2001:db8::8000:0:0:1", 0.0) > 0
    assert limits.begin("encore", "2001:db8:0:1::1", 0.0) == 0


def test_a_guesser_gains_nothing_from_an_account_of_their_own() -> None:
    limits = LoginLimits()
    for n in range(ADDRESS.free):
        assert limits.begin(f"compte{n}", "192.0.2.1", 0.0) == 0
    limits.succeeded(f"compte{ADDRESS.free - 1}", "192.0.2.1")
    assert limits.begin("moi", "192.0.2.1", 0.0) == 0
    limits.succeeded("moi", "192.0.2.1")
    assert limits.begin("compte98", "192.0.2.1", 0.0) == 0
    assert limits.begin("compte99", "192.0.2.1", 0.0) > 0


def test_a_guesser_holds_nobody_out_for_long() -> None:
    limits, guess_at, late = LoginLimits(), 0.0, list[float]()
    for wanted in range(300, 7200, 300):
        enter_at = float(wanted)
        while True:
            if guess_at <= enter_at:
                wait = limits.begin("marie", "192.0.2.66", guess_at)
                guess_at += max(wait, 0.1)
                continue
            wait = limits.begin("marie", "198.51.100.7", enter_at)
            if wait == 0:
                break
            enter_at += wait
        limits.succeeded("marie", "198.51.100.7")
        late.append(enter_at - wanted)
    # Until the guesser's address is held longer than the account, a few rounds; then none.
    assert late[0] <= 4 * ACCOUNT.longest
    assert set(late[1:]) == {0.0}


def test_failures_are_forgotten_after_an_hour() -> None:
    limits, since = LoginLimits(), 50_000.0
    for _ in range(ACCOUNT.free):
        assert limits.begin("marie", "192.0.2.1", since) == 0
    assert limits.begin("marie", "192.0.2.1", since + 1.0) == 1.0
    assert limits.begin("marie", "192.0.2.1", since + FORGET_S) == 0
    assert limits.begin("marie", "192.0.2.1", since + FORGET_S) == 0


def test_of_too_many_accounts_the_one_that_failed_longest_ago_is_forgotten(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(loginlimits, "MAX_KEPT", 2)
    limits = LoginLimits()
    guessed = ["paul", "marie", "marie", "marie", "paul", "paul", "luc"]
    for number, account in enumerate(guessed):
        assert limits.begin(account, f"192.0.2.{number}", 0.0) == 0
    assert limits.begin("paul", "192.0.2.98", 0.0) > 0
    assert limits.begin("marie", "192.0.2.99", 0.0) == 0


@given(st.lists(st.tuples(st.sampled_from("abc"), st.floats(0, 100)), max_size=40))
def test_no_door_is_ever_locked_for_good(tries: list[tuple[str, float]]) -> None:
    limits, now = LoginLimits(), 0.0
    for account, pause in tries:
        now += pause
        assert 0 <= limits.begin(account, "192.0.2.1", now) <= ADDRESS.longest
    assert limits.begin("a", "192.0.2.1", now + ADDRESS.longest) == 0


def test_where_no_address_is_known_all_share_a_short_delay() -> None:
    limits = LoginLimits()
    waits = [limits.begin(f"compte{n}", "127.0.0.1", 0.0) for n in range(30)]
    assert waits[:20] == [0.0] * 20
    assert max(waits) == 1.0
    now, waits = 0.0, []
    for number in range(16):
        waits.append(limits.begin(f"encore{number}", "127.0.0.1", now))
        now += waits[-1]
    assert [wait for wait in waits if wait] == [1.0, 2.0, 4.0, 5.0, 5.0, 5.0, 5.0, 5.0]


def test_a_session_ends_unused_or_old() -> None:
    account = Account("marie", "Marie Dupont", Role.RECEPTION)

    def over(started: float, used: float) -> bool:
        session = Session(
            "k", account, NOON - timedelta(hours=started), NOON - timedelta(hours=used)
        )
        return session.is_over(NOON, LIMITS)

    assert not over(11.9, 0)
    assert not over(2, 1.9)
    assert over(2, 2)
    assert over(12, 0)


def test_a_use_is_written_down_once_a_minute_at_most() -> None:
    session = Session("k", Account("marie", "Marie", Role.RECEPTION), NOON, NOON)
    assert not session.to_touch(NOON + timedelta(seconds=59.9))
    assert session.to_touch(NOON + timedelta(seconds=60))


def test_only_the_hash_of_a_token_is_kept() -> None:
    token, other = new_token(), new_token()
    assert len(token) >= 43
    assert token != other
    assert token not in key_of(token)
    assert key_of(token) == key_of(token) != key_of(other)
    assert len(key_of(token)) == len(key_of("x" * 100)) == 64
    assert key_of("") == key_of("x" * 101) == key_of("é") == ""


@pytest.mark.parametrize("name", ["Marie", "m", "marie dupont", "-marie", "é", "x" * 33, "a\n", ""])
def test_names_that_no_account_can_have(name: str) -> None:
    with pytest.raises(AccountError, match="nom de compte"):
        checked(Account(name, "Marie", Role.READER))


@pytest.mark.parametrize("shown", ["", "  ", "x" * 61, "Marie\nDupont", "Marie\x1b[31m"])
def test_shown_names_that_no_account_can_have(shown: str) -> None:
    with pytest.raises(AccountError, match="affiché"):
        checked(Account("marie", shown, Role.READER))


def test_a_name_is_typed_freely_at_log_in() -> None:
    assert account_name("  Marie.Dupont ") == "marie.dupont"


@pytest.mark.parametrize(
    ("wanted", "where"),
    [
        ("/accueil?appel=c1", "/accueil?appel=c1"),
        ("/", "/"),
        ("", "/"),
        ("//pirate.example", "/"),
        ("/\\pirate.example", "/"),
        ("https://pirate.example", "/"),
        ("javascript:alert(1)", "/"),
        ("/a\r\nSet-Cookie: x=1", "/"),
        ("/\t/pirate.example", "/"),
        ("/connexion?suite=/", "/"),
    ],
)
def test_log_in_leads_to_addresses_of_ours_only(wanted: str, where: str) -> None:
    assert after_login(wanted, Who("marie", "Marie", Role.ADMIN)) == where


def test_reception_begins_at_its_own_page() -> None:
    assert after_login("", Who("marie", "Marie", Role.RECEPTION)) == "/accueil"

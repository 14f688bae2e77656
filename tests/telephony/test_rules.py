"""The rules of the telephone that need no telephone."""

from __future__ import annotations

import array
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from callbot.line import worker_options
from callbot.paths import Paths
from callbot.settings import Settings
from common.wire import encode
from telephony import edge
from telephony import protocol as tp
from telephony.corelink import CoreLink
from telephony.dialling import OwnAddresses, dial_error, identity, sip_target
from telephony.edge import EdgeOptions
from telephony.options import Registration, Trust
from telephony.phone import silent_tail_s
from telephony.transfer import Outcome, Progress, TransferState, is_target
from telephony.worker import header, uri_user

URI_LETTERS = 'aZ19.-_@;=<>\r\n" \t\0\\?'
CALLER_TEXT = st.text('aZ1+*#._-<>@;" \r\n\0\u2028\x85é', max_size=40)
"""Letters that are accepted beside those that part things: any others refuse a text by chance."""


@pytest.mark.parametrize(
    "uri",
    [
        "sip:urbanisme@192.168.1.10",
        "sips:accueil@pbx.valbrune.fr:5061;transport=tls",
        "sip:192.168.1.10",
        "sip:poste%20600@[2001:db8::1]:5060",
        "tel:+33123456789",
    ],
)
def test_addresses_that_a_transfer_may_name(uri):
    assert is_target(uri)


@pytest.mark.parametrize(
    "uri",
    [
        "",
        "accueil",
        "http://valbrune.fr",
        "sip:",
        "sip:a@b c",
        "sip:a@b\r\nX: y",
        "sip:a@b>",
        "<sip:a@b>",
        "sip:a@b?Replaces=x",
        'sip:a@b"',
        "sip:" + "a" * 300 + "@b",
    ],
)
def test_addresses_that_it_may_not(uri):
    assert not is_target(uri)


@given(st.text(URI_LETTERS, max_size=60))
def test_no_text_smuggles_a_delimiter_into_a_transfer(text):
    uri = f"sip:{text}@pbx"
    if is_target(uri):
        assert not set(uri) & set('<>\r\n" \t\0\\')


def test_a_transfer_tells_each_step_once_and_its_outcome_once():
    state = TransferState(deadline=30.0)
    assert state.answered(202, "Accepted") is None
    assert state.notified(180, "Ringing", final=False) == Progress(180)
    assert state.notified(180, "Ringing", final=False) is None
    assert state.tick(29.0) is None
    assert state.notified(200, "OK", final=True) == Outcome(True, 200, "OK")
    assert state.notified(200, "OK", final=True) is None
    assert state.tick(31.0) is None
    assert state.leg_ended() is None


def test_a_transfer_whose_last_word_is_provisional_has_failed():
    state = TransferState(deadline=30.0)
    state.answered(202, "Accepted")
    outcome = state.notified(180, "Ringing", final=True)
    assert isinstance(outcome, Outcome) and (outcome.ok, outcome.code) == (False, 480)


def test_a_caller_who_leaves_before_the_peer_accepted_was_not_transferred():
    outcome = TransferState(deadline=30.0).leg_ended()
    assert outcome is not None and not outcome.ok


@pytest.mark.parametrize(
    ("value", "user"),
    [
        ('"Mairie" <sip:+33123456789@pbx;user=phone>;tag=1', "+33123456789"),
        ("sip:0612345678@192.168.1.1", "0612345678"),
        ("<sip:192.168.1.1>", ""),
        ("<tel:+33612345678>", "+33612345678"),
        ("<sip:a:secret@b>", "a"),
        ("Anonymous <sip:anonymous@anonymous.invalid>", "anonymous"),
        ("", ""),
    ],
)
def test_the_user_part_of_an_address(value, user):
    assert uri_user(value) == user


def test_a_header_is_found_in_its_long_and_short_form_but_not_in_the_body():
    message = "INVITE sip:a SIP/2.0\r\nf: <sip:b@c>\r\nTo : <sip:d@e>\r\n\r\nX: y"
    assert header(message, "From", "f") == "<sip:b@c>"
    assert header(message, "To", "t") == "<sip:d@e>"
    assert header(message, "X", "x") == ""


def test_trust_is_by_address():
    trust = Trust(("127.0.0.0/8", "192.168.1.10", "2001:db8::/32"))
    assert trust.accepts("127.0.0.3:5060")
    assert trust.accepts("192.168.1.10")
    assert trust.accepts("[2001:db8::5]:5060")
    assert not trust.accepts("192.168.1.11:5060")
    assert not trust.accepts("n'importe quoi")


def test_a_password_shows_in_no_log():
    registration = Registration(registrar="pbx", user="600", password="très secret")
    assert "secret" not in repr(registration)


def test_the_silent_end_of_what_a_caller_says_is_not_speech():
    speech = array.array("h", [8000, -8000] * 800).tobytes()
    assert silent_tail_s(speech + bytes(640)) == pytest.approx(0.02)
    assert silent_tail_s(speech) == 0.0
    assert silent_tail_s(b"") == 0.0


def test_events_without_a_core_are_dropped_and_contact_is_retried_later(tmp_path):
    link = CoreLink(tmp_path / "nobody.sock", tp.Hello(worker=1, pid=1, lines=4))
    assert link.poll(0.0) == []
    link.send(tp.Held(call="a", held=True, at=0.0))
    assert not link.connected
    with _listening(tmp_path / "nobody.sock") as server:
        link.poll(0.1)
        assert not link.connected
        link.poll(0.3)
        assert link.connected
        link.flush()
        peer, _ = server.accept()
        with peer:
            assert peer.recv(1000) == encode(tp.Hello(worker=1, pid=1, lines=4))
            peer.sendall(encode(tp.Answer(call="a"))[:5])
            assert link.poll(0.4) == []
            peer.sendall(encode(tp.Answer(call="a"))[5:])
            assert link.poll(0.5) == [tp.Answer(call="a")]
            peer.sendall(b"\xff" * 8)
            assert link.poll(0.6) == []
            assert not link.connected
    link.close()


def _listening(path: Path):
    import socket

    server = socket.socket(socket.AF_UNIX)
    server.bind(str(path))
    server.listen()
    return server


def test_what_is_no_address_never_reaches_the_edge_configuration(tmp_path):
    for wrong in (
        {"addresses": ("localhost; }",)},
        {"trusted": ("partout",)},
        {"overflow": 'sip:a@b"; exit;'},
        {"registrar": 'pbx"'},
    ):
        with pytest.raises(ValueError):
            edge.configuration(EdgeOptions(tmp_path, (5071,), **wrong))


def test_each_worker_is_listed_by_load_and_in_turn(tmp_path):
    lines = edge.dispatcher_list(EdgeOptions(tmp_path, (5071, 5072), lines_per_worker=3))
    assert lines.splitlines() == [
        "1 sip:127.0.0.1:5071 0 0 duid=w1;maxload=3",
        "1 sip:127.0.0.1:5072 0 0 duid=w2;maxload=3",
        "2 sip:127.0.0.1:5071 0",
        "2 sip:127.0.0.1:5072 0",
    ]


def test_only_a_worker_on_its_own_listens_to_the_world(tmp_path):
    settings = Settings.model_validate(
        {"telephonie": {"adresse": "192.168.1.20", "pairs_autorises": ["192.168.1.10"]}}
    )
    paths = Paths(tmp_path, tmp_path)
    behind = worker_options(settings, paths, 2, direct=False)
    assert (behind.host, behind.port, behind.tcp) == ("127.0.0.1", 5072, False)
    assert Trust(behind.trusted).accepts("192.168.1.20:5060")
    assert not Trust(behind.trusted).accepts("192.168.1.10:5060")
    alone = worker_options(settings, paths, 1, direct=True)
    assert (alone.host, alone.port, alone.tcp) == ("192.168.1.20", 5060, True)
    assert Trust(alone.trusted).accepts("192.168.1.10:5060")
    assert behind.outbound == "sip:192.168.1.20:5060"
    assert alone.outbound == ""
    for options in (behind, alone):
        own = OwnAddresses(options.own_addresses)
        assert own.include("sip:600@192.168.1.20")
        assert own.include("sip:600@127.0.0.1:5073")
        assert not own.include("sip:600@192.168.1.10")


def test_one_worker_registers_and_all_place_calls_as_that_extension(tmp_path, monkeypatch):
    monkeypatch.setenv("MOT_DE_PASSE", "secret")
    extension = {
        "registrar": "sip:192.168.1.10",
        "utilisateur": "600",
        "mot_de_passe_variable": "MOT_DE_PASSE",
    }
    settings = Settings.model_validate({"telephonie": {"enregistrement": extension}})
    first, second = (
        worker_options(settings, Paths(tmp_path, tmp_path), number, direct=False).registration
        for number in (1, 2)
    )
    assert first is not None and second is not None
    assert (first.register, second.register) == (True, False)
    assert (second.user, second.password) == ("600", "secret")


@pytest.mark.parametrize(
    ("own", "uri", "included"),
    [
        ("192.168.1.20:5060", "sip:x@192.168.1.20", True),
        ("192.168.1.20:5060", "sip:192.168.1.20:5060;transport=tcp", True),
        ("192.168.1.20:5060", "sip:x@192.168.1.20:5062", False),
        ("192.168.1.20:5061", "sips:x@192.168.1.20", True),
        ("127.0.0.1:5071", "sip:x@LOCALHOST:5071", True),
        ("[2001:db8::1]:5060", "sip:x@[2001:0db8::1]", True),
        ("box.valbrune.fr:5060", "sip:x@box.valbrune.fr.", True),
        ("0.0.0.0:5060", "sip:x@127.0.0.1", True),
        ("0.0.0.0:5060", "sip:x@192.0.2.1", False),
        ("0.0.0.0:5060", "sip:x@pbx", False),
        ("127.0.0.1:5060", "tel:+33123456789", False),
    ],
)
def test_an_address_that_leads_back_to_the_box(own, uri, included):
    assert OwnAddresses([own]).include(uri) is included


def test_a_number_is_dialled_at_the_pbx_and_nowhere_else():
    assert sip_target("sip:a@b", "") == "sip:a@b"
    assert sip_target("tel:+33-1.23(45)#;ext=1", "pbx:5070") == (
        "sip:+3312345%23@pbx:5070;user=phone"
    )
    with pytest.raises(ValueError):
        sip_target("tel:+33123", "")


def test_who_the_called_phone_sees():
    assert identity("sip:600@pbx", "", "") == "<sip:600@pbx>"
    assert identity("sip:600@pbx", "#31#06", 'M. "X" \\') == (
        '"M. \\"X\\" \\\\" <sip:%2331%2306@pbx>'
    )


@given(CALLER_TEXT, CALLER_TEXT, CALLER_TEXT)
def test_no_text_smuggles_a_line_into_an_outgoing_call(caller, display, value):
    if not dial_error("sip:a@b", caller, display, {"X-A": value}):
        assert not set(caller + display + value) & set("\r\n\0\u2028\x85")
        assert not set(caller) & set('<>@;" ')


@pytest.mark.parametrize("name", ["X-Callbot-Motif", "x-a", "User-to-User"])
def test_headers_that_a_call_may_carry(name):
    assert not dial_error("sip:a@b", "", "", {name: "Passeport « élu »"})


@pytest.mark.parametrize("name", ["Route", "X-", "X-A:", "X-A B", "Replaces", "X-é", "From"])
def test_headers_that_it_may_not(name):
    assert dial_error("sip:a@b", "", "", {name: "a"})
    assert dial_error("sip:a@b", "", "", {f"X-{n}": "a" for n in range(17)})

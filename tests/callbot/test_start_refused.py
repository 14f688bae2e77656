"""What is found before anything is started."""

import multiprocessing
import multiprocessing.synchronize
import os
import socket
from pathlib import Path

import pytest

from callbot.supervision.lock import AlreadyServingError, single_instance
from callbot.supervision.ports import PortUse, Transport, busy_ports


def use(port: int, transport: Transport, address: str = "127.0.0.1") -> PortUse:
    return PortUse(address, port, transport, "le téléphone", "telephonie.port")


@pytest.mark.parametrize("transport", ["UDP", "TCP"])
def test_a_busy_port_names_its_holder_and_the_mend(transport: Transport) -> None:
    kind = socket.SOCK_DGRAM if transport == "UDP" else socket.SOCK_STREAM
    with socket.socket(socket.AF_INET, kind) as taken:
        taken.bind(("127.0.0.1", 0))
        if transport == "TCP":
            taken.listen()
        port = taken.getsockname()[1]
        (sentence,) = busy_ports([use(port, transport)])
    assert f"Le port {port} en {transport} (le téléphone) est déjà pris" in sentence
    assert f"(processus {os.getpid()})" in sentence
    assert "« telephonie.port » dans config/callbot.yml" in sentence
    assert busy_ports([use(port, transport)]) == []


def test_a_port_that_was_just_released_is_free() -> None:
    """A TCP connection that has ended leaves its port in TIME_WAIT."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
        client = socket.create_connection(("127.0.0.1", port))
        accepted, _ = server.accept()
        accepted.close()
        client.close()
    assert busy_ports([use(port, "TCP")]) == []


def test_an_address_of_another_machine_is_named() -> None:
    (sentence,) = busy_ports([use(24901, "UDP", "192.0.2.7")])
    assert "192.0.2.7" in sentence
    assert "« telephonie.adresse »" in sentence


def _hold(path: Path, held: multiprocessing.synchronize.Event) -> None:
    with single_instance(path):
        held.set()
        multiprocessing.Event().wait(60)


def test_two_servers_on_one_folder_are_refused_until_the_first_is_dead(tmp_path: Path) -> None:
    context = multiprocessing.get_context("spawn")
    path, held = tmp_path / "var" / "run" / "serve.lock", context.Event()
    first = context.Process(target=_hold, args=(path, held))
    first.start()
    assert held.wait(30)
    for _ in range(2):  # a refused attempt must not disturb what the next one reads
        refused = pytest.raises(AlreadyServingError, match=rf"processus {first.pid}\)")
        with refused, single_instance(path):
            pass
    first.kill()
    first.join()
    with single_instance(path):
        assert path.read_text() == str(os.getpid())

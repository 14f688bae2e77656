"""Debian packages: services kept from starting, and what is said without root."""

import io
import os
from pathlib import Path

import pytest

from callbot.setup.debian import (
    AptStatus,
    DebianStep,
    Package,
    mask_service,
    no_service_starts,
)
from callbot.setup.screen import Screen
from callbot.setup.steps import Place

MISSING = Package(
    "kamailio", "no-such-program-anywhere", "quatre appels à la fois", service="kamailio.service"
)


@pytest.fixture
def system(tmp_path: Path) -> Path:
    for folder in ("usr/sbin", "etc/systemd/system"):
        (tmp_path / folder).mkdir(parents=True)
    return tmp_path


def test_the_guard_refuses_services_and_goes_away(system: Path) -> None:
    policy = system / "usr/sbin/policy-rc.d"
    with no_service_starts(system):
        assert os.access(policy, os.X_OK)
        assert "exit 101" in policy.read_text()
    assert not policy.exists()


def test_the_guard_goes_away_when_the_installation_fails(system: Path) -> None:
    with pytest.raises(RuntimeError), no_service_starts(system):
        raise RuntimeError
    assert not (system / "usr/sbin/policy-rc.d").exists()


def test_an_existing_policy_stays_as_it_is(system: Path) -> None:
    policy = system / "usr/sbin/policy-rc.d"
    policy.write_text("#!/bin/sh\nexit 0\n")
    policy.chmod(0o700)
    with no_service_starts(system):
        assert policy.read_text() == "#!/bin/sh\nexit 0\n"
    assert policy.read_text() == "#!/bin/sh\nexit 0\n"
    assert policy.stat().st_mode & 0o777 == 0o700


def test_the_guard_of_an_interrupted_run_is_taken_away_by_the_next(system: Path) -> None:
    abandoned = no_service_starts(system)
    abandoned.__enter__()
    policy = system / "usr/sbin/policy-rc.d"
    left_behind = policy.read_text()
    abandoned.__exit__(None, None, None)
    policy.write_text(left_behind)
    with no_service_starts(system):
        assert policy.exists()
    assert not policy.exists()


def test_masking_precedes_the_package_and_respects_the_administrator(system: Path) -> None:
    link = system / "etc/systemd/system/kamailio.service"
    mask_service("kamailio.service", system)
    mask_service("kamailio.service", system)
    assert link.readlink() == Path("/dev/null")
    link.unlink()
    link.write_text("[Service]\n")
    mask_service("kamailio.service", system)
    assert link.read_text() == "[Service]\n"


def test_without_root_the_exact_command_is_named_and_the_rest_goes_on(
    place: Place, screen: Screen, output: io.StringIO
) -> None:
    step = DebianStep(place, [MISSING], is_root=False)
    assert not step.is_done()
    step.run(screen)
    said = output.getvalue()
    assert "quatre appels à la fois" in said
    assert (
        "sudo systemctl mask kamailio.service && "
        "sudo apt-get install --no-install-recommends kamailio" in said
    )


def test_apt_reports_fetching_then_installing() -> None:
    read, write = os.pipe()
    os.set_blocking(read, False)
    status = AptStatus(read)
    try:
        assert status.percent() == 0
        os.write(write, b"dlstatus:1:50.0:Retrieving file 1 of 2\n")
        assert status.percent() == 25
        os.write(write, b"pmstatus:kamailio:50.0000:Unpacking\npmstatus:kama")
        assert status.percent() == 75
        os.write(write, b"ilio:100.0:Done\nmedia-change: garbage\n")
        assert status.percent() == 100
    finally:
        os.close(read)
        os.close(write)

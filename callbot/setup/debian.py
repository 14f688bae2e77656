"""Debian packages: what is needed, what is missing, and installing it without side effects."""

import os
import shutil
import subprocess
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from callbot.setup.screen import Screen
from callbot.setup.steps import Place, SetupError, Step
from callbot.setup.tools import run_tool

_MIB = 1024**2
_SYSTEM_FOLDERS = ("/usr/local/sbin", "/usr/local/bin", "/usr/sbin", "/usr/bin", "/sbin", "/bin")
_GUARD_MARK = "# Posé par l'installation du callbot, retiré à la fin."


@dataclass(frozen=True)
class Package:
    """A Debian package, what shows that it is there, and what is lost without it."""

    name: str
    shown_by: str
    """A program, or the full path of a file."""
    without: str
    service: str | None = None
    """The systemd unit that the package would start by itself."""

    def is_installed(self) -> bool:
        """Return whether what it brings is there."""
        if self.shown_by.startswith("/"):
            return Path(self.shown_by).exists()
        return find_program(self.shown_by) is not None


RUN_PACKAGES = (
    Package(
        "kamailio",
        "kamailio",
        "sans Kamailio, le callbot tient quatre appels à la fois au lieu de seize",
        service="kamailio.service",
    ),
    # Kamailio looks up "tcp" there; a full Debian has it, a container image has not.
    Package("netbase", "/etc/protocols", "sans lui, Kamailio règle mal ses connexions TCP"),
)
TEST_PACKAGES = (
    *RUN_PACKAGES,
    Package("sip-tester", "sipp", "sans sipp, les essais de charge téléphonique sont sautés"),
    Package(
        "baresip-core", "baresip", "sans baresip, les essais avec un autre téléphone sont sautés"
    ),
    Package("chromium", "chromium", "sans Chromium, les essais des pages de l’accueil sont sautés"),
    Package(
        "kannel",
        "bearerbox",
        "sans Kannel, les essais avec une vraie passerelle de SMS sont sautés",
        service="kannel.service",
    ),
    Package(
        "kannel-extras",
        "/usr/lib/kannel/test/fakesmsc",
        "sans kannel-extras, les essais avec une vraie passerelle de SMS sont sautés",
    ),
    Package(
        "gammu-smsd",
        "gammu-smsd",
        "sans gammu-smsd, les essais avec un modem factice sont sautés",
        service="gammu-smsd.service",
    ),
    Package(
        "slapd",
        "slapd",
        "sans slapd, les essais de connexion par un vrai annuaire sont sautés",
        service="slapd.service",
    ),
    Package("openssl", "openssl", "sans openssl, les essais de connexions chiffrées sont sautés"),
)


def find_program(name: str) -> str | None:
    """Return the path of a program; the system's own folders count even when not on PATH."""
    path = os.pathsep.join((os.environ.get("PATH", ""), *_SYSTEM_FOLDERS))
    return shutil.which(name, path=path)


class DebianStep(Step):
    """Installs the packages when root; otherwise names what is missing and lets the rest go on."""

    name = "Paquets Debian"

    def __init__(
        self,
        place: Place,
        packages: Sequence[Package],
        *,
        is_root: bool | None = None,
        system: Path = Path("/"),
    ) -> None:
        self._packages = packages
        self._is_root = os.geteuid() == 0 if is_root is None else is_root
        self._system = system
        self._log = place.log
        self.disk_bytes = 0 if self.is_done() else 100 * _MIB

    def missing(self) -> list[Package]:
        """Return what is not installed yet."""
        return [package for package in self._packages if not package.is_installed()]

    def is_done(self) -> bool:
        return not self.missing()

    def run(self, screen: Screen) -> None:
        missing = self.missing()
        if not self._is_root or shutil.which("apt-get") is None:
            self._explain(missing, screen)
            return
        for package in missing:
            if package.service:
                mask_service(package.service, self._system)
        with no_service_starts(self._system):
            self._apt([], ["update"], "Liste des paquets", screen, required=False)
            names = [package.name for package in missing]
            options = ["-y", "--no-install-recommends", "-o", "DPkg::Lock::Timeout=300"]
            self._apt(options, ["install", *names], "Installation", screen, required=True)
        for package in missing:
            if package.service:
                disable_at_boot(package.service.removesuffix(".service"))

    def _explain(self, missing: Sequence[Package], screen: Screen) -> None:
        commands = [f"sudo systemctl mask {p.service}" for p in missing if p.service]
        names = " ".join(package.name for package in missing)
        commands.append(f"sudo apt-get install --no-install-recommends {names}")
        screen.warn("Il faut être administrateur pour installer des paquets Debian.")
        for package in missing:
            screen.warn(f"Il manque {package.name} : {package.without}.")
        screen.warn(f"Pour l’installer : {' && '.join(commands)}")

    def _apt(
        self,
        options: Sequence[str],
        action: Sequence[str],
        label: str,
        screen: Screen,
        *,
        required: bool,
    ) -> None:
        status_read, status_write = os.pipe()
        os.set_blocking(status_read, False)
        status = AptStatus(status_read)
        command = ["apt-get", *options, "-o", f"APT::Status-Fd={status_write}", *action]
        failure = SetupError(
            "Les paquets Debian n’ont pas pu être installés.",
            f"Essayez « {' '.join(['apt-get', *action])} » à la main pour voir la cause, puis"
            f" relancez. Détails dans « {self._log} ».",
        )
        try:
            run_tool(
                command,
                screen=screen,
                label=label,
                log=self._log,
                env={"DEBIAN_FRONTEND": "noninteractive", "LC_ALL": "C.UTF-8"},
                failure=failure,
                measure=status.percent,
                pass_fds=(status_write,),
            )
        except SetupError:
            # An old package list is enough for the packages of a stable release.
            if required:
                raise
        finally:
            os.close(status_read)
            os.close(status_write)


class AptStatus:
    """How far apt has come, from the lines that it writes on its status descriptor."""

    def __init__(self, descriptor: int) -> None:
        self._descriptor = descriptor
        self._rest = b""
        self._percent = 0.0

    def percent(self) -> float:
        """Return 0 to 100: fetching is the first half, unpacking and configuring the second."""
        try:
            while data := os.read(self._descriptor, 65536):
                self._rest += data
        except BlockingIOError:
            pass
        *lines, self._rest = self._rest.split(b"\n")
        for line in lines:
            self._take(line.decode(errors="replace"))
        return self._percent

    def _take(self, line: str) -> None:
        kind, _, rest = line.partition(":")
        fields = rest.split(":")
        if kind not in ("dlstatus", "pmstatus") or len(fields) < 2:
            return
        try:
            share = float(fields[1]) / 2
        except ValueError:
            return
        self._percent = share if kind == "dlstatus" else 50 + share


def mask_service(unit: str, system: Path = Path("/")) -> None:
    """Keep systemd from ever starting `unit`, before its package is even there.

    A unit file that the administrator has put in place is left alone.
    """
    folder = system / "etc/systemd/system"
    link = folder / unit
    if not folder.is_dir() or link.exists() or link.is_symlink():
        return
    link.symlink_to("/dev/null")


@contextmanager
def no_service_starts(system: Path = Path("/")) -> Iterator[None]:
    """Keep packages from starting services while they are installed.

    An existing policy of the administrator is neither replaced nor removed; one that an
    interrupted set-up left behind is taken over.
    """
    policy = system / "usr/sbin/policy-rc.d"
    ours = _is_ours(policy)
    if not ours and not policy.exists() and policy.parent.is_dir():
        policy.write_text(f"#!/bin/sh\n{_GUARD_MARK}\nexit 101\n")
        policy.chmod(0o755)
        ours = True
    try:
        yield
    finally:
        if ours:
            policy.unlink(missing_ok=True)


def _is_ours(policy: Path) -> bool:
    try:
        return _GUARD_MARK in policy.read_text(errors="replace")
    except OSError:
        return False


def systemd_runs() -> bool:
    """Return whether systemd manages this machine."""
    return Path("/run/systemd/system").is_dir()


def disable_at_boot(name: str) -> None:
    """Keep a service script from being started at boot where systemd does not run."""
    if systemd_runs() or not Path("/etc/init.d", name).exists():
        return
    subprocess.run(["update-rc.d", name, "disable"], capture_output=True, check=False)

"""Where the box keeps its files."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

CONFIG_VARIABLE = "CALLBOT_CONFIG"
VAR_VARIABLE = "CALLBOT_VAR"
EDITED_VARIABLE = "CALLBOT_EDITION"

MAX_SOCKET_PATH = 107
"""Bytes. Linux refuses to bind a Unix socket to a longer path."""

_PROJECT = Path(__file__).resolve().parent.parent


@dataclass(frozen=True)
class Paths:
    """The two folders of a box, and what lies in them; all absolute."""

    config: Path
    """YAML that people edit, or the published copy of it that is served."""
    var: Path
    """Everything built or kept."""
    edited: Path | None = None
    """YAML that people edit, where ``config`` is a copy."""

    @classmethod
    def choose(
        cls,
        config: str | Path | None = None,
        var: str | Path | None = None,
        environ: Mapping[str, str] = os.environ,
    ) -> Paths:
        """Take each folder from its argument, else the environment, else the project."""
        edited = None if config else environ.get(EDITED_VARIABLE)
        return cls(
            _absolute(config or environ.get(CONFIG_VARIABLE) or _PROJECT / "config"),
            _absolute(var or environ.get(VAR_VARIABLE) or _PROJECT / "var"),
            _absolute(edited) if edited else None,
        )

    def environment(self) -> dict[str, str]:
        """Return the variables that make a child process choose the same folders."""
        return {
            CONFIG_VARIABLE: str(self.config),
            VAR_VARIABLE: str(self.var),
            EDITED_VARIABLE: str(self.edited or ""),
        }

    @property
    def workshop(self) -> Paths:
        """The same box, with the YAML that people edit."""
        return Paths(self.edited or self.config, self.var)

    @property
    def settings_file(self) -> Path:
        return self.config / "callbot.yml"

    @property
    def town(self) -> Path:
        return self.config / "ville"

    @property
    def reception_file(self) -> Path:
        """Staff, queues and call-backs; a town may do without."""
        return self.config / "accueil.yml"

    @property
    def intents(self) -> Path:
        return self.config / "intents"

    @property
    def conversations(self) -> Path:
        """Golden conversations; a town may do without."""
        return self.config / "conversations"

    @property
    def run(self) -> Path:
        """Sockets, generated configuration, lock and state; worthless once stopped."""
        return self.var / "run"

    @property
    def lines_socket(self) -> Path:
        return self.run / "lines.sock"

    @property
    def asr_socket(self) -> Path:
        return self.run / "asr.sock"

    @property
    def tts_socket(self) -> Path:
        return self.run / "tts.sock"

    @property
    def lock_file(self) -> Path:
        return self.run / "serve.lock"

    @property
    def console_token(self) -> Path:
        """What lets programs of this machine read the console, while it runs."""
        return self.run / "console.jeton"

    @property
    def state_file(self) -> Path:
        """What the supervisor knows of its processes, as JSON."""
        return self.run / "etat.json"

    @property
    def models(self) -> Path:
        return self.var / "models"

    @property
    def voices(self) -> Path:
        return self.var / "voices"

    @property
    def prompts(self) -> Path:
        """The prompt store of the speech process."""
        return self.var / "prompts"

    @property
    def vectors(self) -> Path:
        """What the knowledge means, as numbers; made again when it is missing."""
        return self.var / "vecteurs"

    @property
    def parsed(self) -> Path:
        """YAML that was read before; made again when it is missing."""
        return self.var / "yaml"

    @property
    def versions(self) -> Path:
        """What was published, as immutable folders."""
        return self.var / "versions"

    @property
    def drafts(self) -> Path:
        """Changes that were saved and not yet published."""
        return self.var / "brouillons"

    @property
    def served_file(self) -> Path:
        """What the core serves, as JSON."""
        return self.run / "en_service.json"

    @property
    def rasa(self) -> Path:
        """Compiled training data and trained models."""
        return self.var / "rasa"

    @property
    def recordings(self) -> Path:
        """What callers said, where the town keeps it."""
        return self.var / "enregistrements"

    @property
    def messages(self) -> Path:
        """What residents left after the tone, where the town wants it."""
        return self.var / "messages"

    @property
    def outbox(self) -> Path:
        """Text messages on their way."""
        return self.var / "sms.sqlite3"

    @property
    def sms_file(self) -> Path:
        """Gateways and limits of text messages; a town may do without."""
        return self.config / "sms.yml"

    @property
    def sms_templates(self) -> Path:
        return self.config / "sms"

    @property
    def store(self) -> Path:
        return self.var / "callbot.sqlite3"

    @property
    def accounts(self) -> Path:
        """Accounts, sessions and the journal of the console."""
        return self.var / "comptes.sqlite3"

    @property
    def waiting(self) -> Path:
        """Queue, call-backs and presence."""
        return self.var / "attente.sqlite3"


def _absolute(path: str | Path) -> Path:
    return Path(path).expanduser().absolute()

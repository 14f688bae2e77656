"""When a process that died is started again. Pure: durations are passed in."""

from __future__ import annotations

from dataclasses import dataclass

BAD_CONFIGURATION = 78
"""Exit code (EX_CONFIG) of a process that a restart cannot mend."""


@dataclass(frozen=True)
class RestartSettings:
    """Durations in seconds."""

    first_delay_s: float = 0.5
    longest_delay_s: float = 30.0
    jitter: float = 0.25
    """Share of the delay that chance adds or takes away."""
    stable_after_s: float = 60.0
    """A process that was ready and lived this long starts from the first delay again."""
    attempts_at_start: int = 3
    """Failed starts in a row before a process that was never ready is given up."""


@dataclass(frozen=True)
class Restart:
    """Start again after ``delay_s`` seconds."""

    delay_s: float


@dataclass(frozen=True)
class GiveUp:
    """Starting again will not help."""


class RestartPolicy:
    """Decides for one process."""

    def __init__(self, settings: RestartSettings) -> None:
        self._settings = settings
        self._failures = 0
        self._was_ready = False

    def exited(
        self, *, ready: bool, lived_s: float, code: int | None, chance: float
    ) -> Restart | GiveUp:
        """Decide after an exit.

        ``ready`` says whether the process was ready in this life, ``lived_s`` how long that life
        was, ``code`` is its exit code (None: it never started or was killed while starting),
        ``chance`` is uniform in [0, 1).
        """
        settings = self._settings
        self._was_ready = self._was_ready or ready
        if ready and lived_s >= settings.stable_after_s:
            self._failures = 0
        self._failures += 1
        hopeless = code == BAD_CONFIGURATION or self._failures >= settings.attempts_at_start
        if hopeless and not self._was_ready:
            return GiveUp()
        # The exponent is bounded: 2.0 ** 1100 would overflow after a night of crashes.
        doubled = settings.first_delay_s * 2.0 ** min(self._failures - 1, 16)
        delay = min(settings.longest_delay_s, doubled)
        return Restart(delay * (1 + settings.jitter * (2 * chance - 1)))

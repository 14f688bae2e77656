"""What is rendered next: a pure queue, with the time passed in."""

from __future__ import annotations

from concurrent.futures import Future
from dataclasses import dataclass, field
from enum import IntEnum


class Urgency(IntEnum):
    """Smaller goes first."""

    LIVE = 0
    """A caller waits."""
    AHEAD = 1
    """Start-up waits."""
    IDLE = 2
    """Nobody waits."""


@dataclass(frozen=True)
class Rendered:
    """One rendered sentence."""

    pcm: bytes
    compute_s: float


@dataclass(eq=False)
class Job:
    """One sentence to render; whoever waits for it shares ``result``."""

    key: str
    spoken: str
    pace: float
    urgency: Urgency
    keep: bool
    order: int
    due: float = 0.0
    """When the first caller who waits for it falls silent otherwise."""
    running: bool = False
    waiting: int = 0
    """Callers that wait; when all have gone, a queued LIVE job is dropped."""
    result: Future[Rendered] = field(default_factory=Future)


class RenderQueue:
    """Each sentence is in the queue once, at the highest urgency asked for. Not thread-safe."""

    def __init__(self, idle_after_s: float) -> None:
        """IDLE jobs start when nobody has been spoken to for ``idle_after_s`` seconds."""
        self._idle_after_s = idle_after_s
        self._last_spoken = float("-inf")
        self._jobs: dict[str, Job] = {}
        self._count = 0

    def spoken(self, now: float) -> None:
        """Somebody is spoken to, be it from the store."""
        self._last_spoken = now

    def add(
        self,
        key: str,
        spoken: str,
        pace: float,
        urgency: Urgency,
        keep: bool,
        now: float,
        needed_in_s: float = 0.0,
    ) -> Job:
        """Return the job for this sentence, new or already queued (then promoted).

        ``needed_in_s``: for so long a LIVE caller hears what comes before it.
        """
        due = now + needed_in_s
        if urgency is Urgency.LIVE:
            self.spoken(now)
        job = self._jobs.get(key)
        if job is None:
            self._count += 1
            job = Job(key, spoken, pace, urgency, keep, self._count, due)
            # Marked running so that one waiting task, cancelled, does not cancel it for the rest.
            job.result.set_running_or_notify_cancel()
            self._jobs[key] = job
        if urgency is Urgency.LIVE:
            job.due = due if job.urgency is not Urgency.LIVE else min(job.due, due)
        job.urgency = min(job.urgency, urgency)
        job.keep = job.keep or keep
        return job

    def take_pressing(self) -> Job | None:
        """Return the next LIVE or AHEAD job and mark it running."""
        return self._take([job for job in self._jobs.values() if job.urgency is not Urgency.IDLE])

    def take_idle(self, now: float) -> Job | None:
        """Return the next IDLE job if the process is quiet, and mark it running."""
        if self.idle_wait(now) > 0 or self.pressing:
            return None
        return self._take(list(self._jobs.values()))

    def idle_wait(self, now: float) -> float:
        """Seconds until IDLE jobs may run, 0 when they may."""
        return max(0.0, self._last_spoken + self._idle_after_s - now)

    @property
    def pressing(self) -> bool:
        """True while a LIVE or AHEAD job is queued or running."""
        return any(job.urgency is not Urgency.IDLE for job in self._jobs.values())

    @property
    def has_idle(self) -> bool:
        """True while an IDLE job is queued."""
        return any(job.urgency is Urgency.IDLE and not job.running for job in self._jobs.values())

    def put_back(self, job: Job) -> None:
        """Queue again a job whose run was stopped."""
        job.running = False

    def finish(self, job: Job) -> None:
        """Forget a job that was rendered or failed."""
        self._jobs.pop(job.key, None)

    def abandon(self, job: Job) -> None:
        """One caller no longer waits for this job."""
        job.waiting -= 1
        if job.waiting <= 0 and not job.running and job.urgency is Urgency.LIVE:
            self._jobs.pop(job.key, None)

    def clear(self) -> list[Job]:
        """Empty the queue and return what was in it."""
        jobs = list(self._jobs.values())
        self._jobs.clear()
        return jobs

    def left(self, urgency: Urgency) -> int:
        """Number of jobs of this urgency that are not finished."""
        return sum(job.urgency is urgency for job in self._jobs.values())

    def _take(self, jobs: list[Job]) -> Job | None:
        queued = [job for job in jobs if not job.running]
        if not queued:
            return None
        job = min(queued, key=_turn)
        job.running = True
        return job


def _turn(job: Job) -> tuple[Urgency, float, int]:
    """Earliest deadline first among what callers wait for, else first come, first served."""
    return job.urgency, job.due if job.urgency is Urgency.LIVE else 0.0, job.order

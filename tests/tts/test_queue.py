"""The order in which sentences are rendered."""

from __future__ import annotations

from tts.queue import Job, RenderQueue, Urgency


def add(
    queue: RenderQueue, name: str, urgency: Urgency, now: float = 0.0, needed_in_s: float = 0.0
) -> Job:
    return queue.add(name, name, 1.0, urgency, True, now, needed_in_s)


def test_callers_first_then_start_up_then_idle() -> None:
    queue = RenderQueue(idle_after_s=0)
    add(queue, "idle", Urgency.IDLE)
    add(queue, "ahead", Urgency.AHEAD)
    add(queue, "second", Urgency.LIVE)
    add(queue, "third", Urgency.LIVE)
    taken = [queue.take_pressing() for _ in range(4)]
    assert [job and job.key for job in taken] == ["second", "third", "ahead", None]


def test_the_same_sentence_is_rendered_once_at_the_highest_urgency() -> None:
    queue = RenderQueue(idle_after_s=0)
    first = add(queue, "same", Urgency.IDLE)
    assert add(queue, "same", Urgency.LIVE) is first
    assert queue.take_pressing() is first
    assert add(queue, "same", Urgency.LIVE) is first
    assert queue.take_pressing() is None


def test_idle_work_waits_until_callers_have_been_quiet() -> None:
    queue = RenderQueue(idle_after_s=3)
    add(queue, "idle", Urgency.IDLE, now=0.0)
    live = add(queue, "live", Urgency.LIVE, now=10.0)
    assert queue.take_idle(now=20.0) is None
    assert queue.take_pressing() is live
    assert queue.take_idle(now=20.0) is None
    queue.finish(live)
    assert queue.take_idle(now=12.9) is None
    assert queue.idle_wait(now=12.0) == 1.0
    idle = queue.take_idle(now=13.0)
    assert idle is not None
    assert idle.key == "idle"


def test_stopped_idle_work_is_taken_again() -> None:
    queue = RenderQueue(idle_after_s=0)
    idle = add(queue, "idle", Urgency.IDLE)
    assert queue.take_idle(1.0) is idle
    assert queue.take_idle(1.0) is None
    queue.put_back(idle)
    assert queue.take_idle(1.0) is idle


def test_a_sentence_that_nobody_waits_for_any_more_is_dropped() -> None:
    queue = RenderQueue(idle_after_s=0)
    job = add(queue, "live", Urgency.LIVE)
    job.waiting = 2
    queue.abandon(job)
    assert queue.left(Urgency.LIVE) == 1
    queue.abandon(job)
    assert queue.left(Urgency.LIVE) == 0


def test_one_waiter_leaving_does_not_cancel_the_result_for_the_others() -> None:
    job = add(RenderQueue(idle_after_s=0), "live", Urgency.LIVE)
    assert not job.result.cancel()


def test_a_caller_spoken_to_from_the_store_keeps_idle_work_waiting_too() -> None:
    queue = RenderQueue(idle_after_s=3)
    idle = add(queue, "idle", Urgency.IDLE)
    queue.spoken(now=10.0)
    assert queue.take_idle(now=12.9) is None
    assert queue.take_idle(now=13.0) is idle


def test_who_falls_silent_first_goes_first() -> None:
    queue = RenderQueue(idle_after_s=0)
    add(queue, "first clause", Urgency.LIVE)
    add(queue, "its rest", Urgency.LIVE, needed_in_s=1.5)
    add(queue, "second caller", Urgency.LIVE, now=0.5)
    add(queue, "long after", Urgency.LIVE, now=0.6, needed_in_s=4.0)
    add(queue, "long after", Urgency.LIVE, now=0.7, needed_in_s=0.1)
    taken = [queue.take_pressing() for _ in range(4)]
    assert [job and job.key for job in taken] == [
        "first clause",
        "second caller",
        "long after",
        "its rest",
    ]

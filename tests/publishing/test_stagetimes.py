"""How long each stage of a publication took, in words."""

from __future__ import annotations

from callbot.publishing.stagetimes import StageTimes


def test_each_stage_lasts_until_the_next_one() -> None:
    instants = iter((10.0, 12.4, 40.0, 41.0))
    times = StageTimes(lambda: next(instants))
    times.begin("Vérification")
    times.begin("Apprentissage")
    times.begin("Mise en service")
    assert times.told() == "En 31 s : vérification 2 s, apprentissage 28 s, mise en service 1 s."

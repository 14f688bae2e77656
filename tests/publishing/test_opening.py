"""What a start serves."""

from __future__ import annotations

import pytest

from callbot.checks import Report, check_all
from callbot.paths import Paths
from callbot.publishing.opening import UnfitError, opening
from callbot.publishing.pipeline import Reporter, Wish, publish
from callbot.publishing.versions import Versions
from dialogue.versions import VersionStore
from tests.publishing.conftest import Town

POOL = "ville/lieux/piscine.yml"
LOST = "intents/objets_trouves.yml"


def opened(town: Town) -> tuple[Paths, str]:
    """Start; return the folders that are served and what was said."""
    said: list[str] = []
    _, served = opening(town.paths, check_all(town.paths), said.append)
    assert served.edited == town.paths.config
    return served, " ".join(said)


def test_a_start_takes_good_edits_and_keeps_the_version_for_bad_ones(town: Town) -> None:
    publish(town.paths, Wish("x", "y"), Reporter())
    versions = Versions(town.paths.versions)
    town.edit(POOL, "Sa 10:00-18:00", "Sa 10:00-20:00")
    served, _ = opened(town)
    assert "Sa 10:00-20:00" in (served.config / POOL).read_text("utf-8")
    assert len(versions.all()) == 2
    town.edit(LOST, "j'ai perdu mes clés", "j'ai perdu mon trousseau")
    _, said = opened(town)
    assert "callbot train" in said
    town.edit(POOL, "horaires:", "horraires:")
    _, said = opened(town)
    assert "corrigez" in said
    active = versions.active()
    assert active is not None
    assert active.name in said
    assert len(versions.all()) == 2
    assert town.trainings == 1


def test_a_start_checks_no_version_that_says_what_was_just_checked(
    town: Town, monkeypatch: pytest.MonkeyPatch
) -> None:
    publish(town.paths, Wish("x", "y"), Reporter())
    report = check_all(town.paths)
    checked: list[Paths] = []

    def check(paths: Paths) -> Report:
        checked.append(paths)
        return check_all(paths)

    monkeypatch.setattr("callbot.publishing.opening.check_all", check)
    opening(town.paths, report, lambda _line: None)
    assert not checked
    town.edit(POOL, "horaires:", "horraires:")
    opening(town.paths, check_all(town.paths), lambda _line: None)
    served = Versions(town.paths.versions).active_config.resolve()
    assert [paths.config.resolve() for paths in checked] == [served]


def test_a_link_that_leads_out_keeps_no_version_from_being_served(town: Town) -> None:
    publish(town.paths, Wish("x", "y"), Reporter())
    (town.paths.config / "ville" / "ailleurs.yml").symlink_to("/etc/hostname")
    served, said = opened(town)
    assert served.config == Versions(town.paths.versions).active_config
    assert "garde la version" in said


def test_without_any_version_mistakes_keep_it_from_starting(town: Town) -> None:
    town.edit(POOL, "horaires:", "horraires:")
    with pytest.raises(UnfitError) as raised:
        opened(town)
    assert raised.value.problems


def test_a_stop_between_model_and_version_is_mended(town: Town) -> None:
    first = publish(town.paths, Wish("x", "y"), Reporter())
    versions, models = Versions(town.paths.versions), VersionStore(town.paths.rasa)
    town.edit(LOST, "j'ai perdu mes clés", "j'ai perdu mon trousseau")
    publish(town.paths, Wish("x", "y"), Reporter())
    versions.activate(first)
    opened(town)
    active = models.active()
    assert active is not None
    assert active.name == first.manifest.model

"""When the set-up trains, and when it leaves what was learnt alone."""

import io
from pathlib import Path

import pytest

from callbot.setup import training
from callbot.setup.screen import Screen
from callbot.setup.steps import Place, SetupError
from callbot.setup.training import TrainingStep, fingerprint, remember


@pytest.fixture
def config(tmp_path: Path) -> Path:
    folder = tmp_path / "config"
    (folder / "intents").mkdir(parents=True)
    (folder / "intents" / "saluer.yml").write_text("exemples: [bonjour]\n")
    return folder


def learn(place: Place, config: Path, version: str = "20260101-000000-aaaaaaaa") -> None:
    """Leave what `callbot train` leaves."""
    folder = place.var / "rasa" / "versions" / version
    folder.mkdir(parents=True)
    (folder / "model.tar.gz").write_bytes(b"model")
    active = place.var / "rasa" / "active"
    active.unlink(missing_ok=True)
    active.symlink_to(folder)
    remember(place.var / "rasa", fingerprint(config))


def test_what_was_learnt_is_not_learnt_again(place: Place, config: Path) -> None:
    step = TrainingStep(place, config)
    assert not step.is_done()
    learn(place, config)
    assert step.is_done()


def test_a_changed_example_is_learnt(place: Place, config: Path) -> None:
    learn(place, config)
    (config / "intents" / "saluer.yml").write_text("exemples: [bonjour, salut]\n")
    assert not TrainingStep(place, config).is_done()


def test_a_lost_model_is_learnt_again(place: Place, config: Path) -> None:
    learn(place, config)
    (place.var / "rasa" / "active" / "model.tar.gz").unlink()
    assert not TrainingStep(place, config).is_done()


def test_a_version_rolled_back_to_stays(place: Place, config: Path) -> None:
    learn(place, config)
    learn(place, config, "20260202-000000-bbbbbbbb")
    active = place.var / "rasa" / "active"
    active.unlink()
    active.symlink_to(place.var / "rasa" / "versions" / "20260101-000000-aaaaaaaa")
    assert TrainingStep(place, config).is_done()


@pytest.fixture
def failing(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_args: object, failure: SetupError, **_more: object) -> None:
        raise failure

    monkeypatch.setattr(training, "run_tool", fail)


@pytest.mark.usefixtures("failing")
def test_a_failure_stops_a_box_that_never_learnt(
    place: Place, config: Path, screen: Screen
) -> None:
    with pytest.raises(SetupError, match="apprentissage a échoué"):
        TrainingStep(place, config).run(screen)


@pytest.mark.usefixtures("failing")
def test_a_failure_leaves_an_older_model_in_service_and_says_so(
    place: Place, config: Path, screen: Screen, output: io.StringIO
) -> None:
    learn(place, config)
    (config / "intents" / "saluer.yml").write_text("exemples: [bonjour, salut]\n")
    step = TrainingStep(place, config)
    step.run(screen)
    assert "garde ce qu’il avait appris" in output.getvalue()
    assert not step.is_done()

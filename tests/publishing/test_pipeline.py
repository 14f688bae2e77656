"""From edited files to the active version, with refusals, stops and full disks on the way."""

from __future__ import annotations

import errno
import os
import shutil
import signal
import subprocess
import sys
import time
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from callbot.publishing import gather, pipeline, reference, tree
from callbot.publishing.checker import problems_of
from callbot.publishing.drafts import Draft, Drafts
from callbot.publishing.pipeline import RefusedError, Reporter, Wish, publish, roll_back
from callbot.publishing.reference import Played
from callbot.publishing.versions import Manifest, Published, Versions
from common import yamltree
from dialogue.golden import Difference, Result
from dialogue.goldenfile import Golden, GoldenTurn, Placed
from dialogue.versions import VersionStore
from tests.publishing.conftest import Town

POOL = "ville/lieux/piscine.yml"
SATURDAY, LONGER = "Sa 10:00-18:00", "Sa 10:00-20:00"
LOST = "intents/objets_trouves.yml"
WISH = Wish("Claire", "samedi plus long")
NOW = datetime(2026, 11, 22, 9, 0, tzinfo=UTC)


def published(town: Town, wish: Wish = WISH, lines: list[str] | None = None) -> Published:
    told = lines if lines is not None else []
    return publish(town.paths, wish, Reporter(line=told.append))


def served(town: Town, name: str = POOL) -> str:
    return (Versions(town.paths.versions).active_config / name).read_text("utf-8")


def refused(town: Town, wish: Wish = WISH) -> RefusedError:
    """Publish in vain; what was in service must stay so."""
    before = Versions(town.paths.versions).active(), VersionStore(town.paths.rasa).active()
    with pytest.raises(RefusedError) as raised:
        published(town, wish)
    after = Versions(town.paths.versions).active(), VersionStore(town.paths.rasa).active()
    assert after == before
    return raised.value


def test_facts_are_published_without_training_and_intents_with_it(town: Town) -> None:
    first = published(town)
    assert town.trainings == 1
    town.edit(POOL, SATURDAY, LONGER)
    second = published(town)
    assert town.trainings == 1
    assert second.manifest.model == first.manifest.model
    assert (second.manifest.author, second.manifest.reason) == ("Claire", "samedi plus long")
    assert second.manifest.changed == (POOL,)
    assert second.manifest.files[POOL] == tree.hash_of(town.paths.config / POOL)
    assert LONGER in served(town)
    town.edit(LOST, "j'ai perdu mes clés", "j'ai perdu mon trousseau")
    assert "apprentissage" in str(refused(town, Wish("Claire", "x", facts_only=True)))
    third = published(town)
    assert town.trainings == 2
    assert third.manifest.model != first.manifest.model
    assert VersionStore(town.paths.rasa).active() is not None
    assert third.model == VersionStore(town.paths.rasa).active().model.resolve()  # type: ignore[union-attr]


def test_nothing_new_makes_no_version(town: Town) -> None:
    first = published(town)
    lines: list[str] = []
    assert published(town, lines=lines).name == first.name
    assert lines == [f"Rien n'a changé : la version {first.name} reste en service."]
    assert len(Versions(town.paths.versions).all()) == 1


def test_a_mistake_is_refused_with_its_place_in_the_edited_file(town: Town) -> None:
    published(town)
    town.edit(POOL, "horaires:", "horraires:")
    problems = refused(town).problems
    assert any(p.file == town.paths.config / POOL and "horraires" in p.message for p in problems)
    assert SATURDAY in served(town)


def test_going_back_brings_files_and_model_back(town: Town) -> None:
    first = published(town)
    town.edit(LOST, "j'ai perdu mes clés", "j'ai perdu mon trousseau")
    town.edit(POOL, SATURDAY, LONGER)
    second = published(town)
    town.edit("phrases.yml", "au_revoir:", "# un essai\nau_revoir:")
    lines: list[str] = []
    back = roll_back(town.paths, None, Wish("Paul", "trop tôt"), Reporter(line=lines.append))
    assert (back.manifest.restored, back.manifest.author) == (first.name, "Paul")
    assert back.manifest.model == first.manifest.model
    assert VersionStore(town.paths.rasa).active().name == first.manifest.model  # type: ignore[union-attr]
    assert SATURDAY in served(town)
    assert SATURDAY in (town.paths.config / POOL).read_text("utf-8")
    assert "# un essai" in (town.paths.config / "phrases.yml").read_text("utf-8")
    assert any("phrases.yml" in line for line in lines)
    with pytest.raises(RefusedError, match="plus ancienne"):
        roll_back(town.paths, None, WISH, Reporter())
    forward = roll_back(town.paths, second.name, WISH, Reporter())
    assert LONGER in served(town)
    assert forward.manifest.restored == second.name
    with pytest.raises(RefusedError, match="n'existe pas"):
        roll_back(town.paths, "20200101-000000-x", WISH, Reporter())


def test_a_broken_golden_conversation_refuses_unless_it_is_insisted_on(
    town: Town, monkeypatch: pytest.MonkeyPatch
) -> None:
    published(town)
    town.edit(POOL, SATURDAY, LONGER)
    turn = GoldenTurn.model_validate({"dit": "Et samedi ?", "decision": "answer"})
    golden = Golden(id="samedi", titre="Samedi", tours=(turn,))
    difference = Difference("décision", "answer", "transfer")
    broken = Result(Placed(golden, Path("essai.yml"), 1), (difference,), 1)
    monkeypatch.setattr(reference, "play", lambda *_: Played((broken,), {}))
    (reason,) = refused(town).reasons
    assert "« Samedi » (samedi, essai.yml, ligne 1)" in reason
    assert SATURDAY in served(town)
    forced = published(town, replace(WISH, force=True))
    assert LONGER in served(town)
    assert forced.manifest.golden["broken"] == ["samedi"]


def test_a_draft_is_published_alone_and_becomes_the_file(town: Town) -> None:
    published(town)
    drafts = Drafts(town.paths.drafts)
    for name, old, new in ((POOL, SATURDAY, LONGER), (LOST, "mes clés", "mon trousseau")):
        file = town.paths.config / name
        text = file.read_text("utf-8").replace(old, new, 1)
        drafts.put(Draft(name, text, tree.hash_of(file), "Léa", NOW.isoformat()))
    published(town, Wish("Claire", "x", drafts=[POOL]))
    assert LONGER in (town.paths.config / POOL).read_text("utf-8")
    assert list(drafts.all()) == [LOST]
    assert town.trainings == 1


def test_a_draft_of_a_file_that_somebody_else_changed_is_refused(town: Town) -> None:
    published(town)
    file = town.paths.config / POOL
    Drafts(town.paths.drafts).put(Draft(POOL, "x", tree.hash_of(file), "Léa", NOW.isoformat()))
    town.edit(POOL, SATURDAY, LONGER)
    assert "Léa" in str(refused(town, Wish("Claire", "x", drafts=None)))


def test_a_draft_that_there_is_not_is_refused_by_name(town: Town) -> None:
    said = str(refused(town, Wish("Claire", "x", drafts=[POOL, f"config/{POOL}"])))
    assert f"« config/{POOL} » n'est ni un brouillon" in said
    assert said.count("brouillon") == 1


@pytest.mark.parametrize("where", ["store", "add", "write_back"])
def test_a_full_disk_changes_nothing(
    town: Town, monkeypatch: pytest.MonkeyPatch, where: str
) -> None:
    published(town)
    town.edit(POOL, SATURDAY, LONGER)

    def full(*_: object, **__: object) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    module = {"store": gather, "add": Versions, "write_back": pipeline}[where]
    with monkeypatch.context() as patched:
        patched.setattr(module, where, full)
        assert "disque" in str(refused(town))
    assert SATURDAY in served(town)
    published(town)
    assert LONGER in served(town)


def test_a_failed_training_changes_nothing(town: Town) -> None:
    published(town)
    town.edit(LOST, "j'ai perdu mes clés", "j'ai perdu mon trousseau")
    town.rasa_does('echo \'{"error": "MemoryError"}\'; exit 1')
    assert "mémoire" in str(refused(town))


STOPPED_IN_TRAINING = """
import sys
from pathlib import Path
from callbot.paths import Paths
from callbot.publishing.pipeline import Reporter, Wish, publish
from common import yamltree
import callbot.assistant, callbot.settingschecks as checks
callbot.assistant.finder = lambda *_: lambda _text: None
checks.check_model = checks.check_voice = lambda folder: []
yamltree.keep_in(Path(sys.argv[3]))
publish(Paths(Path(sys.argv[1]), Path(sys.argv[2])), Wish("x", "y"), Reporter())
"""


def test_a_kill_in_the_middle_of_a_training_changes_nothing(town: Town, tmp_path: Path) -> None:
    first = published(town)
    town.edit(LOST, "j'ai perdu mes clés", "j'ai perdu mon trousseau")
    started = tmp_path / "commence"
    town.rasa_does(f'echo $$ > "{started}.tmp"; mv "{started}.tmp" "{started}"; exec sleep 60')
    folders = [town.paths.config, town.paths.var, yamltree._MEMORY.folder]
    command = [sys.executable, "-c", STOPPED_IN_TRAINING, *map(str, folders)]
    process = subprocess.Popen(command, stdin=subprocess.DEVNULL)
    end = time.monotonic() + 60
    while not started.exists():
        assert process.poll() is None
        assert time.monotonic() < end
        time.sleep(0.05)
    process.send_signal(signal.SIGKILL)
    process.wait()
    os.kill(int(started.read_text()), signal.SIGKILL)
    active = Versions(town.paths.versions).active()
    assert active is not None
    assert active.name == first.name
    town.rasa_does("")
    assert published(town).name != first.name


def test_ten_versions_are_kept_with_their_models(town: Town) -> None:
    versions, models = Versions(town.paths.versions), VersionStore(town.paths.rasa)
    for number in range(12):
        working = models.working_folder(f"2026010{number:02}-000000-a")
        (working / "model.tar.gz").write_text("x")
        model = models.add(working, {"fingerprint": str(number)})
        candidate = versions.candidate()
        (candidate / "a.yml").write_text(str(number))
        name = f"2026010{number:02}-000000-v"
        manifest = Manifest(name, "x", "y", NOW.isoformat(), {}, model.name, "", "")
        pipeline.activate(town.paths, versions.add(candidate, manifest, model.folder), model)
    assert len(versions.all()) == 10
    assert [v.manifest.model for v in versions.all()] == [model.name for model in models.all()]
    assert versions.active() == versions.all()[-1]


def test_a_link_that_leads_elsewhere_is_not_published_and_not_shown(
    town: Town, tmp_path: Path
) -> None:
    published(town)
    (tmp_path / "secret.yml").write_text("mot_de_passe: valbrune", "utf-8")
    link = town.paths.config / "ville" / "avis" / "secret.yml"
    link.symlink_to(tmp_path / "secret.yml")
    (problem,) = refused(town).problems
    assert problem.file == link
    assert "hors de la configuration" in problem.message
    assert problems_of(town.paths, {}) == [problem]
    assert "ville/avis/secret.yml" not in tree.hashes(town.paths.config)


def test_a_password_beside_the_configuration_is_neither_copied_nor_shown(town: Town) -> None:
    secret = town.paths.config / "mot-de-passe-sip"
    secret.write_text("valbrune-2026", "utf-8")
    town.edit(POOL, SATURDAY, LONGER)
    version = published(town)
    assert not (version.config / secret.name).exists()
    assert (version.config / POOL).exists()
    before = dict(version.manifest.files)
    assert secret.name not in before
    assert tree.changed(before | {secret.name: "ancien"}, before) == []


def test_a_box_without_rasa_publishes_facts_and_says_what_a_training_lacks(town: Town) -> None:
    published(town)
    shutil.rmtree(town.paths.rasa / "venv")
    town.edit(POOL, SATURDAY, LONGER)
    published(town)
    town.edit(LOST, "j'ai perdu mes clés", "j'ai perdu mon trousseau")
    assert "lancez « make run »" in str(refused(town))
    assert LONGER in served(town)

"""Which processes a box has, with and without Kamailio."""

from pathlib import Path

import pytest

from callbot import plan as plans
from callbot.paths import Paths
from callbot.plan import Plan, make_plan
from callbot.serving import summary
from callbot.settings import Settings
from telephony import edge


def a_plan(tmp_path: Path, kamailio: str | None, monkeypatch: pytest.MonkeyPatch) -> Plan:
    monkeypatch.setattr(edge, "find_kamailio", lambda: kamailio)
    monkeypatch.setattr(edge, "check", lambda config: None)
    paths = Paths.choose(tmp_path / "config", tmp_path / "var")
    return make_plan(Settings(), paths, lambda missing: None)


def test_behind_kamailio_sixteen_lines_start_before_the_public_port_opens(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    plan = a_plan(tmp_path, "/usr/sbin/kamailio", monkeypatch)
    by_name = {spec.name: spec for spec in plan.specs}
    lines = [name for name in by_name if name.startswith("lignes")]
    assert (len(lines), plan.lines, plan.media) == (4, 16, range(20000, 20160))
    assert set(lines) <= set(by_name[plans.EDGE].after)
    assert by_name[plans.EDGE].gate is not None
    assert all(plans.CORE in by_name[name].after for name in lines)
    assert all("--direct" not in by_name[name].command for name in lines)
    assert {use.port for use in plan.ports} == {5060, 5071, 5072, 5073, 5074, 8080, 5005}
    assert "Kamailio n'est pas installé" not in summary(Settings(), plan)


def test_with_staff_there_are_as_many_lines_in_more_processes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    config = tmp_path / "config"
    config.mkdir()
    (config / "accueil.yml").write_text("files: {transfert: pont}\n", "utf-8")
    plan = a_plan(tmp_path, "/usr/sbin/kamailio", monkeypatch)
    lines = [spec.name for spec in plan.specs if spec.name.startswith("lignes")]
    assert (len(lines), plan.lines, plan.media) == (8, 16, range(20000, 20320))
    assert {use.port for use in plan.ports} >= set(range(5071, 5079))
    dispatcher = (tmp_path / "var" / "run" / "dispatcher.list").read_text("utf-8")
    assert dispatcher.count("maxload=2") == 8
    assert "sip:127.0.0.1:5078" in dispatcher
    assert "UDP 20000 à 20319" in summary(Settings(), plan)


def test_without_kamailio_one_worker_takes_the_public_port_and_it_is_said(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    plan = a_plan(tmp_path, None, monkeypatch)
    (line,) = [spec for spec in plan.specs if spec.name.startswith("lignes")]
    assert line.command[-2:] == ("1", "--direct")
    assert line.gate is not None
    assert plan.lines == 4
    assert {use.port for use in plan.ports} == {5060, 8080, 5005}
    text = summary(Settings(), plan)
    assert "4 appels à la fois" in text
    assert "Kamailio n'est pas installé" in text
    assert "apt-get install kamailio" in text


def test_audio_never_waits_for_a_model(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    plan = a_plan(tmp_path, None, monkeypatch)
    nice = {spec.name: spec.nice for spec in plan.specs}
    order = ["lignes 1", plans.CORE, plans.RASA, plans.RECOGNITION, plans.SPEECH]
    assert [nice[name] for name in order] == sorted({nice[name] for name in order})

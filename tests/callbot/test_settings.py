import shutil
from pathlib import Path

import pytest

from callbot.capacity import Capacity, planned
from callbot.paths import Paths
from callbot.settings import Settings, load
from callbot.settingschecks import check_settings
from common.yamlfile import ConfigError, Problem

SHIPPED = Path(__file__).resolve().parents[2] / "config" / "callbot.yml"


@pytest.fixture
def paths(tmp_path: Path) -> Paths:
    """The shipped settings beside an empty var."""
    (tmp_path / "config").mkdir()
    shutil.copy(SHIPPED, tmp_path / "config" / "callbot.yml")
    return Paths.choose(tmp_path / "config", tmp_path / "var")


def change(paths: Paths, old: str, new: str) -> int:
    """Edit the settings as an admin would; return the line (from 1) that changed."""
    text = paths.settings_file.read_text("utf-8")
    assert text.count(old) == 1, old
    paths.settings_file.write_text(text.replace(old, new), "utf-8")
    return text[: text.index(old)].count("\n") + 1


def errors(paths: Paths) -> tuple[Problem, ...]:
    with pytest.raises(ConfigError) as caught:
        load(paths)
    return caught.value.problems


def checked(paths: Paths, **environ: str) -> list[Problem]:
    """Problems other than the models that an empty var lacks."""
    found = check_settings(load(paths), paths, environ)
    return [p for p in found if "voix" not in p.message and "modèle" not in p.message]


def test_the_shipped_file_says_what_the_program_assumes_without_it(paths: Paths) -> None:
    assert load(paths).value == Settings()
    assert checked(paths) == []


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ("  port: 5060", "  port: cinq", ("telephonie.port", "nombre entier")),
        ("  port: 5060", "  port: 70000", ("telephonie.port", "trop grand")),
        ("  silence_agent: 8", "  silence_agent: 9999", ("silence_agent", "120 ou moins")),
        ("  lignes_par_processus: auto", "  lignes_par_processus: 8", ("4 au plus", "lignes")),
        ("  lignes_par_processus: auto", "  lignes_par_processus: deux", ("nombre entier",)),
        ("  processus: auto", "  procesus: 4", ("procesus", "processus")),
        ("  lignes: 16", "  lignes: 0", ("telephonie.lignes",)),
        ("  adresse: 127.0.0.1\n  port: 5060", "  adresse: mairie\n  port: 5060", ("adresse IP",)),
        ("    - 127.0.0.0/8", "    - 192.168.1.300", ("192.168.1.300", "ni une adresse")),
        ("    - 127.0.0.0/8", "    - 192.168.1.10/24", ("192.168.1.10/24",)),
        ("  debordement: null", "  debordement: accueil@10.0.0.1", ("adresse SIP",)),
        ("  niveau: info", "  niveau: bavard", ("bavard", "debug")),
        ("  masquer_numeros: true", "  masquer_numeros: peut-être", ("true",)),
    ],
)
def test_a_mistake_is_named_with_its_line(
    paths: Paths, old: str, new: str, words: tuple[str, ...]
) -> None:
    line = change(paths, old, new)
    (problem,) = errors(paths)
    assert problem.file == paths.settings_file
    assert problem.line == line
    for word in words:
        assert word in str(problem)


def test_a_password_is_never_in_the_file(paths: Paths, tmp_path: Path) -> None:
    secret = tmp_path / "secret"
    secret.write_text("s3cret\n")
    account = "  enregistrement:\n    registrar: sip:192.168.1.10\n    utilisateur: '250'\n"
    line = change(paths, "  enregistrement: null\n", f"{account}    mot_de_passe: s3cret\n")
    assert any("mot_de_passe" in p.message and p.line == line + 3 for p in errors(paths))

    change(paths, "mot_de_passe: s3cret", f"mot_de_passe_fichier: {secret}")
    registration = load(paths).value.telephonie.enregistrement
    assert registration is not None
    assert registration.password({}) == "s3cret"
    assert checked(paths) == []

    change(paths, f"mot_de_passe_fichier: {secret}", "mot_de_passe_variable: SIP_SECRET")
    assert checked(paths, SIP_SECRET="x") == []
    (problem,) = checked(paths)
    assert (problem.line, problem.severity) == (line, "erreur")
    assert "SIP_SECRET" in problem.message


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ("  port_interne_debut: 5071", "  port_interne_debut: 5058", ("5058 à 5061", "5060")),
        ("  rtp_debut: 20000", "  rtp_debut: 5000", ("5000 à 5159",)),
        ("  port: 8080", "  port: 5005", ("5005",)),
        ("  rtp_debut: 20000", "  rtp_debut: 65500", ("65535",)),
    ],
)
def test_ports_that_meet_are_refused(
    paths: Paths, old: str, new: str, words: tuple[str, ...]
) -> None:
    line = change(paths, old, new)
    problems = checked(paths)
    assert problems
    assert all(problem.severity == "erreur" for problem in problems)
    assert line in {problem.line for problem in problems}
    for word in words:
        assert word in problems[0].message


def test_an_open_door_is_a_warning(paths: Paths) -> None:
    change(paths, "connexion: aucune", "connexion: comptes")
    console = change(
        paths, "  adresse: 127.0.0.1\n  port: 8080", "  adresse: 0.0.0.0\n  port: 8080"
    )
    telephone = change(
        paths, "  adresse: 127.0.0.1\n  port: 5060", "  adresse: 192.168.1.20\n  port: 5060"
    )
    problems = checked(paths)
    assert {problem.severity for problem in problems} == {"attention"}
    peers = [p for p in problems if "seule cette machine" in p.message]
    assert peers[0].line > telephone
    assert console in {problem.line for problem in problems}
    line = change(paths, "    - 127.0.0.0/8", "    - 0.0.0.0/0")
    assert line in {p.line for p in checked(paths) if "monde entier" in p.message}


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ("  adresse: 127.0.0.1\n  port: 8080", "  adresse: 0.0.0.0\n  port: 8080", "au réseau"),
        ("  noms: []", "  noms: [callbot.mairie.local]", "sous le nom callbot.mairie.local"),
    ],
)
def test_a_console_without_log_in_stays_on_its_machine(
    paths: Paths, old: str, new: str, words: str
) -> None:
    assert [p for p in checked(paths) if "console" in p.message] == []
    line = change(paths, old, new)
    (problem,) = [p for p in checked(paths) if "console" in p.message]
    assert (problem.severity, problem.line) == ("erreur", line)
    assert words in problem.message
    assert "callbot compte creer" in problem.mend
    change(paths, "connexion: aucune", "connexion: comptes")
    assert [p for p in checked(paths) if p.severity == "erreur"] == []


def test_missing_models_name_the_command_that_builds_them(paths: Paths) -> None:
    problems = check_settings(load(paths), paths)
    assert len(problems) == 2
    for problem, key in zip(problems, ("fr_FR-siwis-kokoro", "whisper-base"), strict=True):
        assert key in problem.message
        assert "make run" in str(problem)
        assert problem.severity == "erreur"
        assert key in paths.settings_file.read_text("utf-8").splitlines()[problem.line - 1]


def test_a_voice_or_a_model_may_be_any_folder(paths: Paths) -> None:
    change(paths, "  dossier: fr_FR-siwis-kokoro", "  dossier: /srv/voix/fr_FR-siwis-medium")
    settings = load(paths).value
    assert settings.voice_folder(paths) == Path("/srv/voix/fr_FR-siwis-medium")
    assert settings.model_folder(paths) == paths.models / "whisper-base"


def test_a_socket_path_that_linux_refuses_is_an_error(paths: Paths, tmp_path: Path) -> None:
    deep = Paths.choose(paths.config, tmp_path / ("x" * 100))
    (problem,) = checked(deep)
    assert "trop long" in problem.message
    assert "--var" in problem.mend


def staff(paths: Paths) -> None:
    """Give the town a member of staff."""
    anne = "{id: anne, nom: Anne, poste: 'sip:1@192.0.2.1', services: [accueil]}"
    paths.reception_file.write_text(f"agents: [{anne}]\n", "utf-8")


def test_second_legs_have_room_once_there_is_staff(paths: Paths) -> None:
    settings = load(paths).value
    assert planned(settings, paths) == Capacity(workers=4, lines_per_worker=4)
    staff(paths)
    assert planned(settings, paths) == Capacity(workers=8, lines_per_worker=2)
    assert planned(settings, paths).lines == 16
    assert checked(paths) == []


@pytest.mark.parametrize("mode", ["accompagne", "pont", "aveugle"])
def test_a_telephone_that_is_rung_for_the_caller_needs_a_second_leg(
    paths: Paths, mode: str
) -> None:
    text = f"services:\n  urbanisme: {{transfert: {mode}}}\n"
    paths.reception_file.write_text(text, "utf-8")
    assert planned(load(paths).value, paths).lines_per_worker == (4 if mode == "aveugle" else 2)


@pytest.mark.parametrize(
    ("lines", "per_worker", "workers", "expected"),
    [
        (15, "auto", "auto", (8, 2)),
        (1, "auto", "auto", (1, 2)),
        (16, "3", "auto", (6, 3)),
        (16, "auto", "3", (3, 2)),
        (16, "4", "4", (4, 4)),
    ],
)
def test_numbers_in_the_file_are_obeyed(
    paths: Paths, lines: int, per_worker: str, workers: str, expected: tuple[int, int]
) -> None:
    change(paths, "  lignes: 16", f"  lignes: {lines}")
    change(paths, "  lignes_par_processus: auto", f"  lignes_par_processus: {per_worker}")
    change(paths, "  processus: auto", f"  processus: {workers}")
    staff(paths)
    assert planned(load(paths).value, paths) == Capacity(*expected)


def test_a_worker_without_room_for_staff_is_a_warning(paths: Paths) -> None:
    line = change(paths, "  lignes_par_processus: auto", "  lignes_par_processus: 4")
    assert checked(paths) == []
    staff(paths)
    (problem,) = checked(paths)
    assert (problem.line, problem.severity) == (line, "attention")
    assert "aucune place" in problem.message


def test_more_lines_than_processes_can_hold_are_refused(paths: Paths) -> None:
    line = change(paths, "  lignes: 16", "  lignes: 64")
    change(paths, "  lignes_par_processus: auto", "  lignes_par_processus: 1")
    (problem,) = checked(paths)
    assert (problem.line, problem.severity) == (line, "erreur")
    assert "32 lignes au plus" in problem.mend


def test_ports_count_the_processes_that_staff_need(paths: Paths) -> None:
    change(paths, "  port: 8080", "  port: 5076")
    assert checked(paths) == []
    staff(paths)
    assert any("5071 à 5078" in problem.message for problem in checked(paths))


def test_a_reception_that_cannot_be_read_is_not_the_business_of_the_settings(paths: Paths) -> None:
    paths.reception_file.write_text("agents: [", "utf-8")
    assert planned(load(paths).value, paths).lines_per_worker == 4

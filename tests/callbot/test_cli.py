import argparse
from pathlib import Path
from types import ModuleType

import pytest

from callbot import cli
from callbot.commands import CommandError, Subparsers
from callbot.frenchargs import french_error
from callbot.paths import Paths
from common.yamlfile import ConfigError, Problem


@pytest.fixture
def seen(monkeypatch: pytest.MonkeyPatch) -> list[argparse.Namespace]:
    """A command line with one subcommand, ``dire``, that notes what it got."""
    calls: list[argparse.Namespace] = []

    def add_parser(subparsers: Subparsers) -> None:
        parser = subparsers.add_parser("dire", help="dit")
        parser.add_argument("texte", nargs="+")
        parser.add_argument("--fois", type=int, default=1)

    def run(args: argparse.Namespace) -> int:
        calls.append(args)
        match args.texte[0]:
            case "faute":
                raise ConfigError([Problem(Path("a.yml"), 3, 5, "il manque « nom ».")])
            case "panne":
                raise CommandError("Le port est pris.")
            case "stop":
                raise KeyboardInterrupt
        return 0

    module = ModuleType("dire")
    module.add_parser, module.run = add_parser, run  # type: ignore[attr-defined]
    monkeypatch.setattr(cli, "command_modules", lambda: {"dire": module})
    monkeypatch.delenv("CALLBOT_CONFIG", raising=False)
    monkeypatch.setenv("CALLBOT_VAR", "/env/var")
    return calls


@pytest.mark.parametrize(
    "argv",
    [
        ["--config", "/c", "dire", "bonjour"],
        ["dire", "bonjour", "--config", "/c"],
        ["--config", "/other", "dire", "--config", "/c", "bonjour"],
    ],
)
def test_folders_may_stand_before_or_after_the_command(
    seen: list[argparse.Namespace], argv: list[str]
) -> None:
    assert cli.main(argv) == 0
    assert seen[0].paths == Paths(config=Path("/c"), var=Path("/env/var"))


@pytest.mark.parametrize(
    ("argv", "words"),
    [
        ([], "il manque : commande."),
        (["crier"], "« crier » n'existe pas. Valeurs possibles : dire."),
        (["dire"], "il manque : texte."),
        (["dire", "x", "--fort"], "argument inconnu : --fort."),
        (["dire", "x", "--fois"], "--fois attend une valeur."),
        (["dire", "x", "--fois", "deux"], "--fois : « deux » n'est pas un nombre entier."),
    ],
)
def test_a_wrong_command_line_is_explained_in_french(
    seen: list[argparse.Namespace],
    capsys: pytest.CaptureFixture[str],
    argv: list[str],
    words: str,
) -> None:
    with pytest.raises(SystemExit) as stopped:
        cli.main(argv)
    assert stopped.value.code == 2
    errors = capsys.readouterr().err
    assert words in errors
    assert errors.startswith("Utilisation : callbot")
    assert seen == []


@pytest.mark.parametrize(
    ("word", "code", "words"),
    [
        ("faute", 1, "a.yml, ligne 3, colonne 5 : il manque « nom »."),
        ("panne", 1, "Le port est pris."),
        ("stop", 130, ""),
    ],
)
def test_failures_become_a_sentence_and_an_exit_code(
    seen: list[argparse.Namespace],
    capsys: pytest.CaptureFixture[str],
    word: str,
    code: int,
    words: str,
) -> None:
    assert cli.main(["dire", word]) == code
    assert capsys.readouterr().err.strip() == words


def test_the_real_commands_have_french_help(capsys: pytest.CaptureFixture[str]) -> None:
    for name in cli.command_modules():
        with pytest.raises(SystemExit):
            cli.main([name, "--help"])
        text = capsys.readouterr().out
        assert text.startswith("Utilisation : ")
        for english in ("usage:", "show this help", "positional arguments", "optional"):
            assert english not in text


def test_a_message_of_our_own_is_put_behind_its_argument() -> None:
    assert french_error("argument --calls: un nombre est attendu.") == (
        "--calls : un nombre est attendu."
    )


def test_recordings_follow_one_option_or_several() -> None:
    parser = cli.build_parser(cli.command_modules())
    for argv in (["--audio", "a.wav", "b.wav"], ["--audio", "a.wav", "--audio", "b.wav"]):
        args = parser.parse_args(["call", "bonjour", *argv])
        assert (args.texte, args.audio) == (["bonjour"], ["a.wav", "b.wav"])


def test_an_unknown_message_of_argparse_is_passed_on() -> None:
    assert french_error("something new") == "something new"

"""Help pages: of every command, in both languages, with examples that parse, and quickly there."""

import re
import shlex
import subprocess
import sys
from typing import Any

import pytest

from carbonledger.cli.app import command
from carbonledger.cli.entry import run
from carbonledger.cli.help import page
from carbonledger.cli.plain import width
from carbonledger.cli.reference import commands
from carbonledger.text import set_language, t

CONTEXTS = {context.command_path: context for context in commands(command())}
DESIGN = (
    "init", "site apply", "import", "status", "inventory", "renewable", "footprint", "intensity",
    "report park-summary", "explain", "sql", "verify", "demo", "log", "reverse", "meter event",
    "factors list", "factors show", "factors load", "methods list", "methods show", "methods load",
)  # fmt: skip


@pytest.fixture(autouse=True)
def _english() -> None:
    set_language("en")


def example(context: Any) -> list[str]:
    """Return the commands of an example, a continued line as one."""
    text = t(context.command.epilog).strip()
    lines = re.sub(r"\n {2,}", " ", text).split("\n")
    return [line.split("   #")[0].partition(" > ")[0] for line in lines]


def test_the_commands_of_the_design_are_there() -> None:
    assert {f"carbonledger {name}" for name in DESIGN} <= set(CONTEXTS)


@pytest.mark.parametrize("lang", ["en", "zh"])
@pytest.mark.parametrize("path", CONTEXTS)
def test_every_command_has_a_page_with_an_example(path: str, lang: str) -> None:
    set_language(lang)
    context = CONTEXTS[path]
    text = page(context.command, context)
    assert text.startswith(f"{t('cli.word.usage')} {path} ")
    assert t("cli.word.example") in text
    assert "carbonledger " in text.partition(t("cli.word.example"))[2]
    described = text.partition(t("cli.word.example"))[0]
    assert (
        re.search("[\u4e00-\u9fff]", described)
        if lang == "zh"
        else described.isascii() or (not re.search("[\u4e00-\u9fff]", described))
    )
    assert all(width(line) <= 100 for line in described.splitlines()[2:])


@pytest.mark.parametrize("lang", ["en", "zh"])
@pytest.mark.parametrize("path", CONTEXTS)
def test_every_example_is_a_command_line_that_parses(path: str, lang: str) -> None:
    set_language(lang)
    for line in example(CONTEXTS[path]):
        words = shlex.split(line)
        assert words[0] == "carbonledger"
        assert path in " ".join(words) or path in line or _names(path, words)
        _parse(command(), words[1:])


def _names(path: str, words: list[str]) -> bool:
    """Tell whether the words of a path stand in a line in their order, options between them."""
    rest = iter(words)
    return all(word in rest for word in path.split())


def _parse(group: Any, words: list[str]) -> None:
    """Parse a command line without running it."""
    context = group.make_context("carbonledger", words)
    words = [*context._protected_args, *context.args]
    while words and hasattr(context.command, "commands"):
        below = context.command.commands[words[0]]
        context = below.make_context(words[0], words[1:], parent=context)
        words = [*getattr(context, "_protected_args", []), *context.args]


@pytest.mark.parametrize(("lang", "word"), [("en", "Usage:"), ("zh", "用法：")])
def test_help_comes_in_the_language_asked_for(
    lang: str, word: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(["--lang", lang, "import", "--help"]) == 0
    out, err = capsys.readouterr()
    assert out.startswith(word)
    assert err == ""


def test_the_locale_chooses_the_language_of_help(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.delenv("LC_ALL", raising=False)
    monkeypatch.delenv("LC_MESSAGES", raising=False)
    monkeypatch.delenv("CARBONLEDGER_LANG", raising=False)
    monkeypatch.setenv("LANG", "zh_CN.UTF-8")
    assert run(["--help"]) == 0
    assert "用法：" in capsys.readouterr().out
    assert run(["--lang=en", "--help"]) == 0
    assert "Usage:" in capsys.readouterr().out


def test_commands_stand_in_the_order_of_the_work(capsys: pytest.CaptureFixture[str]) -> None:
    run(["--help"])
    out = capsys.readouterr().out
    at = [out.index(f"\n  {name} ") for name in ("init", "site", "import", "status", "verify")]
    assert at == sorted(at)


def test_help_loads_none_of_the_heavy_libraries() -> None:
    heavy = "pandas pyarrow numpy scipy sqlalchemy alembic pint jinja2"
    code = (
        "import sys; from carbonledger.cli.entry import run; run(['--help']);"
        f"found = sorted(set({heavy.split()!r}) & set(sys.modules));"
        "sys.exit('loaded: ' + ', '.join(found) if found else 0)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.startswith(("Usage:", "用法："))


def test_the_module_and_the_version(capsys: pytest.CaptureFixture[str]) -> None:
    from carbonledger import __version__

    assert run(["--version"]) == 0
    assert capsys.readouterr().out == f"carbonledger {__version__}\n"
    done = subprocess.run(
        [sys.executable, "-m", "carbonledger", "--version"],
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, done.stdout) == (0, f"carbonledger {__version__}\n")

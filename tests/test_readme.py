"""The README: its tour prints what it shows, its links lead somewhere, every page is linked."""

import re
import shlex
import shutil
from pathlib import Path

import pytest

from carbonledger.cli.entry import run

CHECKOUT = Path(__file__).resolve().parent.parent
README = (CHECKOUT / "README.md").read_text("utf-8")
BLOCKS = re.findall(r"^```console\n(.*?)^```", README, re.MULTILINE | re.DOTALL)
# A command at a prompt with the lines it prints; "…" alone stands for lines left out.
STEPS = [
    (command.replace("\\\n", " "), printed)
    for block in BLOCKS
    for command, printed in re.findall(
        r"^\$ ((?:.*\\\n)*.*)\n((?:(?!\$ ).*\n)*)", block, re.MULTILINE
    )
]


@pytest.fixture(scope="module")
def place(demo_park: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Give the folder in which `demo` lies, a copy: some commands of the tour store a run."""
    folder = tmp_path_factory.mktemp("tour")
    shutil.copytree(demo_park, folder / "demo")
    return folder


def matches(printed: str, shown: str) -> bool:
    """Tell whether a text is what is shown, where "…" stands for any lines."""
    lines = "".join(f"{line.rstrip()}\n" for line in printed.splitlines())
    parts = [re.escape(part) for part in re.split(r"^…\n", shown, flags=re.MULTILINE)]
    return re.fullmatch("(?:.*\n)*?".join(parts), lines) is not None


def test_the_tour_has_steps() -> None:
    assert len(STEPS) >= 5


@pytest.mark.parametrize(("command", "shown"), STEPS, ids=[command for command, _ in STEPS])
def test_a_step_of_the_tour_prints_what_is_shown(
    command: str,
    shown: str,
    place: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.chdir(place)
    monkeypatch.setenv("CARBONLEDGER_DB", "demo/ledger.db")
    monkeypatch.setenv("CARBONLEDGER_LANG", "en")
    monkeypatch.setenv("COLUMNS", "100")
    name, *words = shlex.split(command)
    assert name == "carbonledger"
    assert run(words) == 0
    printed = capsys.readouterr().out
    assert matches(printed, shown), f"{command}\n{printed}"


def links(text: str) -> list[str]:
    return [link for link in re.findall(r"\]\(([^)#\s]+)\)", text) if "://" not in link]


def test_links_between_documents_lead_somewhere() -> None:
    pages = [CHECKOUT / "README.md", CHECKOUT / "SECURITY.md", *(CHECKOUT / "docs").rglob("*.md")]
    dead = [
        f"{page.relative_to(CHECKOUT)}: {link}"
        for page in pages
        for link in links(page.read_text("utf-8"))
        if not (page.parent / link).exists()
    ]
    assert not dead, "\n" + "\n".join(dead)


def test_every_document_is_linked() -> None:
    linked = set(links(README))
    pages = [path.relative_to(CHECKOUT) for path in (CHECKOUT / "docs").rglob("*.md")]
    lost = [
        page.as_posix()
        for page in pages
        if page.as_posix() not in linked
        and not any(parent.as_posix() in linked for parent in page.parents)
        and not any(Path(link).parent == page.parent != Path("docs") for link in linked)
    ]
    assert not lost, "\n" + "\n".join(lost)


def test_the_two_commands_are_those_of_the_script() -> None:
    script = (CHECKOUT / "run").read_text("utf-8")
    for command in re.findall(r"^\./run (\w+)", README, re.MULTILINE):
        assert re.search(rf"^{command}\)$", script, re.MULTILINE)


def test_every_decision_is_listed() -> None:
    folder = CHECKOUT / "docs" / "decisions"
    listed = links((folder / "README.md").read_text("utf-8"))
    assert listed == sorted(path.name for path in folder.glob("0*.md"))

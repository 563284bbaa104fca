"""Feed the import with files that a fuzzer makes, led by which lines of the program they reach.

    python tests/fuzz/fuzz_import.py FOLDER [--runs 3000] [--seed 1] [--only NAME] [--seconds 5]

What a file may come to is a dry run without a fault, or a refusal. Anything else, an exception
that is none of ours, more than five seconds, or than 300 MB beside what the program itself takes,
is a finding: FOLDER then holds the file, the profile and what happened, each kind of finding once.
"""

import argparse
import importlib
import os
import pkgutil
import random
import sys
import time
import traceback
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))
sys.path.append(str(Path(__file__).resolve().parent.parent.parent / "benchmarks"))

import atheris

import carbonledger.ingest

with atheris.instrument_imports(include=["carbonledger.ingest", "carbonledger.units.exact"]):
    for module in pkgutil.walk_packages(carbonledger.ingest.__path__, "carbonledger.ingest."):
        importlib.import_module(module.name)
    from ingest_kit import NOW, Books
    from measure import peak_mb
    from mending import mended
    from mutations import mutated
    from targets import Target, meters, targets

    from carbonledger.errors import Refusal
    from carbonledger.ingest.service import ImportOptions, import_file
    from carbonledger.ledger.connect import Ledger

# One file may need so much beside what the program needs; of it all libFuzzer tells no more than
# that something grows.
MEGABYTES, IN_ALL = 300, 4000
LONGEST = 16_000


@dataclass(slots=True)
class Fuzz:
    """One run of the fuzzer.

    Attributes:
        ledger: the books that the files are for; nothing is posted to them.
        folder: where findings go.
        targets: the kinds of files.
        work: the file that is imported next, and its profiles.
        seconds: the longest that a file may take.
        known: kinds of findings met.
        runs, accepted: how many files were tried, and how many of them taken.
    """

    ledger: Ledger
    folder: Path
    targets: tuple[Target, ...]
    work: Path
    seconds: float
    known: set[str] = field(default_factory=set)
    runs: int = 0
    accepted: int = 0

    def one(self, data: bytes) -> None:
        """Import one file: the first byte says which kind it is and how it is asked for."""
        if not data:
            return
        target = self.targets[(data[0] & 127) % len(self.targets)]
        options = ImportOptions(
            profile=self.work / f"{target.name}.toml" if target.profile else None,
            dry_run=True, keep=False, actor="fuzz", now=NOW, accept_rejects=data[0] >= 128,
        )  # fmt: skip
        path = self.work / "fuzzed"
        path.write_bytes(data[1:])
        self._count()
        begun, peak = time.process_time(), peak_mb()
        try:
            answer = import_file(self.ledger, path, options)
            self.accepted += 1
            self._consistent(answer, options)
        except Refusal as refusal:
            self._told(refusal, target, data)
        except BaseException as error:  # noqa: BLE001 (what else there is, is what is looked for)
            self._found(_kind(error), target, data, traceback.format_exc())
        if time.process_time() - begun > self.seconds:
            self._found("slow", target, data, f"{time.process_time() - begun:.1f} seconds")
        if peak_mb() - peak > MEGABYTES:
            self._found(
                "memory", target, data, f"{peak:.0f} MB before and {peak_mb():.0f} MB after"
            )

    def _count(self) -> None:
        self.runs += 1
        if self.runs % 100 == 0:
            # The library ends the process itself, so that nothing could be told then.
            (self.folder / "tally").write_text(f"{self.runs} {self.accepted}", "utf-8")

    def _consistent(self, answer: dict[str, Any], options: ImportOptions) -> None:
        """Check that an accepted file was counted whole."""
        if answer["rejected"] and not options.accept_rejects:
            raise AssertionError("rows were rejected and the file accepted")
        if answer["rows"] < 1:
            raise AssertionError("a file without rows was accepted")

    def _told(self, refusal: Refusal, target: Target, data: bytes) -> None:
        """Check that a refusal says what is wrong, in a size that fits a screen."""
        if not refusal.message or not refusal.code or len(refusal.message) > 2000:
            self._found(f"refusal-{refusal.code}", target, data, refusal.message[:5000])

    def _found(self, kind: str, target: Target, data: bytes, what: str) -> None:
        if kind in self.known:
            return
        self.known.add(kind)
        stem = self.folder / f"{target.name}-{len(self.known)}"
        stem.with_suffix(".bin").write_bytes(data[1:])
        stem.with_suffix(".toml").write_text(target.profile, "utf-8")
        stem.with_suffix(".txt").write_text(f"{kind}\n{what}", "utf-8")


def _kind(error: BaseException) -> str:
    """Return what tells findings apart: the exception and the last line of ours it went through."""
    frames = traceback.extract_tb(error.__traceback__)
    ours = [f for f in frames if "carbonledger" in f.filename]
    place = f"{Path(ours[-1].filename).name}:{ours[-1].lineno}" if ours else "?"
    return f"{type(error).__name__} {place}"


def _mutator(data: bytes, size: int, seed: int) -> bytes:
    """Change a file: as bytes, as lines and cells, or within what packs it."""
    chance = random.Random(seed)  # noqa: S311
    first = (data or b"\0")[0] ^ (128 if chance.random() < 0.3 else 0)
    changed = mutated(data[1:], size - 1, chance, atheris.Mutate)
    return bytes([first]) + (mended(changed) if chance.random() < 0.8 else changed)


def _seeds(folder: Path, chosen: tuple[Target, ...]) -> None:
    folder.mkdir()
    for number, target in enumerate(chosen):
        for place, seed in enumerate(target.seeds):
            if len(seed) >= LONGEST:
                raise ValueError(f"{target.name}: the sample would be cut; raise LONGEST")
            (folder / f"{target.name}-{place}").write_bytes(bytes([number]) + seed)


def main() -> None:
    """Run as the command line says, in this process."""
    asked = argparse.ArgumentParser(description=__doc__)
    asked.add_argument("folder", type=Path)
    asked.add_argument("--runs", type=int, default=3000)
    asked.add_argument("--seed", type=int, default=1)
    asked.add_argument("--only", default="", help="one kind of file")
    asked.add_argument("--seconds", type=float, default=5, help="the longest that a file may take")
    told = asked.parse_args()
    chosen = tuple(t for t in targets() if told.only in ("", t.name))
    work = told.folder / "work"
    work.mkdir(parents=True)
    for target in chosen:
        (work / f"{target.name}.toml").write_text(target.profile, "utf-8")
    _seeds(work / "corpus", chosen)
    books = Books(work / "books", *meters())
    with books.ledger() as ledger:
        fuzz = Fuzz(ledger, told.folder, chosen, work, told.seconds)
        atheris.Setup(
            [sys.argv[0], str(work / "corpus"), f"-runs={told.runs}", f"-seed={told.seed}",
             f"-max_len={LONGEST}", f"-timeout={int(10 * told.seconds)}", f"-rss_limit_mb={IN_ALL}",
             f"-artifact_prefix={told.folder}/", "-print_final_stats=1", "-mutate_depth=2",
             "-keep_seed=1", "-reduce_inputs=0"],
            fuzz.one, custom_mutator=_mutator,
        )  # fmt: skip
        atheris.Fuzz()


if __name__ == "__main__":
    os.environ.setdefault("PYTHONHASHSEED", "0")
    main()

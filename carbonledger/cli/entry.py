"""From the words typed to an exit code: nothing that is raised leaves here as a traceback."""

import os
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

from carbonledger.text import LANGUAGES, from_environment, set_language


@dataclass(frozen=True, slots=True)
class Early:
    """What must be known before the command line is parsed, because parsing can fail.

    Attributes:
        lang: language of help and errors.
        json: errors are told as JSON.
        debug: errors are told with their traceback.
    """

    lang: str
    json: bool
    debug: bool


def early(argv: Sequence[str], environ: Mapping[str, str]) -> Early:
    """Find the language and the form of errors in a command line that may be wrong."""
    options = list(argv[: argv.index("--")] if "--" in argv else argv)
    lang = from_environment(environ)
    for option, value in pairwise([*options, ""]):
        said = value if option == "--lang" else option.removeprefix("--lang=")
        if option.startswith("--lang") and said in LANGUAGES:
            lang = said
    return Early(lang, "--json" in options, "--debug" in options)


def run(argv: Sequence[str]) -> int:
    """Run one command line and return its exit code: 0 done, 1 refused or failed, 2 wrong usage.

    Args:
        argv: the words after the program's name.
    """
    from carbonledger.cli.failure import tell

    known = early(argv, os.environ)
    set_language(known.lang)
    _prepare(sys.stdout, json=known.json)
    _prepare(sys.stderr, json=False)
    try:
        return _invoke(list(argv))
    except BrokenPipeError:
        return _reader_left()
    except (Exception, KeyboardInterrupt) as error:  # noqa: BLE001 - the outermost border
        try:
            code = tell(error, json=known.json, debug=known.debug)
            sys.stdout.flush()
        except OSError:
            return _reader_left()
        return code


def _invoke(argv: list[str]) -> int:
    import typer

    from carbonledger.cli.app import command

    root = command()
    try:
        with root.make_context("carbonledger", argv) as context:
            root.invoke(context)
    except typer.Exit as left:
        return left.exit_code
    finally:
        # A full disk or a closed pipe shows here, while it can still be told.
        sys.stdout.flush()
    return 0


def _prepare(stream: object, *, json: bool) -> None:
    # A terminal that lacks a sign shows its number instead of stopping the program.
    reconfigure = getattr(stream, "reconfigure", None)
    if reconfigure is not None:
        reconfigure(errors="backslashreplace", **({"encoding": "utf-8"} if json else {}))


def _reader_left() -> int:
    # The interpreter flushes standard output once more on its way out, and would complain.
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, sys.stdout.fileno())
    os.close(nowhere)
    return 1

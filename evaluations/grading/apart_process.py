"""The process that `evaluations.grading.apart` starts: a line of JSON in, a line of JSON out."""

import json
import os
import re
import select
import signal
import sys
from collections.abc import Callable
from contextlib import suppress
from importlib import import_module
from importlib.metadata import version
from typing import Any

REST_SECONDS = 120.0
LAST_SECONDS = 20
"""After so many it ends itself, whatever it does: nobody is left to kill it."""
MOST_BYTES = 4 << 30
"""Of addresses, which libraries take in much larger pieces than they fill."""


_NEVER = (
    "socket.",
    "subprocess.",
    "shutil.",
    "urllib.",
    *(f"os.{name}" for name in ("system", "exec", "spawn", "posix_spawn", "fork", "kill")),
    *(f"os.{name}" for name in ("remove", "rename", "mkdir", "rmdir", "link", "symlink")),
)
_READABLE = (sys.prefix, sys.base_prefix, os.path.realpath(sys.prefix), "/usr/share/", "/dev/null")


class Bad(Exception):
    """The work cannot be done as it was asked for."""


def matching() -> Callable[..., Any]:
    """Whether a pattern matches one of several texts; the first that it matches, or None."""

    def match(pattern: str, texts: list[str], whole: bool, ignore_case: bool) -> str | None:
        try:
            compiled = re.compile(pattern, re.IGNORECASE if ignore_case else 0)
        except (re.error, RecursionError, OverflowError) as error:
            raise Bad(f"the pattern cannot be read: {error}") from error
        find = compiled.fullmatch if whole else compiled.search
        return next((found[0] for text in texts if (found := find(text))), None)

    return match


def verifying() -> Callable[..., Any]:
    """Whether an expression in LaTeX is equal to one of several; None where it is none."""
    try:
        library = import_module("math_verify")
    except ImportError as error:
        raise Bad("math-verify is not installed here") from error

    def read(text: str) -> Any:
        return library.parse(text if "$" in text else f"${text}$", parsing_timeout=None)

    def verify(reference: str, texts: list[str]) -> str | bool | None:
        expected = read(reference)
        if not expected:
            return None
        for text in texts:
            found = read(text)
            if found and library.verify(expected, found, timeout_seconds=None):
                return str(found[0])
        return False

    return verify


def scoring() -> Callable[..., Any]:
    """The best score that reasoning-gym gives one of several answers to a task it made."""
    try:
        library = import_module("reasoning_gym")
    except ImportError as error:
        raise Bad("reasoning-gym is not installed here") from error
    installed = version("reasoning-gym")

    def score(
        task: str, seed: int, index: int, config: dict[str, Any], made_by: str, texts: list[str]
    ) -> float:
        if made_by not in ("", installed):
            raise Bad(f"the task was made by version {made_by}, and {installed} is installed")
        try:
            dataset = library.create_dataset(task, seed=seed, size=index + 1, **config)
        except (ValueError, TypeError, AssertionError) as error:
            raise Bad(f"reasoning-gym does not make this task: {error}") from error
        entry = dataset[index]
        scores = [float(dataset.score_answer(answer=text, entry=entry)) for text in texts]
        return max(0.0, min(1.0, max(scores, default=0.0)))

    return score


KINDS: dict[str, Callable[[], Callable[..., Any]]] = {
    "regex": matching,
    "math-verify": verifying,
    "reasoning-gym": scoring,
}


def kept_in(event: str, args: tuple[Any, ...]) -> None:
    """Refuse what no grader needs: networks, other programs, files that are not of Python's own.

    Verifiers evaluate what models write, and that must reach nothing of this machine. It keeps out
    accidents and the ordinary attack; it is no wall against code that is made to break it.
    """
    if event.startswith(_NEVER):
        raise PermissionError(f"a grader may not do this: {event}")
    if event == "open" and isinstance(args[0], str | bytes):
        path = os.fsdecode(args[0])
        if not path.startswith(_READABLE) or ".." in path:
            raise PermissionError(f"a grader may not open {path}")


def bounded() -> None:
    """No files written, and not all of the memory."""
    sys.addaudithook(kept_in)
    with suppress(ImportError):
        resource: Any = import_module("resource")
        for name, most in (("RLIMIT_AS", MOST_BYTES), ("RLIMIT_CORE", 0), ("RLIMIT_FSIZE", 0)):
            with suppress(ValueError, OSError, AttributeError):
                resource.setrlimit(getattr(resource, name), (most, most))


def main(kind: str) -> None:
    # What a library prints is no answer.
    out = os.fdopen(os.dup(1), "w", buffering=1)
    os.dup2(2, 1)

    def say(**answer: Any) -> None:
        out.write(json.dumps(answer) + "\n")

    try:
        work = KINDS[kind]()
    except Bad as error:
        say(refused=str(error))
        return
    bounded()
    say(value="ready")
    while select.select([sys.stdin], [], [], REST_SECONDS)[0]:
        line = sys.stdin.buffer.readline()
        if not line:
            return
        signal.alarm(LAST_SECONDS)
        try:
            value = work(**json.loads(line))
        except Bad as error:
            say(refused=str(error))
        except MemoryError:
            os._exit(1)
        except Exception as error:
            say(refused=f"the grader failed: {type(error).__name__}")
        else:
            say(value=value)
        signal.alarm(0)


if __name__ == "__main__":
    main(sys.argv[1])

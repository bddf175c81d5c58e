"""Check a frozen study: python check_release.py FOLDER.

Compares every file with the manifest, then makes every share, interval, rank and agreement again
from the answers alone, and says that they are equal, or where not. Needs numpy and SciPy, and
nothing of the site: the rules and measures beside this file are the code that it uses.
"""

import csv
import hashlib
import json
import math
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

HERE = Path(__file__).resolve().parent
if (HERE / "evaluations").is_dir():
    sys.path.insert(0, str(HERE))

from evaluations.exchange.studies.release_numbers import (  # noqa: E402
    Release,
    agreement_of,
    board_of,
    rows_of,
)

MANIFEST = "MANIFEST.json"
TOLERANCE = 1e-9
SHOWN = 20
NOT_MADE_AGAIN = frozenset({"definition", "definition_version", "name", "model", "recipe", "road",
                            "graded_by", "criterion", "meaning"})  # fmt: skip
"""What names a row, and words that say no number; all else is made again."""


# Files -------------------------------------------------------------------------------------------


def differing_files(folder: Path) -> list[str]:
    """A sentence for each file that is not what the manifest says."""
    manifest = json.loads((folder / MANIFEST).read_text(encoding="utf-8"))
    problems = []
    for name, said in manifest["files"].items():
        path = folder / name
        if not path.is_file():
            problems.append(f"{name} is missing.")
        elif digest_of(path) != said["sha256"]:
            problems.append(f"{name} was changed: its SHA-256 is not that of the manifest.")
    known = {*manifest["files"], MANIFEST}
    for path in sorted(folder.rglob("*")):
        name = path.relative_to(folder).as_posix()
        if path.is_file() and name not in known and "__pycache__" not in name:
            problems.append(f"{name} is not in the manifest.")
    return problems


def digest_of(path: Path) -> str:
    whole = hashlib.sha256()
    with path.open("rb") as file:
        while part := file.read(1 << 20):
            whole.update(part)
    return whole.hexdigest()


# Comparing ---------------------------------------------------------------------------------------


def differing_numbers(folder: Path) -> tuple[list[str], int]:
    """A sentence for each number that is not what the answers give, and how many were compared."""
    release = Release(folder)
    problems, compared = differing_matrix(folder), 0
    frozen = {
        (
            row["definition"],
            row["definition_version"],
            row["road"],
            row["model"],
            row["recipe"],
        ): row
        for row in rows_of(folder, "boards")
    }
    for key, definition in release.definitions.items():
        for road in ("computed", "direct"):
            board = board_of(release, definition, road)
            for names, again in board.items():
                called = f"{key[0]} v{key[1]} ({road}), {names[0]} + {names[1]}"
                row = frozen.pop((*key, road, *names), None)
                if row is not None:
                    problems += compared_rows(called, row, again)
                    compared += len(again)
                elif again["n"]:
                    problems.append(f"{called}: the row is missing.")
    problems += [f"{' '.join(map(str, key))}: nothing is known of this row." for key in frozen]
    asked = {(key[1], key[2]) for key in release.given if key[0] == "criterion"}
    for row in rows_of(folder, "agreement"):
        asked.discard((row["criterion"], row["meaning"]))
        question = ("criterion", row["criterion"], row["meaning"])
        again = agreement_of(release, question, release.outputs)
        problems += compared_rows(f"agreement on {row['criterion']}", row, again)
        compared += len(again)
    problems += [f"agreement on {criterion}: the row is missing." for criterion, _ in sorted(asked)]
    return problems, compared


def differing_matrix(folder: Path) -> list[str]:
    """A sentence for each cell of the matrix that is not what the boards say."""
    cells: dict[tuple[str, str, str], Any] = {}
    for row in rows_of(folder, "boards"):
        if row["road"] == "computed":
            key = (row["definition"], str(row["definition_version"]))
            called = f"{row['model']} + {row['recipe']}"
            cells |= {(*key, called): row["share"], (*key, f"{called}, n"): row["n"]}
    shown_cells: dict[tuple[str, str, str], Any] = {}
    if (path := folder / "matrix.csv").exists():
        with path.open(encoding="utf-8", newline="") as file:
            for line in csv.DictReader(file):
                key = (line.pop("definition"), line.pop("definition_version"))
                shown_cells |= {(*key, name): float(text) for name, text in line.items() if text}
    return [
        f"matrix.csv, {' '.join(key)}: it says {shown(shown_cells.get(key))}, and the board "
        f"{shown(cells.get(key))}."
        for key in sorted({*cells, *shown_cells})
        if not same(shown_cells.get(key), cells.get(key))
    ]


def compared_rows(called: str, frozen: Mapping[str, Any], again: Mapping[str, Any]) -> list[str]:
    return [
        f"{called}: {name} is frozen as {shown(frozen.get(name))}, and the answers give "
        f"{shown(again.get(name))}."
        for name in sorted({*frozen, *again} - NOT_MADE_AGAIN)
        if not same(frozen.get(name), again.get(name))
    ]


def same(first: Any, second: Any) -> bool:
    if first is None or second is None or isinstance(first, str) or isinstance(second, str):
        return bool(first == second)
    return math.isclose(first, second, rel_tol=TOLERANCE, abs_tol=TOLERANCE)


def shown(value: Any) -> str:
    if value is None or value == "":
        return "nothing"
    return f"{value:.6g}" if isinstance(value, float) else str(value)


def main(arguments: Sequence[str]) -> int:
    if len(arguments) != 1 or not (folder := Path(arguments[0])).joinpath(MANIFEST).is_file():
        sys.stderr.write("Usage: python check_release.py FOLDER, which holds a MANIFEST.json.\n")
        return 2
    problems: list[str] = []
    compared = 0
    try:
        problems += differing_files(folder)
        numbers, compared = differing_numbers(folder)
        problems += numbers
    except (AttributeError, IndexError, KeyError, TypeError, ValueError) as error:
        # Only a file that is not as it was frozen gets here.
        problems.append(f"The numbers cannot be made again: {error!r}.")
    for problem in problems[:SHOWN]:
        sys.stdout.write(f"{problem}\n")
    if (more := len(problems) - SHOWN) > 0:
        sys.stdout.write(f"and {more} more\n")
    if problems:
        return 1
    sys.stdout.write(f"Equal: every file is as it was frozen, and so are all {compared} numbers.\n")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

"""Check a frozen study: python check_release.py FOLDER.

Compares every file with the manifest, then makes every share, interval, rank and agreement again
from the answers alone, and says that they are equal, or where not. Needs numpy and SciPy, and
nothing of the site: the rules and measures beside this file are the code that it uses.
"""

import hashlib
import json
import math
import sys
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

HERE = Path(__file__).resolve().parent
if (HERE / "evaluations").is_dir():
    sys.path.insert(0, str(HERE))

import numpy as np  # noqa: E402

from evaluations.measures.agreement import agreeing_pairs, alphas  # noqa: E402
from evaluations.measures.row_ranks import prompt_means_of, ranking_of  # noqa: E402
from evaluations.measures.shares import intervals_of  # noqa: E402
from evaluations.rules import (  # noqa: E402
    CODES,
    WITHHELD,
    apply_absence_policy_arrays,
    combine_judges,
    criteria,
    evaluate_arrays,
    tally_groups,
)

Row = dict[str, Any]
Column = tuple[str, int]
Subject = tuple[str, Any]
MANIFEST = "MANIFEST.json"
TOLERANCE = 1e-9
SHOWN = 20
CHECKED = (
    "outputs", "n", "met", "share", "low", "high", "reasoning", "partly", "not_reasoning",
    "undetermined", "rank", "rank_high", "alpha", "alpha_items", "alpha_values", "raw_agreement",
)  # fmt: skip


# Files -------------------------------------------------------------------------------------------


def rows_of(folder: Path, name: str) -> Iterator[Row]:
    """The lines of a file; none where the study has no such file."""
    path = folder / f"{name}.jsonl"
    if path.exists():
        with path.open(encoding="utf-8", newline="\n") as file:
            for line in file:
                yield json.loads(line)


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


# Answers -----------------------------------------------------------------------------------------


class Release:
    """What boards count of a frozen study, by what it is about."""

    def __init__(self, folder: Path) -> None:
        self.outputs = [row for row in rows_of(folder, "outputs") if row["counted"]]
        self.given: dict[tuple[Any, ...], list[int]] = {}
        here = {row["output"] for row in self.outputs}
        prompts = {row["prompt"] for row in self.outputs}
        for row in rows_of(folder, "answers"):
            if row["counted"] and (row["output"] in here or row["prompt"] in prompts):
                self.given.setdefault(key_of(row), []).append(CODES[row["answer"]])
        self.findings = list(rows_of(folder, "findings"))
        self.definitions = {
            (row["slug"], row["version"]): row for row in rows_of(folder, "definitions")
        }
        self.process = {row["criterion"] for row in rows_of(folder, "criteria") if row["process"]}
        self.judged = {
            row["criterion"] for row in rows_of(folder, "criteria") if row["answered_by"] == "judge"
        }
        self.rows, self.row_of = numbered((row["model"], row["recipe"]) for row in self.outputs)
        _, self.prompt_of = numbered(row["prompt"] for row in self.outputs)
        _, family_of = numbered(row["family"] or "" for row in self.outputs)
        named = np.array([row["family"] is not None for row in self.outputs], np.bool_)
        self.family_of = np.where(named, family_of, 0)
        self.written = np.array([row["state"] == "done" for row in self.outputs], np.bool_)
        self.withheld = np.array(
            [row["trace_visibility"] in WITHHELD for row in self.outputs], np.bool_
        )
        self.columns: dict[tuple[Any, ...], tuple[Any, Any]] = {}
        """What was made of each question, for the next definition that asks it."""

    def subjects(self, output: Row) -> list[Subject]:
        """Itself, and its prompt: answers about the output come first."""
        return [("output", output["output"]), ("prompt", output["prompt"])]

    def known(self, asked: tuple[Any, ...], subject: Subject) -> list[int]:
        """What was answered to a question about one subject."""
        return self.given.get((*asked, *subject), [])

    def found(self, column: Column, output: Row) -> int | None:
        """What the newest finding that concerns an output says."""
        said = None
        for row in self.findings:
            if (row["criterion"], row["meaning"]) == column and all(
                row[name] is None or row[name] == output[name]
                for name in ("output", "prompt", "model", "recipe", "family")
            ):
                said = CODES[row["answer"]]
        return said

    def combined(self, asked: tuple[Any, ...], output: Row) -> int | None:
        """The lower median of the known answers about an output; None where nobody was asked."""
        for subject in self.subjects(output):
            if given := self.known(asked, subject):
                return CODES[combine_judges([WORD_OF[code] for code in given])]
        return self.found(asked[1:], output) if asked[0] == "criterion" else None


WORD_OF = {code: word for word, code in CODES.items()}


def key_of(row: Row) -> tuple[Any, ...]:
    """The question of an answer, and what it is about."""
    about = ("prompt", row["prompt"]) if row["output"] is None else ("output", row["output"])
    if row["road"] == "criterion":
        return ("criterion", row["criterion"], row["meaning"], *about)
    return (row["road"], row["definition"], row["definition_version"], *about)


def numbered(labels: Iterable[Any]) -> tuple[list[Any], Any]:
    """The different labels, sorted, and the number of each from 1; the first list from 0."""
    every = list(labels)
    distinct = sorted(set(every))
    place = {label: number for number, label in enumerate(distinct, start=1)}
    return distinct, np.array([place[label] for label in every], np.int64)


# Boards ------------------------------------------------------------------------------------------


def board_of(release: Release, definition: Row, road: str) -> dict[tuple[str, str], Row]:
    """A board again: model and recipe to its numbers."""
    verdicts, asked = verdicts_of(release, definition, road)
    number, count = release.row_of - 1, len(release.rows)
    tallies = tally_groups(verdicts, asked, number, count, definition["partly_policy"])
    met = verdicts == CODES["yes"]
    if definition["partly_policy"] == "met":
        met |= verdicts == CODES["partly"]
    judged = (met[asked], number[asked], count, release.prompt_of[asked], release.family_of[asked])
    intervals = intervals_of(*judged)
    ranks = ranking_of(prompt_means_of(judged[0], judged[1], count, judged[3], judged[4])).ranks()
    found = {}
    for row, names in enumerate(release.rows):
        said = verdicts[asked & (number == row)]
        interval, rank = intervals[row], ranks[row]
        found[names] = {
            "outputs": tallies[row].outputs,
            "n": tallies[row].n,
            "met": tallies[row].met,
            "share": tallies[row].share,
            "low": interval.low if interval else None,
            "high": interval.high if interval else None,
            "reasoning": int((said == CODES["yes"]).sum()),
            "partly": int((said == CODES["partly"]).sum()),
            "not_reasoning": int((said == CODES["no"]).sum()),
            "undetermined": int((said == CODES["cannot-tell"]).sum()),
            "rank": rank.best if rank else None,
            "rank_high": rank.worst if rank else None,
        }
    return found


def verdicts_of(release: Release, definition: Row, road: str) -> tuple[Any, Any]:
    """The verdict on each output as a code, and where the whole rule was asked."""
    if road == "direct":
        return column_of(release, ("definition", definition["slug"], definition["version"]))
    columns, asked = {}, release.written.copy()
    for key, column in columns_of(definition).items():
        columns[key], here = column_of(release, ("criterion", *column))
        asked &= here
    seen = apply_absence_policy_arrays(
        columns,
        policy=definition["absence_policy"],
        withheld=release.withheld,
        process=release.process.intersection(columns),
    )
    return evaluate_arrays(definition["rule"], seen, length=len(release.outputs)), asked


def columns_of(definition: Row) -> dict[str, Column]:
    """Criterion key to the column that the definition means."""
    pinned = {pin["criterion"]: pin["meaning"] for pin in definition["pins"]}
    return {key: (key, pinned.get(key, 1)) for key in criteria(definition["rule"])}


def column_of(release: Release, question: tuple[Any, ...]) -> tuple[Any, Any]:
    """The combined answers to a question about each output as codes, and where it was asked."""
    if question in release.columns:
        return release.columns[question]
    said = [release.combined(question, output) for output in release.outputs]
    unknown = CODES["cannot-tell"]
    codes = np.array([unknown if code is None else code for code in said], np.int8)
    asked = np.array([code is not None for code in said], np.bool_)
    release.columns[question] = codes, asked
    return codes, asked


# Agreement ---------------------------------------------------------------------------------------


def agreement_of(
    release: Release, question: tuple[Any, ...], outputs: Sequence[Row]
) -> dict[str, Any]:
    """Krippendorff's ordinal alpha and raw agreement on one question over these outputs."""
    subjects = {subject for output in outputs for subject in release.subjects(output)}
    given = [release.known(question, subject) for subject in sorted(subjects, key=str)]
    counts = np.array([[codes.count(code) for code in range(3)] for codes in given], np.int64)
    unknown = np.array([codes.count(CODES["cannot-tell"]) for codes in given], np.int64)
    counts = counts.reshape(len(given), 3)
    same, pairs = agreeing_pairs(counts, unknown)
    both = counts[counts.sum(axis=1) >= 2].astype(np.float64)
    alpha = float("nan")
    if len(both):
        alpha = float(alphas(np.ones((1, len(both))), np.arange(3.0), both, "ordinal")[0])
    return {
        "alpha": None if math.isnan(alpha) else alpha,
        "alpha_items": len(both),
        "alpha_values": int(both.sum()),
        "raw_agreement": int(same.sum()) / int(pairs.sum()) if pairs.sum() else None,
    }


def question_of(definition: Row, named: str) -> tuple[Any, ...]:
    """What a board's least agreed question is in the answers."""
    if named == "direct":
        return ("definition", definition["slug"], definition["version"])
    return ("criterion", *columns_of(definition)[named])


# Comparing ---------------------------------------------------------------------------------------


def differing_numbers(folder: Path) -> tuple[list[str], int]:
    """A sentence for each number that is not what the answers give, and how many were compared."""
    release = Release(folder)
    problems, compared = [], 0
    boards: dict[tuple[Any, ...], dict[tuple[str, str], Row]] = {}
    for frozen in rows_of(folder, "boards"):
        key = (frozen["definition"], frozen["definition_version"])
        definition = release.definitions[key]
        asked = (*key, frozen["road"])
        if asked not in boards:
            boards[asked] = board_of(release, definition, frozen["road"])
        names = (frozen["model"], frozen["recipe"])
        called = f"{frozen['definition']} v{key[1]} ({frozen['road']}), {names[0]} + {names[1]}"
        again = boards[asked].get(names)
        if again is None:
            problems.append(f"{called}: nothing was written by it.")
            continue
        if frozen["least_agreed"]:
            _, judged = verdicts_of(release, definition, frozen["road"])
            here = judged & (release.row_of - 1 == release.rows.index(names))
            outputs = [row for row, flag in zip(release.outputs, here, strict=True) if flag]
            question = question_of(definition, frozen["least_agreed"])
            again = again | agreement_of(release, question, outputs)
        more, number = compared_rows(called, frozen, again)
        problems += more
        compared += number
    for frozen in rows_of(folder, "agreement"):
        question = ("criterion", frozen["criterion"], frozen["meaning"])
        again = agreement_of(release, question, release.outputs)
        more, number = compared_rows(f"agreement on {frozen['criterion']}", frozen, again)
        problems += more
        compared += number
    return problems, compared


def compared_rows(
    called: str, frozen: Mapping[str, Any], again: Mapping[str, Any]
) -> tuple[list[str], int]:
    names = [name for name in CHECKED if name in frozen and name in again]
    problems = [
        f"{called}: {name} is frozen as {shown(frozen[name])}, and the answers give "
        f"{shown(again[name])}."
        for name in names
        if not same(frozen[name], again[name])
    ]
    return problems, len(names)


def same(first: Any, second: Any) -> bool:
    if first is None or second is None:
        return first is second
    return math.isclose(first, second, rel_tol=TOLERANCE, abs_tol=TOLERANCE)


def shown(value: Any) -> str:
    if value is None:
        return "nothing"
    return f"{value:.6g}" if isinstance(value, float) else str(value)


def main(arguments: Sequence[str]) -> int:
    if len(arguments) != 1 or not (folder := Path(arguments[0])).joinpath(MANIFEST).is_file():
        sys.stderr.write("Usage: python check_release.py FOLDER, which holds a MANIFEST.json.\n")
        return 2
    files = differing_files(folder)
    try:
        numbers, compared = differing_numbers(folder)
    except (KeyError, TypeError, ValueError) as error:
        # Only a file that is not as it was frozen gets here.
        numbers, compared = [f"The numbers cannot be made again: {error!r}."], 0
    problems = files + numbers
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

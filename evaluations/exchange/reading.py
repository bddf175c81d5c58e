"""Reading foreign files line by line, with every problem named by file and line."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any


@dataclass(frozen=True)
class Problem:
    """What is wrong with a line, as a sentence. `line` counts from 1; 0 means the whole file."""

    file: str
    line: int
    text: str

    def __str__(self) -> str:
        place = f"{self.file}, line {self.line}" if self.line else self.file
        return f"{place}: {self.text}"


class ImportRefused(Exception):
    """Nothing was imported; `problems` says why, line by line."""

    def __init__(self, problems: list[Problem]) -> None:
        self.problems = problems
        super().__init__("\n".join(str(problem) for problem in problems))


def json_lines(path: Path) -> Iterator[tuple[int, dict[str, Any] | Problem]]:
    """Each line's number with its object, or with what keeps it from being one.

    Blank lines are passed over. Lines end with a line feed alone, as JSON Lines has it.
    """
    for number, raw in enumerate(path.read_bytes().split(b"\n"), start=1):
        if not raw.strip():
            continue
        try:
            value = json.loads(raw.decode("utf-8"))
        except UnicodeDecodeError:
            yield number, Problem(path.name, number, "It is not UTF-8.")
        except (json.JSONDecodeError, RecursionError):
            yield number, Problem(path.name, number, "It is not JSON.")
        else:
            if isinstance(value, dict):
                yield number, value
            else:
                yield number, Problem(path.name, number, "It is not a JSON object.")

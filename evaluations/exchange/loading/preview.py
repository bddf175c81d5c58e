"""What a file holds, read once, with nothing stored and no text kept but five examples."""

from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Any, Final

from evaluations.accounts.models import User
from evaluations.exchange.loading.sieve import Sieve, model_of, prompt_of, short
from evaluations.exchange.readers.records import Read, Record, Refused, Skipped
from evaluations.runs.identity import masked_text

EXAMPLES: Final = 5
EXAMPLE_LETTERS: Final = 4000
MOST_KEPT: Final = 100_000
"""Refused and skipped lines of which the cause is kept; the others are counted."""
MOST_NAMED: Final = 50


@dataclass
class Preview:
    """What an import of a file would come to.

    `outputs`, `prompts`, `models` and `visibility` count what the file holds, each reply once;
    of the outputs `here` are stored already, and `repeated` is how many stand in it once more.
    """

    outputs: int = 0
    here: int = 0
    repeated: int = 0
    votes: int = 0
    labelled: int = 0
    prompts: int = 0
    models: list[str] = field(default_factory=list)
    tasks: list[str] = field(default_factory=list)
    licences: list[str] = field(default_factory=list)
    visibility: Counter[str] = field(default_factory=Counter)
    refused: list[Refused] = field(default_factory=list)
    refused_count: int = 0
    skipped: list[Skipped] = field(default_factory=list)
    skipped_count: int = 0
    examples: list[dict[str, Any]] = field(default_factory=list)

    @property
    def doubles(self) -> int:
        """Replies that an import would not add."""
        return self.here + self.repeated

    @property
    def new(self) -> int:
        return self.outputs - self.here

    @property
    def is_empty(self) -> bool:
        """Whether there is nothing in it, not even something to refuse."""
        return not (self.outputs or self.refused_count)

    def as_report(self) -> dict[str, Any]:
        """What is kept of it with the file; the refused lines are kept beside."""
        return {
            "outputs": self.outputs,
            "new": self.new,
            "here": self.here,
            "repeated": self.repeated,
            "doubles": self.doubles,
            "votes": self.votes,
            "labelled": self.labelled,
            "prompts": self.prompts,
            "models": self.models[:MOST_NAMED],
            "model_count": len(self.models),
            "tasks": self.tasks[:MOST_NAMED],
            "licences": self.licences[:MOST_NAMED],
            "visibility": dict(self.visibility),
            "refused_count": self.refused_count,
            "skipped_count": self.skipped_count,
            "skipped": causes(self.skipped),
            "examples": self.examples,
        }


def causes(lines: Iterable[Refused | Skipped]) -> list[dict[str, Any]]:
    """The most frequent causes first, each with how many lines it has and the first of them."""
    found: dict[str, dict[str, Any]] = {}
    for each in lines:
        cause = found.setdefault(each.why, {"why": each.why, "line": each.line, "count": 0})
        cause["count"] += 1
    return sorted(found.values(), key=lambda cause: (-cause["count"], cause["line"]))[:MOST_NAMED]


def look_over(
    reads: Iterable[Read],
    *,
    actor: User | None,
    heard: Callable[[int], object] = lambda read: None,
) -> Preview:
    """Read a file through, and say what its import would come to.

    Args:
        actor: who would import it; what others keep from them is as if it were not here.
        heard: told after each piece how many things were read so far.
    """
    found = Preview()
    prompts: set[bytes] = set()
    models: dict[tuple[str, str, str], str] = {}
    names: tuple[dict[str, None], dict[str, None]] = ({}, {})
    read = 0
    for chunk in Sieve(actor).chunks(reads):
        for record in (*(fresh.record for fresh in chunk.new), *chunk.here):
            prompts.add(short(*prompt_of(record)))
            models.setdefault(model_of(record), record.model)
            for kept, name in zip(names, (record.task, record.licence), strict=True):
                if name:
                    kept.setdefault(name)
            found.visibility[record.visibility] += 1
            found.outputs += 1
            found.labelled += bool(record.labeller)
            if len(found.examples) < EXAMPLES:
                found.examples.append(example(record))
        found.here += len(chunk.here)
        found.repeated += len(chunk.repeated)
        found.labelled += len(chunk.again)
        found.votes += len(chunk.votes)
        found.refused_count += len(chunk.refused)
        found.refused += chunk.refused[: MOST_KEPT - len(found.refused)]
        found.skipped_count += len(chunk.skipped)
        found.skipped += chunk.skipped[: MOST_KEPT - len(found.skipped)]
        read += chunk.read
        heard(read)
    found.prompts = len(prompts)
    found.models = list(dict.fromkeys(models.values()))
    found.tasks, found.licences = map(list, names)
    found.refused.sort(key=lambda one: one.line)
    return found


def example(record: Record) -> dict[str, Any]:
    """An output as a judge would see it: no model, no reference, no score."""

    def masked(text: str) -> str:
        return masked_text(text[:EXAMPLE_LETTERS], name=record.model, maker=record.maker)

    return {
        "line": record.line,
        "prompt": record.prompt[:EXAMPLE_LETTERS],
        "trace": masked(record.trace),
        "answer": masked(record.answer),
        "visibility": record.visibility,
        "cut": max(map(len, (record.prompt, record.trace, record.answer))) > EXAMPLE_LETTERS,
    }

"""Storing what a reader yields: all of a file, or nothing of it."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any, Final, NamedTuple

from django.db import connection, transaction
from django.db.models import Max
from django.utils import timezone

from evaluations.exchange.loading.copied import copy_rows, copy_steps, take_keys
from evaluations.exchange.loading.marks import AS_IMPORTED, Marks
from evaluations.exchange.loading.shelves import Shelves, Source
from evaluations.exchange.loading.sieve import Chunk, Fresh, Sieve
from evaluations.exchange.readers.records import Read, Record, Refused
from evaluations.inference.segmentation import SEGMENTATION_VERSION, segment
from evaluations.prompts.models import Prompt, PromptSet
from evaluations.runs.identity import names_model
from evaluations.runs.models import (
    Environment,
    Grade,
    Output,
    OutputState,
    Response,
    Run,
)
from evaluations.runs.results import graded

WHO_MAY_IMPORT: Final = "Outputs are imported by staff and researchers."
STOPPED: Final = 10
"""Letters of a reason why a reply ended."""


class Asked(NamedTuple):
    """What of a prompt its grader is told."""

    grader: str
    reference: str
    parameters: dict[str, Any]


class ImportRefused(Exception):
    """Nothing was stored; `refused` says why, line by line."""

    def __init__(self, refused: list[Refused]) -> None:
        self.refused = refused
        super().__init__("\n".join(f"Line {one.line}: {one.why}" for one in refused[:20]))


@dataclass
class Loaded:
    """What an import added, and how many replies were there already."""

    outputs: int = 0
    doubles: int = 0
    votes: int = 0
    prompts: int = 0
    runs: list[Run] = field(default_factory=list)
    sets: list[PromptSet] = field(default_factory=list)


@transaction.atomic
def load(
    reads: Iterable[Read],
    *,
    source: Source,
    skips_refused: bool = False,
    heard: Callable[[int], object] = lambda read: None,
) -> Loaded:
    """Store every reply that is new, in one transaction and a few hundred at a time.

    One import at a time: of a file that is sent twice, the second finds what the first stored.

    Args:
        source: the file, who brings it in, and who may read what comes of it.
        skips_refused: leave refused lines out instead of storing nothing.
        heard: told after each piece how many things were read so far.

    Raises:
        PermissionError: for everybody but staff and researchers.
        ImportRefused: with every refused line.
    """
    if source.actor is not None and not source.actor.may_run_models:
        raise PermissionError(WHO_MAY_IMPORT)
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtext('import-outputs'))")
    sieve, shelves, marks = Sieve(source.actor), Shelves(source), Marks(source)
    newest = Output.objects.aggregate(last=Max("pk"))["last"] or 0
    done, refused, read = Loaded(), [], 0
    for chunk in sieve.chunks(reads):
        refused += chunk.refused
        if not refused or skips_refused:
            _store(chunk, sieve, shelves, marks, done, newest)
        read += chunk.read
        heard(read)
    if refused and not skips_refused:
        raise ImportRefused(refused)
    done.runs, done.sets, done.prompts = shelves.close(), shelves.sets, shelves.prompts
    return done


def _store(
    chunk: Chunk, sieve: Sieve, shelves: Shelves, marks: Marks, done: Loaded, newest: int
) -> None:
    keys = _outputs(chunk.new, shelves)
    records = [fresh.record for fresh in chunk.new]
    copy_steps(
        (key, *span) for key, record in zip(keys, records, strict=True) for span in spans_of(record)
    )
    marks.label(zip(keys, records, strict=True))
    if chunk.again:
        _label_again(chunk.again, sieve, marks, newest)
    done.votes += marks.vote(chunk.votes, sieve, newest)
    check_references()
    done.outputs += len(keys)
    done.doubles += len(chunk.here) + len(chunk.repeated)


def check_references() -> None:
    """Have what was stored so far checked now: left to the end, millions would be checked at once,
    of which a server holds a list, and progress would stand still meanwhile."""
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE; SET CONSTRAINTS ALL DEFERRED")


def _outputs(new: list[Fresh], shelves: Shelves) -> list[int]:
    """Store the outputs of new records, with their grades and what the log counted; their keys.

    What they hang on is there before the first is sent: no query can be made meanwhile.
    """
    if not new:
        return []
    records = [fresh.record for fresh in new]
    runs = [shelves.run_of(record) for record in records]
    environments = [shelves.environment_of(record) for record in records]
    prompts = shelves.prompts_of(records)
    keys = take_keys(Output, len(new))
    asked = Prompt.objects.filter(pk__in=set(prompts)).exclude(grader="")
    graders = {
        key: Asked(*told)
        for key, *told in asked.values_list("pk", "grader", "reference", "parameters")
    }
    grades: list[dict[str, Any]] = []

    def rows() -> Iterator[dict[str, Any]]:
        """The outputs; they are graded while PostgreSQL stores those before."""
        for key, fresh, run, prompt, environment in zip(
            keys, new, runs, prompts, environments, strict=True
        ):
            yield columns_of(key, fresh, run, prompt, environment)
            if told := graders.get(prompt):
                grade = grade_of(fresh.record, run, told, environment)
                grades.append({"output_id": key, **grade})

    copy_rows(Output, rows(), state=OutputState.DONE.value, finished_at=timezone.now())
    copy_rows(Grade, grades)
    said = ((key, usage_of(record)) for key, record in zip(keys, records, strict=True))
    copy_rows(Response, ({"output_id": key, "usage": usage} for key, usage in said if usage))
    return keys


def _label_again(again: list[Record], sieve: Sieve, marks: Marks, newest: int) -> None:
    """Labels by others of replies that came before in the file; of what was here, nothing."""
    named = dict(
        Output.objects.filter(
            origin_key__in=[sieve.key_of(record) for record in again], pk__gt=newest
        ).values_list("origin_key", "pk")
    )
    marks.label((named[key], record) for record in again if (key := sieve.key_of(record)) in named)


def columns_of(
    key: int, fresh: Fresh, run: Run, prompt: int, environment: Environment
) -> dict[str, Any]:
    """What a finished output has of its own."""
    record = fresh.record
    return {
        "id": key,
        "run_id": run.pk,
        "prompt_id": prompt,
        "sample": record.sample,
        "seed": record.seed or 0,
        "text": record.text,
        "trace": record.trace,
        "answer": record.answer,
        "trace_visibility": record.visibility,
        "tokens_in": record.tokens_in,
        "tokens_out": record.tokens_out,
        "stop_reason": record.stop_reason[:STOPPED],
        "seconds": record.seconds,
        "environment_id": environment.pk,
        "names_model": names_model(record.text, name=record.model, maker=record.maker),
        "origin_key": fresh.key,
    }


def grade_of(record: Record, run: Run, asked: Asked, environment: Environment) -> dict[str, Any]:
    """What our own grader says of the answer; what the log's says is no grade."""
    return graded(
        **asked._asdict(),
        text=record.text,
        answer=record.answer,
        strategy=run.recipe.strategy,
        stop_reason=record.stop_reason[:STOPPED],
        environment=environment.data,
    )._asdict()


def usage_of(record: Record) -> dict[str, Any]:
    """What the log counted, and what its own scorer said."""
    said = {
        "reasoning_tokens": record.tokens_thought,
        "log_score": record.score,
        "log_scorer": record.scorer or None,
    }
    return {name: value for name, value in said.items() if value is not None}


def spans_of(record: Record) -> list[tuple[int, int, int, int]]:
    """The steps of a trace: as they came, else as they are cut here."""
    if record.steps:
        return [(AS_IMPORTED, i, step.start, step.end) for i, step in enumerate(record.steps)]
    cut = enumerate(segment(record.trace))
    return [(SEGMENTATION_VERSION, i, span.start, span.end) for i, span in cut]

"""Storing what a reader yields: all of a file, or nothing of it."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Any, Final

from django.db import connection, transaction
from django.db.models import Max
from django.utils import timezone

from evaluations.exchange.loading.copied import copy_steps
from evaluations.exchange.loading.marks import AS_IMPORTED, Marks
from evaluations.exchange.loading.shelves import Shelves, Source
from evaluations.exchange.loading.sieve import Chunk, Fresh, Sieve
from evaluations.exchange.readers.records import Read, Record, Refused
from evaluations.inference.segmentation import SEGMENTATION_VERSION, segment
from evaluations.prompts.models import Prompt, PromptSet
from evaluations.runs.identity import names_model
from evaluations.runs.models import Grade, Output, OutputState, Response, Run
from evaluations.runs.results import graded

WHO_MAY_IMPORT: Final = "Outputs are imported by staff and researchers."
STOPPED: Final = 10
"""Letters of a reason why a reply ended."""


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
    done.outputs += len(keys)
    done.doubles += len(chunk.here) + len(chunk.repeated)


def _outputs(new: list[Fresh], shelves: Shelves) -> list[int]:
    """Store the outputs of new records, with their grades and what the log counted; their keys."""
    records = [fresh.record for fresh in new]
    runs = [shelves.run_of(record) for record in records]
    keys = shelves.prompts_of(records)
    prompts = Prompt.objects.only("reference", "grader", "parameters").in_bulk(set(keys))
    outputs = Output.objects.bulk_create(
        [
            output_of(fresh, run, key, shelves)
            for fresh, run, key in zip(new, runs, keys, strict=True)
        ],
        batch_size=500,
    )
    Grade.objects.bulk_create(
        [
            Grade(output=output, **grade_of(output, prompts[key]))
            for output, key in zip(outputs, keys, strict=True)
            if prompts[key].grader
        ],
        batch_size=500,
    )
    Response.objects.bulk_create(
        [
            Response(output=output, usage=usage)
            for output, record in zip(outputs, records, strict=True)
            if (usage := usage_of(record))
        ],
        batch_size=500,
    )
    return [output.pk for output in outputs]


def _label_again(again: list[Record], sieve: Sieve, marks: Marks, newest: int) -> None:
    """Labels by others of replies that came before in the file; of what was here, nothing."""
    named = dict(
        Output.objects.filter(
            origin_key__in=[sieve.key_of(record) for record in again], pk__gt=newest
        ).values_list("origin_key", "pk")
    )
    marks.label((named[key], record) for record in again if (key := sieve.key_of(record)) in named)


def output_of(fresh: Fresh, run: Run, prompt: int, shelves: Shelves) -> Output:
    """A finished output, not saved yet."""
    record = fresh.record
    return Output(
        run=run,
        prompt_id=prompt,
        sample=record.sample,
        seed=record.seed or 0,
        state=OutputState.DONE,
        text=record.text,
        trace=record.trace,
        answer=record.answer,
        trace_visibility=record.visibility,
        tokens_in=record.tokens_in,
        tokens_out=record.tokens_out,
        stop_reason=record.stop_reason[:STOPPED],
        seconds=record.seconds,
        environment=shelves.environment_of(record),
        names_model=names_model(record.text, name=record.model, maker=record.maker),
        origin_key=fresh.key,
        finished_at=timezone.now(),
    )


def grade_of(output: Output, prompt: Prompt) -> dict[str, Any]:
    """What our own grader says of the answer; what the log's says is no grade."""
    return graded(
        grader=prompt.grader,
        reference=prompt.reference,
        parameters=prompt.parameters,
        text=output.text,
        answer=output.answer,
        strategy=output.run.recipe.strategy,
        stop_reason=output.stop_reason,
        environment=output.environment.data if output.environment else {},
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

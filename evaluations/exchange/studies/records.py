"""The lines of a study's files, each file a stream in constant memory.

Rows come from a server-side cursor a few hundred at a time. A judge is a pseudonym, what has no
value is null, and times are UTC: the minute for who oversees the study, else the day.
"""

import datetime as dt
import hashlib
from collections.abc import Iterator, Mapping
from itertools import islice
from typing import Any, Final

from django.db.models import Exists, F, OuterRef, Q

from evaluations.exchange.studies.left_out import withheld_models, withheld_prompts
from evaluations.exchange.studies.study import Study, WholeSite
from evaluations.judgments.items.questions import HOLISTIC_QUESTION
from evaluations.judgments.models import (
    FirstError,
    ImportedOpinion,
    Judgment,
    Mark,
    Opinion,
    Part,
    StepLabel,
)
from evaluations.judgments.querysets import AnswerQuerySet, SetApart
from evaluations.prompts.models import Prompt
from evaluations.runs.models import Output, Run, Step
from evaluations.runs.querysets import OutputQuerySet
from evaluations.runs.records import output_record, prompt_record, settings_record

Record = dict[str, Any]
Lines = Iterator[Record]
CHUNK: Final = 500
LICENCE: Final = "licence"
"""Why a text is left out of a line that is there."""


def time_of(study: Study, moment: dt.datetime | None) -> str | None:
    """The minute of saving for who oversees, else the day: nobody is followed by the clock."""
    if moment is None:
        return None
    return moment.isoformat(timespec="seconds") if study.oversees else moment.date().isoformat()


# What was asked and written ----------------------------------------------------------------------


def prompt_lines(study: Study) -> Lines:
    withheld = withheld_prompts(study)
    rows = study.prompts.select_related("prompt_set", "family").order_by("pk")
    for prompt in rows.iterator(CHUNK):
        yield prompt_line(study, prompt, withheld)


def prompt_line(study: Study, prompt: Prompt, withheld: set[int]) -> Record:
    record = prompt_record(prompt, 0)
    del record["outputs"]
    reference = prompt.reference_for(study.asker)
    if not reference:
        record |= {"reference": None, "grader": None, "parameters": None}
    if prompt.pk in withheld:
        record |= {"title": None, "text": None, "reference": None}
    return {
        **record,
        "system": None if prompt.pk in withheld else prompt.system or None,
        "domain": prompt.prompt_set.domain or None,
        "withheld": LICENCE if prompt.pk in withheld else None,
    }


def run_lines(study: Study) -> Lines:
    """Models, recipes and settings: what it takes to repeat the runs that its outputs are of."""
    keys = study.outputs.order_by().values("run")
    rows = Run.objects.for_list().select_related("model__endpoint").filter(pk__in=keys)
    for run in rows.order_by("pk").iterator(CHUNK):
        record = settings_record(run)
        record["model"]["licence"] = run.model.licence or None
        yield record


def output_lines(study: Study) -> Lines:
    """What `for_reading` joins is read beside, once for some hundred: an output has a prompt, but
    runs, recipes and the like are few, and to make them again for each costs half of all."""
    withheld = withheld_models(study)
    rows = (
        study.outputs.with_first()
        .select_related("prompt__family", "response")
        .prefetch_related(
            "grades", "run__model", "run__recipe", "prompt__prompt_set", "environment"
        )
        .order_by("pk")
    )
    for output in rows.iterator(CHUNK):
        yield output_line(output, withheld)


def output_line(output: Output, withheld: set[int]) -> Record:
    """One output with its text. `counted` says whether boards count it: not what repeats another.

    Expects what `for_reading` and `with_first` read, the grades and the response.
    """
    record = output_record(output)
    for name in ("withdrawn", "attempts", "cost"):
        del record[name]
    kept = output.run.model_id not in withheld
    return {
        **record,
        "run": output.run_id,
        "model": output.run.model.slug,
        "recipe": output.run.recipe.slug,
        "prompt_set": output.prompt.prompt_set.slug,
        "family": output.prompt.family.slug if output.prompt.family else None,
        "counted": output.same_as is None,  # type: ignore[attr-defined]
        "same_as": output.same_as,  # type: ignore[attr-defined]
        "text": output.text if kept else None,
        "trace": output.trace if kept else None,
        "answer": output.answer if kept else None,
        "choice": output.choice if kept else None,
        "text_sha256": hashlib.sha256(output.text.encode()).hexdigest(),
        "withheld": None if kept else LICENCE,
    }


def step_lines(study: Study) -> Lines:
    yield from steps_of(study.outputs)


def steps_of(outputs: OutputQuerySet) -> Lines:
    """The steps of some outputs."""
    rows = Step.objects.filter(output__in=outputs.order_by().values("pk"))
    for output, segmentation, index, start, end in (
        rows.order_by("pk")
        .values_list("output", "segmentation", "index", "start", "end")
        .iterator(CHUNK)
    ):
        yield {
            "output": output, "segmentation": segmentation, "step": index + 1,
            "start": start, "end": end,
        }  # fmt: skip


# What was answered -------------------------------------------------------------------------------

ANSWER_FIELDS = {
    "judge_key": F("judge_id"),
    "kind": F("judge__kind"),
    "output_key": F("output_id"),
    "prompt_key": F("prompt_id"),
    "prompt_slug": F("prompt__slug"),
    "criterion_key": F("criterion__key"),
    "wording": F("criterion_version__number"),
    "definition": F("definition_version__definition__slug"),
    "definition_number": F("definition_version__number"),
    "protocol": F("judgment__item__version__protocol__slug"),
    "of_round": F("judgment__item__version__protocol__ends_at"),
    "protocol_version": F("judgment__item__version__number"),
    **{
        f"form_{name}": F(f"judgment__{name}")
        for name in (
            "item_id", "page", "position", "blind", "way", "is_repeat", "is_surplus", "on_summary",
            "masked", "suggestion_shown", "confidence", "expected_agreement", "seconds", "comment",
            "created_at",
        )
    },
}  # fmt: skip
WRITTEN = ("judgment_id", "meaning", "value", "words", "reason", "is_current")


def answer_lines(study: Study) -> Lines:
    """Every answer: to a criterion, to a definition as worded, or whether one would call it so.

    `counted` says whether a board counts it unless it is asked otherwise: it is in force, blind,
    by a signed-in person, and neither set apart nor chosen.
    """
    yield from lines_of(study, study.answers)


def lines_of(study: Study, answers: AnswerQuerySet) -> Lines:
    """Some of a study's answers. Asks once for some hundred whether their judgments are set apart,
    which costs more than all else: a judgment has many answers."""
    rows = answers.order_by("pk").values(*WRITTEN, **ANSWER_FIELDS).iterator(CHUNK)
    while batch := list(islice(rows, CHUNK)):
        apart = apart_among({row["judgment_id"] for row in batch})
        for row in batch:
            yield answer_line(study, {**row, "apart": row["judgment_id"] in apart})


def apart_among(judgments: set[int]) -> set[int]:
    """Those of some judgments that are set apart. One query."""
    rows = Judgment.objects.filter(Q(SetApart()), pk__in=judgments)
    return set(rows.values_list("pk", flat=True))


def answer_line(study: Study, row: Mapping[str, Any]) -> Record:
    road = "criterion" if row["criterion_key"] else "definition" if row["definition"] else "call"
    # A round is in no list, and what names it would lead there.
    listed = row["of_round"] is None
    return {
        "judgment": row["judgment_id"],
        "judge": study.name_of(row["judge_key"], row["output_key"], row["prompt_key"]),
        "judge_kind": row["kind"],
        "output": row["output_key"],
        "prompt": row["prompt_slug"],
        "road": road,
        "criterion": row["criterion_key"],
        "wording": row["wording"],
        "meaning": row["meaning"] if road == "criterion" else None,
        "definition": row["definition"],
        "definition_version": row["definition_number"],
        "question": HOLISTIC_QUESTION if road == "call" else None,
        "answer": row["value"],
        "counted": is_counted(row),
        "in_force": row["is_current"],
        "blind": row["form_blind"],
        "apart": row["apart"],
        "way": row["form_way"],
        "protocol": row["protocol"] if listed else None,
        "protocol_version": row["protocol_version"] if listed else None,
        "item": row["form_item_id"] if listed else None,
        "page": row["form_page"] or None,
        "position": row["form_position"],
        "repeat": row["form_is_repeat"],
        "surplus": row["form_is_surplus"],
        "on_summary": row["form_on_summary"],
        "masked": row["form_masked"],
        "suggestion_shown": row["form_suggestion_shown"],
        "confidence": row["form_confidence"],
        "expected_agreement": row["form_expected_agreement"],
        "seconds": row["form_seconds"],
        "saved_at": time_of(study, row["form_created_at"]),
        **remarks(study, comment=row["form_comment"], words=row["words"], reason=row["reason"]),
    }


def is_counted(row: Mapping[str, Any]) -> bool:
    """As `Selection()` of the matrix has it."""
    return bool(
        row["is_current"]
        and row["form_blind"]
        and row["kind"] == "person"
        and not row["apart"]
        and row["form_way"] != "chosen"
    )


def remarks(study: Study, **said: str) -> Record:
    """What judges wrote in words: for who oversees the study alone."""
    return {name: (text or None) if study.oversees else None for name, text in said.items()}


def mark_lines(study: Study) -> Lines:
    models, prompts = withheld_models(study), withheld_prompts(study)
    rows = Mark.objects.filter(judgment__in=study.judgments.order_by().values("pk"))
    fields = (
        "judgment_id", "judge_id", "output_id", "criterion__key", "part", "start", "end", "quote",
        "output__run__model_id", "output__prompt_id",
    )  # fmt: skip
    for row in rows.filter(is_current=True).order_by("pk").values(*fields).iterator(CHUNK):
        withheld = (
            row["output__prompt_id"] in prompts
            if row["part"] == Part.PROMPT
            else row["output__run__model_id"] in models
        )
        yield {
            "judgment": row["judgment_id"],
            "judge": study.name_of(row["judge_id"], row["output_id"]),
            "output": row["output_id"],
            "criterion": row["criterion__key"],
            "part": row["part"],
            "start": row["start"],
            "end": row["end"],
            "quote": None if withheld else row["quote"],
        }


def step_label_lines(study: Study) -> Lines:
    rows = StepLabel.objects.filter(
        judgment__in=study.judgments.order_by().values("pk"), is_current=True
    )
    fields = (
        "judgment_id", "judge_id", "step__output_id", "step__segmentation", "step__index", "role",
        "correctness",
    )  # fmt: skip
    for row in rows.order_by("pk").values(*fields).iterator(CHUNK):
        yield {
            "judgment": row["judgment_id"],
            "judge": study.name_of(row["judge_id"], row["step__output_id"]),
            "output": row["step__output_id"],
            "segmentation": row["step__segmentation"],
            "step": row["step__index"] + 1,
            "role": row["role"] or None,
            "correctness": row["correctness"],
        }


def first_error_lines(study: Study) -> Lines:
    """The first step with an error; null where the judge found none."""
    rows = FirstError.objects.filter(
        judgment__in=study.judgments.order_by().values("pk"), is_current=True
    )
    fields = ("judgment_id", "judge_id", "output_id", "segmentation", "step__index")
    for row in rows.order_by("pk").values(*fields).iterator(CHUNK):
        index = row["step__index"]
        yield {
            "judgment": row["judgment_id"],
            "judge": study.name_of(row["judge_id"], row["output_id"]),
            "output": row["output_id"],
            "segmentation": row["segmentation"],
            "step": None if index is None else index + 1,
        }


def comparison_lines(study: Study) -> Lines:
    rows = study.comparisons.select_related(
        "definition_version__definition", "judge", "item__version__protocol"
    )
    for row in rows.order_by("pk").iterator(CHUNK):
        version = row.definition_version
        yield {
            "comparison": row.pk,
            "judge": study.name_of(row.judge_id),
            "judge_kind": row.judge.kind,
            "left": row.left_id,
            "right": row.right_id,
            "definition": version.definition.slug if version else None,
            "definition_version": version.number if version else None,
            "value": row.value,
            "blind": row.blind,
            "way": row.way,
            "masked": row.masked,
            "surplus": row.is_surplus,
            "protocol": row.item.version.protocol.slug if row.item else None,
            "item": row.item_id,
            "confidence": row.confidence,
            "seconds": row.seconds,
            "saved_at": time_of(study, row.created_at),
            **remarks(study, comment=row.comment),
        }


def opinion_lines(study: Study) -> Lines:
    """Each sample of each asking of a model judge; what they came to is among the answers. Of what
    is not among those, as on gold items in use, there is none."""
    given = study.judgments.order_by()
    here = Q(output__in=study.outputs.order_by().values("pk"))
    here &= Q(Exists(given.filter(judge=OuterRef("judge"), output=OuterRef("output"))))
    here &= Q(judgment=None) | Q(judgment__in=given.values("pk"))
    if isinstance(study.of, WholeSite):
        read = Run.objects.public()
    else:
        read = Run.objects.readable_by(study.asker)
    asked = Opinion.objects.filter(here, asked_as__run__in=read.order_by().values("pk"))
    for row in asked.select_related("block").order_by("pk").iterator(CHUNK):
        yield {
            "judge": study.name_of(row.judge_id),
            "output": row.output_id,
            "asked_elsewhere": False,
            "block": row.block.slug,
            "prompt_version": row.prompt_version,
            "criterion": None,
            "sample": row.sample + 1,
            "values": row.values,
            "state": row.state,
            "note": row.note or None,
            "judgment": row.judgment_id,
        }
    for told in (
        ImportedOpinion.objects.filter(here)
        .select_related("criterion_version__criterion")
        .order_by("pk")
        .iterator(CHUNK)
    ):
        yield {
            "judge": study.name_of(told.judge_id),
            "output": told.output_id,
            "asked_elsewhere": True,
            "block": None,
            "prompt_version": None,
            "criterion": told.criterion_version.criterion.key,
            "sample": told.sample + 1,
            "values": [told.value],
            "state": "answered",
            "note": None,
            "judgment": told.judgment_id,
        }

"""A judge's own answers, marks, labels of steps and comparisons, to take along."""

from collections.abc import Iterator
from typing import Any

from evaluations.judgments.items.questions import HOLISTIC_QUESTION
from evaluations.judgments.models import Answer, Comparison, Judge, Judgment, WrittenByHand

COLUMNS = (
    "what", "form", "saved_at", "withdrawn_at", "is_current", "protocol", "page",
    "output", "prompt", "question", "wording", "question_text", "value", "words", "reason",
    "part", "start", "end", "quote", "step", "role", "correctness", "left", "right",
    "confidence", "expected_agreement", "seconds", "blind", "is_repeat", "guest_check",
    "way", "comment",
)  # fmt: skip
"""One row an answer, mark, label of a step, first error or comparison: `what` says which."""


NOTHING: dict[str, Any] = {"by_hand": [], "judgments": [], "comparisons": []}


def nested(judge: Judge) -> dict[str, Any]:
    """Everything a judge saved: judgments with what belongs to each, comparisons, own texts."""
    return {
        "by_hand": [of_text(own) for own in judge.written.for_list()],
        "judgments": [of_judgment(judgment) for judgment in judgments_of(judge)],
        "comparisons": [of_comparison(comparison) for comparison in comparisons_of(judge)],
    }


def rows(judge: Judge) -> Iterator[dict[str, Any]]:
    """The same flat, with the keys of `COLUMNS`; a form's comment stands on each of its rows."""
    for judgment in judgments_of(judge):
        form = of_judgment(judgment)
        parts = {
            "answer": form.pop("answers"),
            "mark": form.pop("marks"),
            "step": form.pop("steps"),
            "first-error": form.pop("first_errors"),
        }
        for what, found in parts.items():
            for part in found:
                yield {"what": what, **form, **part}
    for comparison in comparisons_of(judge):
        yield {"what": "comparison", **of_comparison(comparison)}


def judgments_of(judge: Judge) -> Iterator[Judgment]:
    found = (
        Judgment.objects.filter(judge=judge)
        .select_related(
            "judge__user",
            "prompt__prompt_set",
            "output__prompt",
            "output__run",
            "item__version__protocol",
        )
        .prefetch_related(
            "answers__criterion",
            "answers__criterion_version",
            "answers__definition_version__definition",
            "marks__criterion",
            "step_labels__step",
            "first_errors__step",
        )
        .order_by("id")
    )
    return found.iterator(chunk_size=500)


def comparisons_of(judge: Judge) -> Iterator[Comparison]:
    found = (
        Comparison.objects.filter(judge=judge)
        .select_related(
            "judge__user", "left__prompt", "left__run", "definition_version__definition",
            "item__version__protocol",
        )
        .order_by("id")
    )  # fmt: skip
    return found.iterator(chunk_size=500)


def of_form(form: Judgment | Comparison) -> dict[str, Any]:
    """What forms of both kinds have. Models and recipes are left out: judges work blind."""
    return {
        "form": str(form.form_token),
        "saved_at": form.created_at.isoformat(),
        "withdrawn_at": form.withdrawn_at.isoformat() if form.withdrawn_at else None,
        "protocol": form.item.version.protocol.slug if form.item is not None else None,
        "confidence": form.confidence,
        "seconds": form.seconds,
        "blind": form.blind,
        "is_repeat": isinstance(form, Judgment) and form.is_repeat,
        "guest_check": form.guest_check,
        "way": form.way,
        "comment": form.comment,
    }


def of_judgment(judgment: Judgment) -> dict[str, Any]:
    prompt = judgment.prompt or (judgment.output.prompt if judgment.output else None)
    guard = judgment.output.run if judgment.output else prompt.prompt_set if prompt else None
    is_open = guard is None or guard.may_be_read_by(judgment.judge.user)
    return {
        **of_form(judgment),
        "page": judgment.page,
        "output": judgment.output_id,
        "prompt": prompt.slug if prompt is not None and is_open else None,
        "expected_agreement": judgment.expected_agreement,
        "answers": [of_answer(answer) for answer in judgment.answers.all()],
        "marks": [
            {
                "question": mark.criterion.key if mark.criterion is not None else None,
                "part": mark.part,
                "start": mark.start,
                "end": mark.end,
                "quote": mark.quote,
                "is_current": mark.is_current,
            }
            for mark in judgment.marks.all()
        ],
        "steps": [
            {
                "step": label.step.index + 1,
                "role": label.role or None,
                "correctness": label.correctness,
                "is_current": label.is_current,
            }
            for label in judgment.step_labels.all()
        ],
        "first_errors": [
            {
                "step": error.step.index + 1 if error.step is not None else None,
                "value": "step" if error.step is not None else "none",
                "is_current": error.is_current,
            }
            for error in judgment.first_errors.all()
        ],
    }


def of_text(own: WrittenByHand) -> dict[str, Any]:
    """What somebody wrote by hand. Its grade is left out: they may judge others' to the prompt."""
    output = own.output
    withdrawn = output.withdrawn_at or output.run.withdrawn_at
    return {
        "output": output.pk,
        "prompt": output.prompt.slug,
        "recipe": output.run.recipe.slug,
        "working": output.trace,
        "answer": output.answer,
        "seconds": output.seconds,
        "sent_at": output.finished_at.isoformat() if output.finished_at else None,
        "withdrawn_at": withdrawn.isoformat() if withdrawn else None,
        "licence": own.licence,
        "shows_name": own.shows_name,
    }


def of_answer(answer: Answer) -> dict[str, Any]:
    question, wording, text = "holistic", None, HOLISTIC_QUESTION
    if answer.criterion_version is not None and answer.criterion is not None:
        question, wording = answer.criterion.key, answer.criterion_version.number
        text = answer.criterion_version.question
    elif answer.definition_version is not None:
        question = answer.definition_version.definition.slug
        wording, text = answer.definition_version.number, answer.definition_version.statement
    return {
        "question": question,
        "wording": wording,
        "question_text": text,
        "value": answer.value,
        "words": answer.words,
        "reason": answer.reason,
        "is_current": answer.is_current,
    }


def of_comparison(comparison: Comparison) -> dict[str, Any]:
    version = comparison.definition_version
    return {
        **of_form(comparison),
        "prompt": comparison.left.prompt.slug
        if comparison.left.run.may_be_read_by(comparison.judge.user)
        else None,
        "left": comparison.left_id,
        "right": comparison.right_id,
        "question": version.definition.slug if version is not None else "plain",
        "wording": version.number if version is not None else None,
        "value": comparison.value,
        "is_current": comparison.is_current,
    }

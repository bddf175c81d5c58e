"""Outputs in the site's own columns, as they can be brought in again (`readers/own.py`)."""

from collections.abc import Iterator
from typing import Any

from evaluations.accounts.models import User
from evaluations.exchange.studies.left_out import withheld_models, withheld_prompts
from evaluations.exchange.studies.study import Study
from evaluations.runs.models import Output, Recipe

Row = dict[str, Any]
CHUNK = 500


def reply_lines(study: Study) -> Iterator[Row]:
    """Every written output of a study with its prompt, a row each; without those of which a
    licence forbids to pass on the text, or that of the prompt."""
    rows = study.outputs.written().exclude(run__model__in=withheld_models(study))
    rows = rows.exclude(prompt__in=withheld_prompts(study))
    rows = rows.for_reading().prefetch_related("grades").order_by("pk")
    for output in rows.iterator(CHUNK):
        yield reply_line(output, study.asker if isinstance(study.asker, User) else None)


def reply_line(output: Output, asker: User | None) -> Row:
    """One output; without what is empty. The reference goes out to who may read it."""
    model, recipe, prompt = output.run.model, output.run.recipe, output.prompt
    reference = prompt.reference_for(asker)
    grade = output.grade
    scored = grade is not None and grade.score is not None
    row: Row = {
        # What was written here was asked by its recipe alone.
        "system": None if model.backend else prompt.system or None,
        "prompt": prompt.text,
        "model": model.name,
        "output": output.text,
        "reasoning": output.trace or None,
        "answer": output.answer,
        "visibility": output.trace_visibility,
        "sample": output.sample,
        "seed": output.seed,
        "stop_reason": output.stop_reason or None,
        "reference": reference or None,
        "grader": prompt.grader or None if reference else None,
        "score": grade.score if grade is not None else None,
        "scorer": grade.grader if grade is not None and scored else None,
        "maker": model.maker or None,
        "model_revision": model.revision or None,
        "settings": settings_of(recipe),
        "tokens_in": output.tokens_in,
        "tokens_out": output.tokens_out,
        "seconds": output.seconds,
        "task": prompt.prompt_set.title,
        "licence": prompt.licence or None,
    }
    return {name: value for name, value in row.items() if value is not None}


def settings_of(recipe: Recipe) -> Row:
    """How a model was asked, by the names of a recipe; without what says nothing."""
    said = {name: getattr(recipe, name) for name in Recipe.ASKS_BY}
    return {
        name: value
        for name, value in said.items()
        if isinstance(value, bool | int | float) or (isinstance(value, str) and value)
    }

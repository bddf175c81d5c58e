"""Runs, outputs, prompts and models as flat records, for CSV and JSON."""

import json
from collections.abc import Mapping
from typing import Any

from evaluations.prompts.models import Prompt
from evaluations.runs.endpoints.costs import Cost
from evaluations.runs.models import Environment, LanguageModel, Output, Recipe, Run
from evaluations.runs.progress import RunProgress
from evaluations.runs.results import BY_HAND_DIGEST

RUN_COLUMNS = (
    "run",
    "model",
    "recipe",
    "prompt_set",
    "samples",
    "seed",
    "state",
    "outputs",
    "waiting",
    "being_written",
    "written",
    "failed",
    "cancelled",
    "launched_at",
)
OUTPUT_COLUMNS = (
    "output",
    "prompt",
    "sample",
    "seed",
    "state",
    "trace_visibility",
    "tokens_in",
    "tokens_out",
    "seconds",
    "stop_reason",
    "attempts",
    "cost",
    "grade",
    "not_graded",
    "grader",
    "grader_version",
    "answer_version",
    "prompt_digest",
    "environment",
    "reused_from",
    "error",
    "finished_at",
    "withdrawn",
)
RECIPE_COLUMNS = (
    "slug",
    "name",
    "version",
    "first",
    *Recipe.ASKS_BY,
    "samples",
    "archived",
    "runs",
)
PROMPT_COLUMNS = (
    "slug",
    "title",
    "prompt_set",
    "family",
    "relation",
    "text",
    "reference",
    "grader",
    "parameters",
    "licence",
    "outputs",
)
MODEL_COLUMNS = (
    "slug",
    "name",
    "maker",
    "parameters",
    "licence",
    "path",
    "revision",
    "gguf_file",
    "backend",
    "endpoint",
    "runs",
    "outputs",
)


def run_record(run: Run) -> dict[str, Any]:
    """A run that was read `for_list`, as one record."""
    progress = RunProgress.of(run)
    return {
        "run": run.pk,
        "model": run.model.slug,
        "recipe": run.recipe.slug,
        "prompt_set": run.prompt_set.slug,
        "samples": run.samples,
        "seed": run.seed,
        "state": progress.state.value,
        "outputs": progress.total,
        "waiting": progress.waiting,
        "being_written": progress.running,
        "written": progress.done,
        "failed": progress.failed,
        "cancelled": progress.cancelled,
        "launched_at": run.created_at.isoformat(),
    }


def settings_record(run: Run) -> dict[str, Any]:
    """A run with everything that it takes to repeat it."""
    model, recipe = run.model, run.recipe
    return {
        **run_record(run),
        "model": {
            "slug": model.slug,
            "name": model.name,
            "backend": model.backend,
            "endpoint": model.endpoint and model.endpoint.slug,
            "path": model.path,
            "revision": model.revision or None,
            "gguf_file": model.gguf_file or None,
        },
        "recipe": {name: getattr(recipe, name) for name in ("slug", "name", *Recipe.ASKS_BY)},
        "withdrawn": run.withdrawn_at is not None,
    }


def recipe_record(recipe: Recipe) -> dict[str, Any]:
    """A recipe with all that is sent; its first version was joined."""
    return {
        "slug": recipe.slug,
        "name": recipe.name,
        "version": recipe.version,
        "first": recipe.first.slug if recipe.first else None,
        **{name: getattr(recipe, name) for name in Recipe.ASKS_BY},
        "samples": recipe.samples,
        "archived": recipe.is_archived,
    }


def output_record(output: Output) -> dict[str, Any]:
    """An output without its text, as one record; its grades were fetched, its `response` joined.

    `cost` is in dollars, as it was annotated.
    """
    grade = output.grade
    return {
        "output": output.pk,
        "prompt": output.prompt.slug,
        "sample": output.sample + 1,
        "seed": output.seed,
        "state": output.state,
        "trace_visibility": output.trace_visibility or None,
        "tokens_in": output.tokens_in,
        "tokens_out": output.tokens_out,
        "seconds": output.seconds,
        "stop_reason": output.stop_reason or None,
        "attempts": output.attempt,
        "cost": float(cost) if (cost := getattr(output, "cost", None)) is not None else None,
        "usage": counted_in(response.usage) or None
        if (response := getattr(output, "response", None))
        else None,
        "grade": grade and grade.score,
        "not_graded": (grade and grade.why_not) or None,
        "grader": grade and grade.grader,
        "grader_version": grade and grade.grader_version,
        "answer_version": grade and grade.answer_version,
        "prompt_digest": output.prompt_digest or None,
        "environment": output.environment.digest if output.environment else None,
        "reused_from": output.reused_from_id,
        "error": output.error or None,
        "finished_at": finished_of(output),
        "withdrawn": output.withdrawn_at is not None,
    }


def counted_in(usage: Mapping[str, Any]) -> dict[str, Any]:
    """What a server or a log counted, without what a scorer elsewhere said: that is no grade, and
    judges may not have judged yet."""
    return {name: value for name, value in usage.items() if not name.startswith("log_")}


def finished_of(output: Output) -> str | None:
    """When an output was written; of what somebody wrote by hand the day, so that nobody is
    followed by the clock. Its environment was joined."""
    moment = output.finished_at
    if moment is None:
        return None
    is_by_hand = output.environment is not None and output.environment.digest == BY_HAND_DIGEST
    return moment.date().isoformat() if is_by_hand else moment.isoformat()


def prompt_record(prompt: Prompt, outputs: int) -> dict[str, Any]:
    """A prompt with the number of outputs that can be read, as one record."""
    return {
        "slug": prompt.slug,
        "title": prompt.title,
        "prompt_set": prompt.prompt_set.slug,
        "family": prompt.family.slug if prompt.family else None,
        "relation": prompt.relation or None,
        "text": prompt.text,
        "reference": prompt.reference or None,
        "grader": prompt.grader or None,
        "parameters": prompt.parameters or None,
        "licence": prompt.licence,
        "outputs": outputs,
    }


def model_record(model: LanguageModel, runs: int, outputs: int) -> dict[str, Any]:
    """A language model's record with the number of its runs and readable outputs.

    Its endpoint, if it has one, was joined.
    """
    fields = ("slug", "name", "maker", "parameters", "licence", "path", "revision", "gguf_file")
    return {
        **{name: getattr(model, name) or None for name in fields},
        "backend": model.backend,
        "endpoint": model.endpoint and model.endpoint.slug,
        "runs": runs,
        "outputs": outputs,
    }


def cost_record(cost: Cost | None) -> dict[str, Any] | None:
    """What is known of a run's cost in dollars, the attempts of which nothing is, and what those
    that were lost with their worker may have cost."""
    if cost is None:
        return None
    return {
        "dollars": float(cost.dollars),
        "attempts_unknown": cost.unknown,
        "attempts_lost": cost.lost,
        "lost_dollars_at_most": float(cost.lost_dollars),
    }


def usage_in_words(usage: Mapping[str, Any]) -> str:
    """What a server counted, as in “prompt_tokens 12, completion_tokens 7”."""
    said = []
    for name, value in usage.items():
        if isinstance(value, Mapping):
            said.append(f"{name} ({usage_in_words(value)})")
        else:
            said.append(f"{name} {value}")
    return ", ".join(said)


def environment_facts(environment: Environment | None) -> list[tuple[str, str]]:
    """A recorded environment as pairs of words, in alphabetical order; nested values as JSON.

    What was found out as nothing, such as the commit of a packaged file, is left out.
    """
    if environment is None:
        return []
    data = environment.data if isinstance(environment.data, dict) else {"data": environment.data}
    return [
        (key.replace("_", " "), value if isinstance(value, str) else json.dumps(value))
        for key, value in sorted(data.items())
        if value not in (None, "")
    ]

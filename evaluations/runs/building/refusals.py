"""Why a model, a recipe or a prompt set cannot be in a run; empty where it can.

The form says it at its field, and the action refuses by the same words.
"""

from collections.abc import Iterable

from evaluations.inference import ways
from evaluations.inference.ways import Way
from evaluations.prompts.models import PromptSet
from evaluations.runs.engines import why_not
from evaluations.runs.models import LanguageModel, Recipe


def model_refusal(model: LanguageModel) -> str:
    """Of a model: people, imported, or archived."""
    if model.is_people:
        return f"“{model.name}” are people, who are not asked by runs: they write by hand."
    if not model.backend:
        return f"Outputs of “{model.name}” were imported; nothing here can run it."
    if model.is_archived:
        return f"“{model.name}” is archived: it is not asked any more."
    return ""


def pause_refusal(model: LanguageModel) -> str:
    """Of a model whose pause has no end: what it is asked would wait for somebody's word."""
    if model.is_paused and model.paused_until is None:
        return (
            f"“{model.name}” is paused: {model.pause_reason} Press “Try it again” on its page "
            "first, and launch once it has answered."
        )
    return ""


def recipe_refusal(model: LanguageModel, recipe: Recipe) -> str:
    """Of a recipe that a model does not take. Reads the model's endpoint."""
    if why := why_not(model, recipe):
        return f"“{model.name}” cannot be asked by “{recipe.name}”. {why}"
    return ""


def grader_refusal(way: Way, graders: Iterable[str]) -> str:
    """Of a recipe that keeps the best reply by the graders of its prompts, where one has none."""
    if way.plan == ways.BEST_OF and not way.grader and not all(graders):
        return (
            "This recipe keeps the best of several replies, and a prompt without a grader leaves "
            "nothing to tell them by: choose a recipe that names a grader."
        )
    return ""


def set_refusal(prompt_set: PromptSet, prompts: int) -> str:
    """Of a prompt set with so many prompts that a run would ask."""
    if prompt_set.is_archived:
        return f"“{prompt_set.title}” is archived: no new run asks it."
    if not prompts:
        return f"The prompt set “{prompt_set.title}” has no prompts yet."
    return ""

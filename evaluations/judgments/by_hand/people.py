"""The row People: its model, its recipes, and the runs that hold what was written."""

from evaluations.inference.strategies import INSTRUCTIONS
from evaluations.prompts.models import PromptSet
from evaluations.runs.models import LanguageModel, Recipe, Run, Strategy
from evaluations.runs.querysets import BY_HAND, BY_HAND_IN_STEPS

NAMES = {
    Strategy.DIRECT: (BY_HAND, "By hand, the answer alone"),
    Strategy.STEPS: (BY_HAND_IN_STEPS, "By hand, with working"),
}
PEOPLE = "People"
AT_THE_END = 2000


def people() -> LanguageModel:
    """The row that stands for everybody who writes by hand; nothing can load it.

    A log from elsewhere may have named a model so before.
    """
    taken = LanguageModel.objects.filter(slug="people", is_people=False).exists()
    made, _ = LanguageModel.objects.get_or_create(
        is_people=True,
        defaults={
            "slug": "people-by-hand" if taken else "people",
            "name": PEOPLE,
            "backend": "",
            "path": "by hand",
            "licence": "CC BY 4.0",
            "position": AT_THE_END,
        },
    )
    return made


def recipes() -> list[Recipe]:
    """The ways in which people are asked, in the words in which the site asks models.

    Their temperature says nothing, but that no two texts are one sample.
    """
    found = []
    for strategy, (slug, name) in NAMES.items():
        words = {
            "name": name,
            "strategy": strategy,
            "instruction": INSTRUCTIONS[strategy],
            "temperature": 1,
            "top_p": 1,
            "position": AT_THE_END,
        }
        found.append(Recipe.objects.get_or_create(slug=slug, defaults=words)[0])
    return found


def run_for(prompt_set: PromptSet, recipe: Recipe) -> Run:
    """The run that holds what people write to a set by a recipe; call it in a transaction.

    The set's row is the lock under which one run is made and its samples are counted.
    """
    locked = PromptSet.objects.select_for_update().get(pk=prompt_set.pk)
    model = people()
    held = Run.objects.filter(
        model=model, recipe=recipe, prompt_set=locked, withdrawn_at=None, visibility="public"
    )
    return held.order_by("pk").first() or Run.objects.create(
        model=model, recipe=recipe, prompt_set=locked, visibility=locked.visibility
    )

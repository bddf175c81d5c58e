"""Which prompts somebody may be given to answer, and in whose words they are asked."""

from django.db.models import Exists, OuterRef, Q

from evaluations.judgments.models import (
    Comparison,
    Judge,
    Judgment,
    Lease,
    PassedPrompt,
    Reveal,
    Skip,
    SkippedItem,
    WrittenByHand,
)
from evaluations.prompts.models import Prompt
from evaluations.prompts.querysets import PromptQuerySet
from evaluations.runs.models import Recipe, SeenAnswered, Strategy

HERE = OuterRef("pk")
OF_ITEM = Q(item__prompt=HERE) | Q(item__output__prompt=HERE) | Q(item__left__prompt=HERE)


def unmet(judge: Judge) -> PromptQuerySet:
    """Prompts that are open to people and that this judge never met answered.

    Not those that they answered before, passed by, judged, compared, skipped, hold to judge, or
    saw answered; nor those of their own sets, whose answers they know. One query.
    """
    found = Prompt.objects.open_to_people()
    for met in (
        WrittenByHand.objects.filter(judge=judge, output__prompt=HERE),
        PassedPrompt.objects.filter(judge=judge, prompt=HERE),
        Judgment.objects.filter(Q(prompt=HERE) | Q(output__prompt=HERE), judge=judge),
        Comparison.objects.filter(judge=judge, left__prompt=HERE),
        Reveal.objects.filter(judge=judge, output__prompt=HERE),
        Skip.objects.filter(judge=judge, output__prompt=HERE),
        SkippedItem.objects.filter(OF_ITEM, judge=judge),
        Lease.objects.filter(OF_ITEM, judge=judge),
        SeenAnswered.objects.filter(user=judge.user_id, prompt=HERE),
    ):
        found = found.filter(~Exists(met))
    return found.exclude(prompt_set__owner=judge.user_id, prompt_set__owner__isnull=False)


def asked(recipe: Recipe, prompt: Prompt) -> str:
    """What a model that is asked by these words reads, in one text."""
    return "\n\n".join(message.content for message in recipe.way.messages(prompt.text))


def shows_working(recipe: Recipe) -> bool:
    """Whether the recipe asks for the working, too."""
    return recipe.strategy == Strategy.STEPS

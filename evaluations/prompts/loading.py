"""Loading the catalogue's prompt sets. Loading again changes nothing."""

import json
from pathlib import Path

from django.db import transaction

from evaluations.grading import GradingError, UnusableReference, check_reference
from evaluations.prompts.models import Family, Prompt, PromptSet

CATALOGUE = Path(__file__).parent / "catalogue"
EARLIER = "earlier-wordings"


class TextChanged(Exception):
    """A prompt's text is frozen: a correction needs a slug of its own."""


@transaction.atomic
def load_prompts() -> int:
    """Load every prompt set; returns how many prompts are new.

    Raises:
        TextChanged: when a file gives a known slug another text.
        UnusableReference: when a grader could never find a reference in an answer.
    """
    new = 0
    for path in sorted(CATALOGUE.glob("*.json")):
        entry = json.loads(path.read_text(encoding="utf-8"))
        prompt_set, _ = PromptSet.objects.update_or_create(
            slug=entry["slug"],
            defaults={
                "title": entry["title"],
                "description": entry["description"],
                "domain": entry["domain"],
                "position": entry.get("position", 1000),
            },
        )
        for position, item in enumerate(entry["prompts"], start=1):
            family = None
            if item.get("family"):
                family, _ = Family.objects.get_or_create(slug=item["family"])
            if item.get("grader"):
                try:
                    check_reference(item["grader"], item.get("reference") or "")
                except GradingError as error:
                    raise UnusableReference(f"{path.name}: “{item['slug']}”: {error}") from error
            origin = item.get("origin")
            prompt, created = Prompt.objects.get_or_create(
                slug=item["slug"],
                defaults={
                    "prompt_set": prompt_set,
                    "title": item["title"],
                    "text": item["text"],
                    "family": family,
                    "relation": item.get("relation") or "",
                    "reference": item.get("reference") or "",
                    "grader": item.get("grader") or "",
                    "origin": origin if isinstance(origin, dict) else {},
                    "licence": item["licence"],
                    "note": item.get("note") or "",
                    "position": position,
                },
            )
            if prompt.text != item["text"]:
                raise TextChanged(
                    f"{path.name}: “{prompt.slug}” has another text in the database. "
                    "Give the corrected prompt a new slug."
                )
            if created and item.get("replaces"):
                set_aside(item["replaces"], prompt_set)
            new += created
    return new


def set_aside(slug: str, prompt_set: PromptSet) -> None:
    """Move a prompt that a better wording replaces out of its set: no new run asks it.

    What was written in answer to it stays, and so do the judgments.
    """
    replaced = Prompt.objects.filter(slug=slug, prompt_set=prompt_set)
    if not prompt_set.is_public:
        replaced.update(is_archived=True)  # the set of earlier wordings is everybody's
    elif replaced.exists():
        earlier, _ = PromptSet.objects.get_or_create(
            slug=EARLIER,
            defaults={
                "title": "Earlier wordings",
                "description": "Prompts that a better wording replaced, for what was written "
                "in answer to them.",
            },
        )
        replaced.update(prompt_set=earlier)

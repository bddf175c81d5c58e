"""Items of which something is not public any more, or was withheld by a moderator: who reads them
is no collection's to say.

Their place is kept and nothing of them is shown, until they are public again. What was frozen
keeps its hash: only what is sent is less.
"""

from collections.abc import Iterable, Sequence
from typing import Any, Final

from evaluations.curation.models import Placement, Suggestion, Target
from evaluations.curation.targets import name_of
from evaluations.debates.choices import WITHHELD
from evaluations.debates.models import Statement
from evaluations.prompts.models import Prompt
from evaluations.runs.models import Output

CLOSED: Final = "An item that is not public any more"
"""What stands in place of its title."""
NOTHING: Final[dict[str, Any]] = {
    "kind": "closed", "title": CLOSED, "note": "", "text": "", "came_from": "", "prompt": None,
    "definition": None, "statement": None, "outputs": [], "differ": None, "excerpt": None,
    "lens": [], "verdicts": [],
}  # fmt: skip


def not_public(outputs: Iterable[int], prompts: Iterable[str]) -> tuple[set[int], set[str]]:
    """Those of some outputs and prompts, by key and slug, that not everybody reads.

    Two queries, none for what is not given.
    """
    keys, slugs = set(outputs), set(prompts)
    if keys:
        keys -= set(Output.objects.public().filter(pk__in=keys).values_list("pk", flat=True))
    if slugs:
        open_to_all = Prompt.objects.public().filter(slug__in=slugs)
        slugs -= set(open_to_all.values_list("slug", flat=True))
    return keys, slugs


def withheld(statements: Iterable[int]) -> set[int]:
    """Those of some statements whose words are not shown any more. One query, or none."""
    keys = set(statements)
    if not keys:
        return set()
    gone = Statement.objects.filter(pk__in=keys, retired_for__in=WITHHELD)
    return set(gone.values_list("pk", flat=True))


def without_closed(
    records: Sequence[dict[str, Any]], *, writing: bool = False
) -> list[dict[str, Any]]:
    """Records as `contents.record_of` makes them, with nothing in those that are not public.

    Args:
        writing: for who wrote the notes: these stay.
    """
    outputs, prompts = not_public(
        (output["output"] for record in records for output in record["outputs"]),
        (record["prompt"]["slug"] for record in records if record["prompt"]),
    )
    taken = withheld(number_of(record) for record in records if number_of(record))

    def is_closed(record: dict[str, Any]) -> bool:
        prompt = record["prompt"]
        return (
            any(output["output"] in outputs for output in record["outputs"])
            or (prompt is not None and prompt["slug"] in prompts)
            or number_of(record) in taken
        )

    return [
        {**record, **NOTHING, "note": record["note"] if writing else ""}
        if is_closed(record)
        else record
        for record in records
    ]


def number_of(record: dict[str, Any]) -> int:
    """The number of the statement that a record is of; 0 of none."""
    return record["statement"]["number"] if record.get("statement") else 0


def closed_among(targets: Iterable[Target]) -> set[int]:
    """Keys of those saved items or suggestions of which something is not public.

    A query for the outputs, one for the prompts and one for the statements, where there are any.

    Args:
        targets: with their prompts joined, where they have any.
    """
    targets = list(targets)
    outputs, prompts = not_public(
        (key for each in targets for key in each.output_ids),
        (each.prompt.slug for each in targets if each.prompt is not None),
    )
    taken = withheld(each.statement_id for each in targets if each.statement_id is not None)
    return {
        each.pk
        for each in targets
        if outputs.intersection(each.output_ids)
        or each.statement_id in taken
        or (each.prompt is not None and each.prompt.slug in prompts)
    }


def told_name(target: Placement | Suggestion) -> str:
    """What an item is called to everybody, such as in the public log. Three queries at most."""
    return CLOSED if closed_among([target]) else name_of(target)

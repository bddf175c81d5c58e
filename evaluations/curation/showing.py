"""Items as pages show them: a note and a lens only to who judged the output or opened them.

What is not shown is not sent: it is left out here, before any template sees it.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from django.http import HttpRequest
from django.urls import reverse

from evaluations.curation.actions import rendered
from evaluations.curation.closed import number_of, without_closed
from evaluations.curation.contents import Record, opening_of
from evaluations.curation.folds import folds_of
from evaluations.curation.models import Collection
from evaluations.debates.models import Statement
from evaluations.judgments.judges.visitors import visitor
from evaluations.judgments.models import Part
from evaluations.leaderboards.listing.outputs import NOT_ASKED, seen_by
from evaluations.runs.models import Output

PROMPT_SHOWN = 400


@dataclass
class ShownItem:
    """One item of a page. `hidden` says that a note or a lens waits to be opened."""

    number: int
    record: Record
    note: str = ""
    hidden: bool = False
    came_from: str = ""
    lines: list[list[dict[str, Any]]] = field(default_factory=list)
    sides: list[dict[str, Any]] = field(default_factory=list)
    withdrawn: bool = False
    since: str = ""
    """What became of its statement since it was placed, noted or frozen."""
    folded: str = ""
    """Why it is behind a click, where it is."""
    by_page: bool = False
    """Whether whoever is credited with it has a page."""

    @property
    def anchor(self) -> str:
        return f"item-{self.record.get('key') or self.number}"

    @property
    def focus_key(self) -> str:
        """What the ids of its controls end with."""
        return str(self.record.get("key"))

    @property
    def unseen(self) -> list[int]:
        """The outputs that the visitor did not judge or open."""
        return [side["output"] for side in self.sides if not side["seen"]]

    @property
    def prompt_text(self) -> str:
        return str(self.record["prompt"]["text"][:PROMPT_SHOWN]) if self.record["prompt"] else ""

    @property
    def excerpt(self) -> Record | None:
        """The excerpt with the name of its part; none of an output that was withdrawn."""
        found = self.record["excerpt"]
        if not found or self.withdrawn:
            return None
        return {**found, "where": Part(found["part"]).label}


def shown_items(
    request: HttpRequest | None,
    records: Sequence[Record],
    *,
    first: int = 1,
    writing: bool = False,
) -> list[ShownItem]:
    """The items of one page, nothing of those that are not public. Six queries at most.

    Args:
        request: whose judgments and reveals count; None for a page that knows nobody.
        first: the number of the first of them in the whole collection.
        writing: for who wrote the notes: these are there whatever was judged, and no lens is.
    """
    records = without_closed(records, writing=writing)
    keys = {output["output"] for record in records for output in record["outputs"]}
    seen = seen_by(visitor(request).judge, keys) if request is not None and keys else set()
    gone = withdrawn(keys)
    said = Statement.objects.in_bulk(number_of(record) for record in records if number_of(record))
    items = [
        item_of(number, record, seen, gone, writing)
        for number, record in enumerate(records, start=first)
    ]
    for item in items:
        if (statement := said.get(number_of(item.record))) is not None:
            item.since = since_then(item.record, statement)
    return items


def since_then(record: Record, statement: Statement) -> str:
    """What became of the statement of an item; a frozen one keeps the words that it froze."""
    if not statement.is_current:
        return "Its author reworded it since."
    if statement.retired_at is not None:
        return "It was retired since: its page says why."
    if not record.get("reworded"):
        return ""
    written = "the note was written" if record["note"] else "it was placed"
    return f"Its author reworded it since {written}."


def behind_clicks(
    collection: Collection, items: Sequence[ShownItem], records: Sequence[Record], reader: Any
) -> list[ShownItem]:
    """Items of a collection, each with why it is behind a click for a reader; see `folds_of`.

    Args:
        records: of which the items were made.
    """
    for item, words in zip(items, folds_of(collection, records, reader), strict=True):
        item.folded = words
    return list(items)


def withdrawn(keys: Iterable[int]) -> set[int]:
    """Those outputs that may not be shown any more. One query."""
    keys = set(keys)
    if not keys:
        return set()
    return keys - set(Output.objects.finished().filter(pk__in=keys).values_list("pk", flat=True))


def item_of(
    number: int, record: Record, seen: set[int], gone: set[int], writing: bool
) -> ShownItem:
    keys = [output["output"] for output in record["outputs"]]
    item = ShownItem(number, record, withdrawn=any(key in gone for key in keys))
    item.sides = [side_of(output, record, seen, gone) for output in record["outputs"]]
    # Of an output that was withdrawn nobody is asked any more, so nothing is kept from them.
    open_to_all = all(key in seen or key in gone for key in keys)
    if record["note"] and (open_to_all or writing):
        item.note = rendered(record["note"])
    if open_to_all or writing:
        # A list may be of outputs with a verdict, which its address says.
        item.came_from = record["came_from"]
    if open_to_all and not item.withdrawn:
        item.lines = [line_of(record, key) for key in keys if record["lens"]]
    item.hidden = not open_to_all and bool(record["lens"] or (record["note"] and not writing))
    return item


def side_of(output: Record, record: Record, seen: set[int], gone: set[int]) -> dict[str, Any]:
    key = output["output"]
    return {
        "output": key,
        "href": reverse("output", args=[key]),
        "judge": reverse("judge", args=[key]),
        "model": output["model"],
        "recipe": output["recipe"],
        "opening": "" if key in gone or record["kind"] == "pair" else opening_of(output),
        "seen": key in seen,
        "withdrawn": key in gone,
    }


def line_of(record: Record, key: int) -> list[dict[str, Any]]:
    """The lens of an item on one of its outputs, as `ui/verdict_line.html` draws it."""
    return [
        {
            "verdict": each["verdict"],
            "label": f"{each['name']}{remark(each)}",
            "href": reverse("definition-version", args=[each["definition"], each["version"]]),
        }
        for each in record["verdicts"]
        if each["output"] == key
    ]


def remark(each: Mapping[str, Any]) -> str:
    if each["verdict"] == NOT_ASKED:
        return ": not asked in full"
    return f" ({each['judges']} judge{'' if each['judges'] == 1 else 's'})"


def unseen_outputs(request: HttpRequest, keys: Sequence[int]) -> list[int]:
    """Outputs of a collection that the visitor has neither judged nor opened, in their order.

    Those that give away their model are not served to judges, and are left out.
    """
    seen = seen_by(visitor(request).judge, keys)
    servable = set(
        Output.objects.finished().filter(pk__in=keys, names_model=False)
        .values_list("pk", flat=True)
    )  # fmt: skip
    return [key for key in keys if key in servable and key not in seen]

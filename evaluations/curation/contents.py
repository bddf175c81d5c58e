"""The items of a collection as plain records: what pages show, versions freeze and files give.

A record names no person, so that nothing of who left stays in what was hashed.
"""

from collections.abc import Iterable, Mapping, Sequence
from itertools import zip_longest
from typing import Any, Final

from evaluations.curation.models import Collection, Placement
from evaluations.curation.targets import name_of
from evaluations.debates.models import Statement
from evaluations.definitions.models import DefinitionVersion
from evaluations.judgments.models import Part
from evaluations.leaderboards.listing.verdicts import Verdict, verdicts_on
from evaluations.prompts.models import Prompt
from evaluations.runs.models import Output, Step
from evaluations.runs.openings import OPENING

FORMAT: Final = "by-what-definition-collection-1"
Record = dict[str, Any]
Differences = dict[tuple[int, ...], Record | None]
"""The keys of a pair's outputs to the step in which they first differ."""


def contents_of(collection: Collection) -> Record:
    """All of a collection as it is now. A handful of queries, however many items it has."""
    items = records_of(collection.placements.whole(), whole=True)
    return {
        "format": FORMAT,
        "title": collection.title,
        "why": collection.why,
        "built_by": collection.built_by,
        "items": [{name: value for name, value in item.items() if name != "key"} for item in items],
    }


def records_of(placements: Iterable[Placement], *, whole: bool = False) -> list[Record]:
    """One record an item, in their order, with the verdicts of its lens as they are now.

    Args:
        placements: as `for_reading` gives them, or `whole`, or like them but not saved.
        whole: with the texts of outputs; else only with how they begin.
    """
    items = list(placements)
    lenses = [lens_of(item) for item in items]
    keys = {version.pk for lens in lenses for version in lens}
    versions = DefinitionVersion.objects.filter(pk__in=keys).with_pins() if keys else ()
    said = verdicts_on((key for item in items for key in item.output_ids), versions)
    steps = steps_of(items)
    differ = differences_of(items, steps)
    return [
        record_of(item, lens, said, steps, differ, whole)
        for item, lens in zip(items, lenses, strict=True)
    ]


def lens_of(item: Placement) -> list[DefinitionVersion]:
    """The definitions that an item is seen by; one that nobody saved yet may carry its own."""
    return list(item.lens.all()) if item.carried_lens is None else item.carried_lens


def steps_of(items: Iterable[Placement]) -> Mapping[int, list[Step]]:
    """The steps of the outputs whose steps are shown: of pairs, and of excerpts of the working."""
    wanted = {
        key
        for item in items
        if item.kind == "pair" or item.part == Part.TRACE
        for key in item.output_ids
    }
    found: dict[int, list[Step]] = {key: [] for key in wanted}
    if wanted:
        for step in Step.objects.filter(output__in=wanted).order_by("segmentation", "index"):
            found[step.output_id].append(step)
    return found


def record_of(
    item: Placement,
    lens: Sequence[DefinitionVersion],
    said: Mapping[tuple[int, int], Verdict],
    steps: Mapping[int, list[Step]],
    differ: Differences,
    whole: bool,
) -> Record:
    prompt = item.prompt or next((output.prompt for output in item.outputs), None)
    version = item.definition_version
    # Only where there is one: what was hashed before statements could be placed stays as it was.
    said_here: Record = {}
    if item.statement:
        said_here["statement"] = statement_record(item.statement)
    if item.statement and not whole:
        said_here["reworded"] = is_reworded_since(item, item.statement)
    return {
        **said_here,
        "key": item.pk,
        "kind": item.kind,
        "title": name_of(item),
        "note": item.note,
        "text": item.text,
        "came_from": item.came_from,
        "prompt": prompt
        and {
            "slug": prompt.slug,
            "title": prompt.title,
            "text": prompt.text,
            "licence": prompt.licence,
        },
        "definition": version
        and {
            "slug": version.definition.slug,
            "version": version.number,
            "name": version.definition.name,
            "statement": version.statement,
            "key": version.pk,
        },
        "outputs": [output_record(item, output, whole) for output in item.outputs],
        "differ": differ.get(tuple(item.output_ids)),
        "excerpt": excerpt_of(item, steps) if item.quote else None,
        "lens": [
            {
                "slug": version.definition.slug,
                "name": version.definition.name,
                "version": version.number,
                "key": version.pk,
            }
            for version in lens
        ],
        "verdicts": [
            {
                "output": key,
                "definition": version.definition.slug,
                "name": version.definition.name,
                "version": version.number,
                "version_key": version.pk,
                "verdict": said[key, version.pk].word,
                "judges": said[key, version.pk].judges,
            }
            for key in item.output_ids
            for version in lens
        ],
    }


def is_reworded_since(item: Placement, statement: Statement) -> bool:
    """Whether a statement got the words in which it stands after the note of its item."""
    written = item.noted_at or item.added_at
    was_reworded = statement.supersedes_id is not None
    return was_reworded and written is not None and statement.created_at > written


def output_record(item: Placement, output: Output, whole: bool) -> Record:
    found = {
        "output": output.pk,
        "model": output.run.model.name,
        "recipe": output.run.recipe.name,
        "model_licence": output.run.model.licence,
        "run": output.run_id,
        "sample": output.sample + 1,
        "seed": output.seed,
        "trace_visibility": output.trace_visibility,
    }
    if whole:
        return {**found, "trace": output.trace, "answer": output.answer}
    opening = getattr(item, "opening", None) or (
        "" if item.kind == "pair" else output.text[:OPENING]
    )
    return {**found, "opening": opening}


def statement_record(statement: Statement) -> Record:
    """A statement, without who made it; reads its version and definition."""
    return {
        "number": statement.pk,
        "definition": statement.version.definition.slug,
        "version": statement.version.number,
        "kind": statement.kind,
        "text": statement.shown,
        "source": statement.source,
    }


def opening_of(output: Record) -> str:
    """How an output begins, from either kind of record."""
    return str(output.get("opening") or f"{output.get('trace', '')}\n{output.get('answer', '')}")[
        :OPENING
    ].strip()


def excerpt_of(item: Placement, steps: Mapping[int, list[Step]]) -> Record:
    """The marked words, and the number of the step that they begin in."""
    number = None
    if item.part == Part.TRACE and item.output_id is not None and item.start is not None:
        number = next(
            (
                place
                for place, step in enumerate(steps[item.output_id], start=1)
                if step.start <= item.start < step.end
            ),
            None,
        )
    return {
        "part": item.part,
        "start": item.start,
        "end": item.end,
        "quote": item.quote,
        "prefix": item.prefix,
        "suffix": item.suffix,
        "text_sha256": item.text_sha256,
        "step": number,
    }


def differences_of(items: Iterable[Placement], steps: Mapping[int, list[Step]]) -> Differences:
    """Of each pair the first step in which its outputs differ, with both texts; None without one.

    One query, for the workings, where there is a pair.
    """
    pairs = [tuple(item.output_ids) for item in items if item.kind == "pair"]
    keys = {key for pair in pairs for key in pair}
    traces = dict(Output.objects.filter(pk__in=keys).values_list("pk", "trace")) if keys else {}
    texts = {
        key: [traces[key][step.start : step.end].strip() for step in steps[key]] for key in keys
    }
    found: Differences = {}
    for pair in pairs:
        both = enumerate(zip_longest(*(texts[key] for key in pair), fillvalue=""), start=1)
        found[pair] = next(
            (
                {"step": number, "left": left, "right": right}
                for number, (left, right) in both
                if left != right
            ),
            None,
        )
    return found


def placements_from(
    contents: Record, credited: Mapping[int, int | None], otherwise: int | None
) -> list[tuple[Placement, list[DefinitionVersion]]]:
    """The items of a frozen version as placements that nobody saved yet, each with its lens.

    Outputs that were withdrawn meanwhile stay behind, statements that do not stand any more, and
    what is not public; statements are in their newest words. Six queries.

    Args:
        credited: output to the key of who added it, where that is known.
        otherwise: the key of who added the rest.
    """
    items = contents["items"]
    keys = {each["output"] for item in items for each in item["outputs"]}
    outputs = Output.objects.finished().in_bulk(keys)
    wanted = {lens["key"] for item in items for lens in item["lens"]}
    wanted |= {item["definition"]["key"] for item in items if item["definition"]}
    versions = DefinitionVersion.objects.of_everyone().in_bulk(wanted)
    slugs = {item["prompt"]["slug"] for item in items if item["kind"] == "prompt"}
    prompts = {prompt.slug: prompt for prompt in Prompt.objects.public().filter(slug__in=slugs)}
    now = Statement.objects.stand_now(
        item["statement"]["number"] for item in items if item["kind"] == "statement"
    )
    statements = Statement.objects.standing().in_bulk(now.values())
    found = []
    for item in items:
        made = Placement(
            note=item["note"], text=item["text"], came_from=item["came_from"],
            added_by_id=otherwise,
        )  # fmt: skip
        if any(each["output"] not in outputs for each in item["outputs"]):
            continue
        if item["kind"] == "output":
            made.output_id = item["outputs"][0]["output"]
            made.added_by_id = credited.get(made.output_id, otherwise)
        elif item["kind"] == "pair":
            made.left_id, made.right_id = (each["output"] for each in item["outputs"])
        elif item["kind"] == "definition":
            made.definition_version = versions.get(item["definition"]["key"])
        elif item["kind"] == "prompt":
            made.prompt = prompts.get(item["prompt"]["slug"])
        elif item["kind"] == "statement":
            made.statement = statements.get(now[item["statement"]["number"]])
        if item["excerpt"]:
            for name, value in item["excerpt"].items():
                if name != "step":
                    setattr(made, name, value)
        if made.text or made.kind != "text":
            lens = [versions[each["key"]] for each in item["lens"] if each["key"] in versions]
            found.append((made, lens))
    return found

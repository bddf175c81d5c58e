"""The outputs on which two rules part, as pages, CSV and JSON show them."""

from collections.abc import Mapping, Sequence
from typing import Any

from django.core.paginator import Page, Paginator
from django.db.models.functions import Left
from django.http import Http404, HttpRequest, QueryDict

from evaluations.leaderboards.boards.standings import VERDICT_ORDER
from evaluations.leaderboards.comparisons.parting import Parting
from evaluations.runs.models import Output

PAGE_SIZE = 20
SIDE_SIZE = 10
SIDES = ("Became reasoning", "Ceased to be reasoning", "Changed in another way")
EXCERPT = 320
"""Characters of an output that stand in a list: what fits into a few lines."""
COLUMNS = (
    "output",
    "prompt",
    "sample",
    "model",
    "recipe",
    "first_verdict",
    "second_verdict",
    "decided_by",
    "judge_pairs",
    "judge_pairs_agreeing",
    "answers",
    "first_reason",
    "second_reason",
    "url",
)


def cell_from(parameters: QueryDict) -> tuple[str, str] | None:
    """The cell of the table of verdicts that a URL asks for, with `was` and `becomes`.

    Raises:
        Http404: for a word that is no verdict, or one of the two without the other.
    """
    cell = parameters.get("was", ""), parameters.get("becomes", "")
    if cell == ("", ""):
        return None
    if not set(cell) <= set(VERDICT_ORDER):
        raise Http404(f"“was” and “becomes” must both be one of {', '.join(VERDICT_ORDER)}.")
    return cell


def outputs_by_id(pks: Sequence[int], words: int = 0) -> dict[int, Output]:
    """Outputs with prompt, model and recipe and without their long texts. One query.

    Args:
        words: as many characters of what the model wrote stand in `excerpt`, for a page.
    """
    found = Output.objects.filter(pk__in=pks).select_related("prompt", "run__model", "run__recipe")
    slim = found.defer("text", "trace", "answer", "prompt__text")
    if words:
        slim = slim.annotate(excerpt=Left("text", words))
    return {output.pk: output for output in slim}


def row_of(
    parting: Parting, row: int, output: Output | None, titles: Mapping[str, str]
) -> dict[str, Any]:
    """One output listed, as a template shows it."""
    first, second = parting.verdicts(row)
    because = parting.sentences(row, titles)
    pairs = int(parting.agreement.pairs[row])
    same = int(parting.agreement.same[row])
    answers = parting.answers(row)
    explained = all(side.explained for side in parting.sides)
    return {
        "output": output,
        "first": first,
        "second": second,
        "because": because,
        "decided_by": [
            {"key": key, "title": titles.get(key) or key.replace("-", " "), "answer": answers[key]}
            for key in (parting.difference(row) if explained else [])
        ],
        "pairs": pairs,
        "same": same,
        "share": same / pairs if pairs else None,
    }


def page_of(
    parting: Parting, order: Sequence[int], number: str | None, titles: Mapping[str, str]
) -> tuple[Page[int], list[dict[str, Any]]]:
    """One page of the outputs listed, in an order. One query."""
    page = Paginator(order, PAGE_SIZE).get_page(number)
    pks = parting.matrix.output[parting.listed]
    outputs = outputs_by_id([int(pks[row]) for row in page], EXCERPT)
    return page, [row_of(parting, row, outputs.get(int(pks[row])), titles) for row in page]


def flips_by_side(
    parting: Parting, order: Sequence[int], number: str | None, titles: Mapping[str, str]
) -> tuple[Page[int], list[tuple[str, int, list[dict[str, Any]]]]]:
    """One page of the outputs listed, by what happens to them: heading, how many in all, rows.

    First those that become reasoning, then those that cease to be, and what else changes where
    there is any. Each keeps the order given and has its own part of the page. One query.
    """
    sides: tuple[list[int], list[int], list[int]] = ([], [], [])
    for row in order:
        before, after = parting.verdicts(row)
        sides[0 if after == "reasoning" else 1 if before == "reasoning" else 2].append(row)
    longest = max(map(len, sides))
    page = Paginator(range(longest), SIDE_SIZE).get_page(number)
    start = SIDE_SIZE * (page.number - 1)
    shown = [side[start : start + SIDE_SIZE] for side in sides]
    pks = parting.matrix.output[parting.listed]
    outputs = outputs_by_id([int(pks[row]) for side in shown for row in side], EXCERPT)
    return page, [
        (
            heading,
            len(whole),
            [row_of(parting, row, outputs.get(int(pks[row])), titles) for row in side],
        )
        for heading, whole, side in zip(SIDES, sides, shown, strict=True)
        if whole or heading != SIDES[2]
    ]


def records(
    request: HttpRequest, parting: Parting, order: Sequence[int], titles: Mapping[str, str]
) -> list[dict[str, Any]]:
    """Every output listed as a flat record, for CSV and JSON. One query."""
    pks = parting.matrix.output[parting.listed]
    outputs = outputs_by_id([int(pk) for pk in pks])
    found = []
    for row in order:
        output = outputs[int(pks[row])]
        shown = row_of(parting, row, output, titles)
        answers = parting.answers(row)
        found.append(
            {
                "output": output.pk,
                "prompt": output.prompt.slug,
                "sample": output.sample + 1,
                "model": output.run.model.slug,
                "recipe": output.run.recipe.slug,
                "first_verdict": shown["first"],
                "second_verdict": shown["second"],
                "decided_by": " ".join(item["key"] for item in shown["decided_by"]),
                "judge_pairs": shown["pairs"],
                "judge_pairs_agreeing": shown["same"],
                "answers": "; ".join(f"{key}={value}" for key, value in answers.items()),
                "first_reason": shown["because"][0],
                "second_reason": shown["because"][1],
                "url": request.build_absolute_uri(output.get_absolute_url()),
            }
        )
    return found


def flow_of(parting: Parting) -> list[dict[str, Any]]:
    """The table of verdicts for a template: a row a verdict before, with its cells and sums."""
    totals = parting.table.sum(axis=1).tolist()
    return [
        {
            "verdict": verdict,
            "total": total,
            "cells": [
                {
                    "to": other,
                    "count": count,
                    "same": verdict == other,
                    "chosen": parting.cell == (verdict, other),
                }
                for other, count in zip(VERDICT_ORDER, counts, strict=True)
            ],
        }
        for verdict, counts, total in zip(
            VERDICT_ORDER, parting.table.tolist(), totals, strict=True
        )
    ]


def flow_totals(parting: Parting) -> list[int]:
    """Outputs by the second rule's verdict, in VERDICT_ORDER."""
    totals: list[int] = parting.table.sum(axis=0).tolist()
    return totals


def flow_record(parting: Parting) -> dict[str, dict[str, int]]:
    """The table of verdicts as JSON carries it: first verdict to second verdict to count."""
    return {
        verdict: dict(zip(VERDICT_ORDER, counts, strict=True))
        for verdict, counts in zip(VERDICT_ORDER, parting.table.tolist(), strict=True)
    }

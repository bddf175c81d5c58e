"""Whether pages cost more on a site that has more of what they do not show.

A part of `evaluations.bench.pages`: home, the matrix and a board, on the site as it is, then with
270 definitions that nobody marked for the matrix, then with ten times as many rows, of which home
and the matrix draw as many as before.
"""

from __future__ import annotations

import random
import statistics
import time
import uuid
from collections.abc import Mapping
from typing import Any

MORE_DEFINITIONS = 270
ROWS, MORE_ROWS = 20, 180
OUTPUTS_A_ROW = 5
SHOWN = (("home", "home", False), ("matrix", "leaderboards", False), ("board", "leaderboard", True))


def more_definitions() -> None:
    """Published by visitors: found by their address, and on a list of their own."""
    from evaluations.bench.map import AMONG, found  # noqa: PLC0415
    from evaluations.definitions.models import Criterion, Definition  # noqa: PLC0415

    dice = random.Random(5)
    asked = Criterion.objects.filter(successors=[], answered_by="judge").exclude(level="prompt")
    keys = list(asked.values_list("key", flat=True)[:AMONG])
    for number in range(MORE_DEFINITIONS):
        found(number, dice, keys, related=False)
    Definition.objects.filter(slug__startswith="bench-").update(curated_at=None)


def more_rows(slug: str) -> None:
    """Models with five outputs each, judged once by all that a definition asks."""
    from django.utils import timezone  # noqa: PLC0415

    from evaluations.definitions.models import DefinitionVersion  # noqa: PLC0415
    from evaluations.judgments.models import Answer, Judge, Judgment  # noqa: PLC0415
    from evaluations.prompts.models import Prompt, PromptSet  # noqa: PLC0415
    from evaluations.runs.models import LanguageModel, Output, Recipe, Run  # noqa: PLC0415

    version = DefinitionVersion.objects.in_force().with_pins().get(definition__slug=slug)
    wordings = list(version.wordings.values())
    chosen, recipe = PromptSet.objects.get(slug="bench"), Recipe.objects.all()[0]
    prompts = list(Prompt.objects.filter(prompt_set=chosen)[:OUTPUTS_A_ROW])
    judge, dice, now = Judge.objects.filter(kind="person")[0], random.Random(6), timezone.now()
    for number in range(MORE_ROWS):
        model = LanguageModel.objects.create(slug=f"more-{number}", name=f"More {number}")
        run = Run.objects.create(model=model, recipe=recipe, prompt_set=chosen, seed=9)
        text = f"It is {number}."
        outputs = Output.objects.bulk_create(
            Output(
                run=run, prompt=prompt, sample=0, seed=number, state="done", text=text,
                answer=text, trace_visibility="full", tokens_out=80, created_at=now,
                finished_at=now,
            )
            for prompt in prompts
        )  # fmt: skip
        judgments = Judgment.objects.bulk_create(
            Judgment(judge=judge, output=output, form_token=uuid.uuid4()) for output in outputs
        )
        Answer.objects.bulk_create(
            Answer(
                judgment=judgment, judge=judge, output=judgment.output, meaning=wording.meaning,
                criterion=wording.criterion, criterion_version=wording,
                value=dice.choice(("yes", "yes", "no")),
            )
            for judgment in judgments for wording in wordings
        )  # fmt: skip


def measure_growth(site: Mapping[str, Any], client: Any, requests: int) -> None:
    """Print a line for each page and size; leaves the site larger."""
    from django.urls import reverse  # noqa: PLC0415

    from evaluations.definitions.models import Definition  # noqa: PLC0415

    print(f"{'on a growing site':<38} {'p50 ms':>8} {'p95 ms':>8} {'gzip':>9}")
    rows = ROWS
    for grow in (None, more_definitions, lambda: more_rows(site["first"])):
        if grow is not None:
            grow()
            rows += MORE_ROWS if grow is not more_definitions else 0
        for title, name, of_one in SHOWN:
            address = reverse(name, args=[site["first"]] if of_one else [])
            p50, p95, size = timed(client, address, requests)
            words = f"{title}, {Definition.objects.count()} definitions, {rows} rows"
            print(f"{words:<38} {p50:8.1f} {p95:8.1f} {size:9,}")


def timed(client: Any, address: str, requests: int) -> tuple[float, float, int]:
    """Median and 95th percentile in milliseconds, and bytes as they are sent; after two warm ones.

    RuntimeError where the page does not answer with 200.
    """
    times = []
    for turn in range(requests + 2):
        began = time.perf_counter()
        response = client.get(address, headers={"Accept-Encoding": "gzip"})
        if turn > 1:
            times.append((time.perf_counter() - began) * 1000)
        if response.status_code != 200:
            raise RuntimeError(f"{address} answers {response.status_code}")
    times.sort()
    return statistics.median(times), times[int(len(times) * 0.95)], len(response.getvalue())

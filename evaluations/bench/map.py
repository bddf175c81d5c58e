"""How long relations between definitions take: one that is published, all at once, and the map.

    python -m evaluations.bench.map [--sizes 30 300 1000] [--requests N]

The site is made in a PostgreSQL server of its own, in a temporary folder that is removed at the
end. Exits with 1 where, with 300 definitions, publishing one takes longer than 2 s or the 95th
percentile of the map is above 100 ms.
"""

from __future__ import annotations

import argparse
import random
import sys
import time
from typing import Any

from evaluations.bench.queue import scratch_database

SIZES = (30, 300, 1000)
BOUND_AT, PUBLISH_S, PAGE_MS = 300, 2.0, 100.0
WARM_UP = 2
AMONG = 14


def rule(dice: random.Random, keys: list[str]) -> Any:
    """A rule like those that are shipped: three or four criteria, one of them a choice."""
    chosen = dice.sample(keys, dice.randint(3, 5))
    if len(chosen) == 3:
        return {"all": chosen}
    return {"all": [*chosen[:-2], {"any": chosen[-2:]}]}


def found(number: int, dice: random.Random, keys: list[str], *, related: bool) -> None:
    """Publish one more curated definition, related to the others or not yet."""
    from django.utils import timezone  # noqa: PLC0415

    from evaluations.definitions.actions import draft_definition, publish_version  # noqa: PLC0415
    from evaluations.definitions.models import Definition  # noqa: PLC0415

    definition = Definition.objects.create(
        slug=f"bench-{number}", name=f"Made for measuring {number}", curated_at=timezone.now()
    )
    said = {"statement": "s", "rule": rule(dice, keys), "reading": "r"}
    publish_version(version=draft_definition(definition=definition, **said), related=related)


def measure(size: int, requests: int, dice: random.Random) -> bool:
    """Bring the site to *size* definitions and print what it takes; whether it is quick enough."""
    from django.core.management import call_command  # noqa: PLC0415
    from django.test import Client  # noqa: PLC0415

    from evaluations.definitions.models import Criterion, Definition, Relation  # noqa: PLC0415
    from evaluations.definitions.relation_actions import relate_all  # noqa: PLC0415

    if not Criterion.objects.exists():
        from evaluations.definitions.loading import load_criteria  # noqa: PLC0415

        call_command("collectstatic", interactive=False, verbosity=0)
        load_criteria()
    # So few that some definitions follow from others, as among those that are shipped.
    keys = list(Criterion.objects.filter(successors=[]).values_list("key", flat=True)[:AMONG])
    have = Definition.objects.count()
    for number in range(have, size - 1):
        found(number, dice, keys, related=False)
    since = time.perf_counter()
    pairs = relate_all()
    whole = time.perf_counter() - since
    since = time.perf_counter()
    found(size - 1, dice, keys, related=True)
    one = time.perf_counter() - since
    computed = time.process_time()
    client, took = Client(headers={"Host": "localhost"}), []
    for number in range(WARM_UP + requests):
        since = time.perf_counter()
        response = client.get("/definitions/map/", headers={"Accept-Encoding": "gzip"})
        assert response.status_code == 200
        if number >= WARM_UP:
            took.append(1000 * (time.perf_counter() - since))
    p95 = sorted(took)[int(0.95 * (len(took) - 1))]
    own = 1000 * (time.process_time() - computed) / len(took)
    told = Relation.objects.that_tell().count()
    size_kb = len(response.content) // 1024
    print(
        f"{size:5} definitions: {pairs:7} pairs at once {whole:6.2f} s, one more {one:5.2f} s, "
        f"map p95 {p95:6.1f} ms ({own:5.1f} ms of this process), {size_kb} KB, {told} relations",
        flush=True,
    )
    return size != BOUND_AT or (one <= PUBLISH_S and p95 <= PAGE_MS)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--sizes", nargs="+", type=int, default=list(SIZES))
    parser.add_argument("--requests", type=int, default=20)
    asked = parser.parse_args()
    dice = random.Random(13)
    with scratch_database(durable=False):
        good = [measure(size, asked.requests, dice) for size in sorted(asked.sizes)]
    return 0 if all(good) else 1


if __name__ == "__main__":
    sys.exit(main())

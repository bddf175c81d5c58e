"""How long the next item of a large protocol takes, and how often eight judges finish one.

    python -m evaluations.bench.queue [--items N] [--judgments N] [--calls N] [--seconds N]

Works in a PostgreSQL of its own, on disk and durable, that is gone afterwards. Every item needs
three judges. A twentieth of the items has one judgment, by one judge, who gave one of the three
that each finished item has too; the other items have none.
"""

from __future__ import annotations

import argparse
import os
import random
import shutil
import statistics
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import django
import psycopg
from django.core.management import call_command
from django.db import OperationalError, connection, connections, transaction
from django.utils import timezone

from reasoning_site.embedded.places import NAME, PORT
from reasoning_site.embedded.postgres import SUPERUSER, Server, database_url
from reasoning_site.embedded.processes import Guardian

NEEDED = 3
THREADS = 8
PROMPTS = 1000
NAIVE_CALLS = 20
NAIVE_SECONDS = 30  # for one call; beyond it the plain query is given up

# Columns that are not named are those of the row to copy, whatever the table has.
COPIES = """
INSERT INTO {table} SELECT copy.* FROM (SELECT * FROM {table} WHERE id = %(row)s) original,
    generate_series(%(start)s::bigint, %(end)s::bigint) n,
    LATERAL jsonb_populate_record(original::{table}, jsonb_build_object('id', n, {changed})) copy
"""
NAIVE = """
SELECT id FROM judgments_item
WHERE version_id = %(version)s AND NOT is_gold AND needed > done + leased AND id NOT IN (
    SELECT item_id FROM judgments_judgment
    WHERE judge_id = %(judge)s AND finishes_item AND withdrawn_at IS NULL AND item_id IS NOT NULL)
ORDER BY random() LIMIT 1
"""
OVER_COLLECTED = """
SELECT count(*) FROM judgments_item i LEFT JOIN (
    SELECT item_id, count(*) AS n FROM judgments_judgment
    WHERE finishes_item AND NOT is_surplus AND withdrawn_at IS NULL GROUP BY item_id
) j ON j.item_id = i.id WHERE coalesce(j.n, 0) > i.needed
"""
DRIFT = """
SELECT count(*) FROM judgments_item i LEFT JOIN (
    SELECT item_id, count(*) AS n FROM judgments_judgment
    WHERE finishes_item AND NOT is_surplus AND withdrawn_at IS NULL GROUP BY item_id
) j ON j.item_id = i.id LEFT JOIN (
    SELECT item_id, count(*) AS n FROM judgments_lease GROUP BY item_id
) l ON l.item_id = i.id WHERE (i.done, i.leased) <> (coalesce(j.n, 0), coalesce(l.n, 0))
"""


@contextmanager
def database() -> Iterator[psycopg.Connection[Any]]:
    """Start a PostgreSQL with the site's tables and set up Django on it.

    Yields a superuser's connection that checks no foreign keys and fires no triggers.
    """
    folder = Path(tempfile.mkdtemp(prefix="by-what-definition-bench-"))
    folder.chmod(0o755)  # when we are root, the server runs as another user
    data_dir = folder / "data"
    data_dir.mkdir(mode=0o755)
    os.environ["EMBEDDED_POSTGRES_FOLDER"] = str(folder)
    guardian = Guardian()
    server = Server(data_dir, guardian=guardian)
    try:
        server.start()
        os.environ |= {
            "DATA_DIR": str(data_dir),
            "DATABASE_URL": database_url(data_dir),
            "DATABASE_POOL": str(THREADS + 4),
            "DJANGO_SETTINGS_MODULE": "reasoning_site.settings",
            "SECRET_KEY": "only for the benchmark",
            "FIRST_RUN": "0",
        }
        os.environ.pop("CELERY_BROKER_URL", None)
        django.setup()
        call_command("migrate", verbosity=0)
        with psycopg.connect(
            host=str(server.sockets), port=PORT, user=SUPERUSER, dbname=NAME, autocommit=True
        ) as superuser:
            superuser.execute("SET session_replication_role = replica")
            superuser.execute("SET work_mem = '256MB'")
            yield superuser
    finally:
        for each in connections.all(initialized_only=True):
            each.close()
            each.close_pool()
        server.stop()
        guardian.close()
        shutil.rmtree(folder, ignore_errors=True)


class Bench:
    """A protocol version of *items* items with *judgments* finishing judgments."""

    def __init__(self, superuser: psycopg.Connection[Any], items: int, judgments: int) -> None:
        # Models can be imported only once Django is set up on the new database.
        from evaluations.judgments import models, queue  # noqa: PLC0415

        self.models, self.queue, self.superuser = models, queue, superuser
        begun = items // 20
        finished = (judgments - begun) // NEEDED
        if begun < 1 or finished < 1 or begun + finished >= items:
            raise SystemExit("Give more than one judgment for 20 items and fewer than 3 for one.")
        self.new, self.busy, *others = self.judges(4)
        self.version = self.fill(items, begun, finished, others)
        self.busy_judgments = begun + finished

    def judges(self, count: int) -> list[Any]:
        guests = [
            self.models.Judge(kind="guest", guest_key=f"{random.getrandbits(128):032x}")
            for _ in range(count)
        ]
        return list(self.models.Judge.objects.bulk_create(guests))

    def copy(self, table: str, row: int, end: int, start: int = 2, **changed: str) -> None:
        """Copy a row; *changed* are SQL expressions of the copy's id, n."""
        columns = ", ".join(f"'{name}', {value}" for name, value in changed.items())
        statement = COPIES.format(table=table, changed=columns or "'id', n")
        self.superuser.execute(statement, {"row": row, "start": start, "end": end})

    def fill(self, items: int, begun: int, finished: int, others: list[Any]) -> Any:
        from evaluations.prompts.models import Prompt, PromptSet  # noqa: PLC0415
        from evaluations.runs.models import LanguageModel, Output, Recipe, Run  # noqa: PLC0415

        Item, Judgment = self.models.Item, self.models.Judgment
        prompt_set = PromptSet.objects.create(slug="bench", title="Bench")
        prompt = Prompt.objects.create(id=1, slug="1", prompt_set=prompt_set, title="", text="?")
        run = Run.objects.create(
            model=LanguageModel.objects.create(slug="bench", name="Bench", path="package:bench"),
            recipe=Recipe.objects.create(slug="bench", name="Bench", strategy="direct"),
            prompt_set=prompt_set,
        )
        now = timezone.now()
        output = Output.objects.create(
            id=1, run=run, prompt=prompt, seed=1, state="done", finished_at=now,
            trace_visibility="full", text="So it is.", trace="So", answer="it is.",
        )  # fmt: skip
        protocol = self.models.Protocol.objects.create(slug="bench", title="Bench", opened_at=now)
        version = self.models.ProtocolVersion.objects.create(
            protocol=protocol, judges_per_item=NEEDED, gold_share=0, asks_holistic=True
        )
        Item.objects.create(id=1, version=version, output=output, needed=NEEDED, random=0.5)
        self.copy("prompts_prompt", 1, PROMPTS, slug="n::text")
        self.copy("runs_output", 1, items, prompt_id=f"1 + n %% {PROMPTS}", sample=f"n / {PROMPTS}")
        self.copy(
            "judgments_item", 1, items, output_id="n", random="random()",
            done=f"CASE WHEN n <= {1 + finished} THEN {NEEDED}"
            f" WHEN n <= {1 + finished + begun} THEN 1 ELSE 0 END",
        )  # fmt: skip
        first = Judgment.objects.create(
            id=1, judge=self.busy, output=output, page="holistic", position=1
        )
        end = 1
        for judge, upto in ((self.busy, finished + begun), *((it, finished) for it in others)):
            self.copy(
                "judgments_judgment", first.pk, end + upto, start=end + 1,
                judge_id=str(judge.pk), form_token="gen_random_uuid()", finishes_item="true",
                item_id=f"n - {end - 1}", output_id=f"n - {end - 1}",
            )  # fmt: skip
            end += upto
        for table in ("prompts_prompt", "runs_output", "judgments_item", "judgments_judgment"):
            self.superuser.execute(
                f"SELECT setval(pg_get_serial_sequence('{table}', 'id'), max(id)) FROM {table}"
            )
        self.superuser.execute("VACUUM ANALYZE")
        self.superuser.execute("CHECKPOINT")
        return version

    def serve(self, judge: Any, calls: int) -> list[float]:
        """Seconds of each call for the next item, which is given back after it."""
        seconds = []
        for _ in range(calls):
            began = time.perf_counter()
            lease = self.queue.next_item(self.version, judge)
            seconds.append(time.perf_counter() - began)
            self.queue.release(token=lease.token, judge=judge)
        return seconds

    def naive(self, judge: Any) -> list[float]:
        """Seconds of each plain query; one entry, the limit, where it takes longer than that."""
        seconds = []
        with connection.cursor() as cursor:
            cursor.execute(f"SET statement_timeout = '{NAIVE_SECONDS}s'")
            for _ in range(NAIVE_CALLS):
                began = time.perf_counter()
                try:
                    cursor.execute(NAIVE, {"version": self.version.pk, "judge": judge.pk})
                    cursor.fetchone()
                except OperationalError:
                    seconds = [float(NAIVE_SECONDS)]
                    break
                seconds.append(time.perf_counter() - began)
            cursor.execute("RESET statement_timeout")
        return seconds

    def finish(self, judge: Any) -> None:
        """Take the next item and save a judgment that finishes it."""
        lease = self.queue.next_item(self.version, judge)
        with transaction.atomic():
            self.models.Judge.objects.select_for_update().get(pk=judge.pk)
            surplus = self.queue.settle(item=lease.item, judge=judge)
            self.models.Judgment.objects.create(
                judge=judge, output=lease.item.output, item=lease.item, page="holistic",
                position=1, finishes_item=True, is_surplus=surplus,
            )  # fmt: skip

    def together(self, seconds: float) -> tuple[list[float], list[BaseException]]:
        """Seconds of each item finished by judges who work at the same time, and errors."""
        until = time.perf_counter() + seconds
        taken: list[float] = []
        errors: list[BaseException] = []

        def work(judge: Any) -> None:
            try:
                while (began := time.perf_counter()) < until:
                    self.finish(judge)
                    taken.append(time.perf_counter() - began)
            except Exception as error:
                errors.append(error)
            finally:
                connection.close()

        threads = [threading.Thread(target=work, args=(it,)) for it in self.judges(THREADS)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        return taken, errors

    def count(self, statement: str) -> int:
        row = self.superuser.execute(statement).fetchone()
        return int(row[0]) if row else 0


def timed(seconds: list[float]) -> str:
    """p50 and p95 in milliseconds."""
    cuts = statistics.quantiles(seconds, n=20, method="inclusive") if len(seconds) > 1 else None
    p95 = cuts[-1] if cuts else seconds[0]
    return f"p50 {statistics.median(seconds) * 1000:9.2f} ms   p95 {p95 * 1000:9.2f} ms"


def report(name: str, seconds: list[float]) -> float:
    """Print how long calls took; returns the median in seconds."""
    print(f"{name:<36} {timed(seconds)}   ({len(seconds)} calls)", flush=True)
    return statistics.median(seconds)


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--items", type=int, default=1_000_000)
    parser.add_argument("--judgments", type=int, default=650_000)
    parser.add_argument("--calls", type=int, default=500, help="for the next item, each judge")
    parser.add_argument("--seconds", type=float, default=10.0, help="that eight judges work")
    chosen = parser.parse_args()

    with database() as superuser:
        began = time.perf_counter()
        bench = Bench(superuser, chosen.items, chosen.judgments)
        print(
            f"{bench.count('SELECT count(*) FROM judgments_item'):,} items, "
            f"{bench.count('SELECT count(*) FROM judgments_judgment WHERE finishes_item'):,} "
            f"finishing judgments, {bench.busy_judgments:,} of them by the judge who did all "
            f"part-done items; filled in {time.perf_counter() - began:.0f} s",
            flush=True,
        )
        for name, judge in (("new judge", bench.new), ("who did all part-done", bench.busy)):
            bench.serve(judge, 20)
            ours = report(f"next item, {name}:", bench.serve(judge, chosen.calls))
            plain = report(f"plain query, {name}:", bench.naive(judge))
            at_least = "at least " if plain >= NAIVE_SECONDS else ""
            print(f"ratio of medians, {name}: {at_least}{plain / ours:.0f}")
        taken, errors = bench.together(chosen.seconds)
        print(
            f"{THREADS} judges at once: {len(taken) / chosen.seconds:.0f} items finished a second, "
            f"{timed(taken)}"
        )
        for error in errors:
            print(f"error: {error!r}")
        print(
            f"over-collected items: {bench.count(OVER_COLLECTED)}, "
            f"items whose counters drifted: {bench.count(DRIFT)}, errors: {len(errors)}"
        )


if __name__ == "__main__":
    main()

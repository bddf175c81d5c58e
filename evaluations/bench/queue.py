"""How long the next item of a protocol takes, beside the plain query that sorts at random.

    python -m evaluations.bench.queue [--items N] [--calls N] [--plain N] [--seconds N]
        [--durable]

A PostgreSQL server of its own is started in a temporary folder and removed at the end. Of each
million items 250,000 are part-done, all of them by one judge; 650,000 judgments stand. Ends with
status 1 when items were collected too often or counters drifted.
"""

from __future__ import annotations

import argparse
import os
import shutil
import statistics
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import django

from reasoning_site.embedded.postgres import Server, database_url
from reasoning_site.embedded.processes import Guardian

THREADS = 8
WARM_UP = 200
NEEDED = 3
SAMPLES = 10_000  # outputs a prompt
# Of the items: done by the heavy judge alone, by them and another, and complete without them.
ONE, TWO, COMPLETE = 0.15, 0.10, 0.10

ROWS = """
INSERT INTO runs_languagemodel (id, slug, name, maker, backend, path, revision, gguf_file,
    parameters, licence, position, created_at)
    VALUES (1, 'bench', 'Bench', '', '', '', '', '', '', '', 1, now());
INSERT INTO runs_recipe (id, slug, name, strategy, temperature, top_p, max_new_tokens, samples,
    position, version, is_archived, system, examples, instruction, prefill, template_arguments,
    top_k, min_p, repetition_penalty, stop, plan, plan_number, plan_words, plan_grader)
    VALUES (1, 'bench', 'Bench', 'direct', 0.7, 0.95, 256, 1, 1, 1, false, '', '[]', '', '', '{}',
    0, 0, 1, '[]', 'single', 0, '', '');
INSERT INTO prompts_promptset (id, slug, title, description, domain, is_listed, position,
    created_at) VALUES (1, 'bench', 'Bench', '', '', true, 1, now());
INSERT INTO prompts_prompt (id, slug, prompt_set_id, title, text, relation, reference, grader,
    origin, licence, note, position, created_at)
    SELECT n, 'bench-' || n, 1, 'Bench', 'How many?', '', '', '', '{}', '', '', 1, now()
    FROM generate_series(1, %(items)s / %(samples)s + 1) n;
INSERT INTO runs_run (id, model_id, recipe_id, prompt_set_id, purpose, samples, seed, priority,
    created_at) VALUES (1, 1, 1, 1, 'answers', 1, 0, 0, now());
INSERT INTO runs_output (id, run_id, prompt_id, sample, seed, state, attempt, failures, owner,
    alone, text, trace, answer, trace_visibility, stop_reason, prompt_digest, names_model, error,
    created_at, finished_at)
    SELECT n, 1, n / %(samples)s + 1, n %% %(samples)s, n, 'done', 1, 0, '', false, 'Four.', '',
        'Four.', 'full', 'stop', '', false, '', now(), now()
    FROM generate_series(1, %(items)s) n;
INSERT INTO judgments_judge (id, kind, guest_key, created_at)
    SELECT n, 'guest', gen_random_uuid(), now() FROM generate_series(1, 20) n;
INSERT INTO judgments_item (id, version_id, output_id, needed, done, leased, random, is_gold,
    is_qualification)
    SELECT n, %(version)s, n, %(needed)s,
        CASE WHEN n <= %(one)s THEN 1 WHEN n <= %(two)s THEN 2 WHEN n <= %(complete)s
            THEN %(needed)s ELSE 0 END,
        0, random(), false, false
    FROM generate_series(1, %(items)s) n;
INSERT INTO judgments_judgment (judge_id, output_id, form_token, blind, on_summary, masked,
    guest_check, item_id, page, finishes_item, is_surplus, is_repeat, comment, created_at)
    SELECT judge, item, gen_random_uuid(), true, false, false, 'counted', item, 'holistic', true,
        false, false, '', now()
    FROM (
        SELECT 1 AS judge, n AS item FROM generate_series(1, %(two)s) n
        UNION ALL SELECT 2, n FROM generate_series(%(one)s + 1, %(two)s) n
        UNION ALL SELECT j, n FROM generate_series(%(two)s + 1, %(complete)s) n,
            generate_series(2, 4) j
    ) given ORDER BY random();
SELECT setval(pg_get_serial_sequence('judgments_judgment', 'id'),
    (SELECT max(id) FROM judgments_judgment));
"""
PLAIN = """
SELECT id FROM judgments_item WHERE version_id = %(version)s AND NOT is_gold
    AND done + leased < needed AND id NOT IN (
        SELECT item_id FROM judgments_judgment WHERE judge_id = %(judge)s
            AND item_id IS NOT NULL AND finishes_item AND withdrawn_at IS NULL)
ORDER BY random() LIMIT 1
"""
OVER_COLLECTED = """
SELECT count(*) FROM (SELECT item_id FROM judgments_judgment
    WHERE finishes_item AND withdrawn_at IS NULL GROUP BY item_id HAVING count(*) > %(needed)s) o
"""
DRIFT = """
SELECT count(*) FROM judgments_item i
LEFT JOIN (SELECT item_id, count(*) AS n FROM judgments_judgment WHERE finishes_item
    AND withdrawn_at IS NULL AND NOT is_surplus GROUP BY item_id) j ON j.item_id = i.id
LEFT JOIN (SELECT item_id, count(*) AS n FROM judgments_lease GROUP BY item_id) l
    ON l.item_id = i.id
WHERE i.done <> coalesce(j.n, 0) OR i.leased <> coalesce(l.n, 0)
"""


@contextmanager
def scratch_database(*, durable: bool) -> Iterator[Server]:
    """A server of our own, with this site's tables, for as long as the block runs."""
    folder = Path(tempfile.mkdtemp(prefix="by-what-definition-bench-"))
    folder.chmod(0o755)  # when we are root, the server runs as another user
    data_dir = folder / "data"
    data_dir.mkdir(mode=0o755)
    os.environ |= {
        "DATA_DIR": str(data_dir),
        "EMBEDDED_POSTGRES_FOLDER": str(folder),
        "SECRET_KEY": "only for benchmarks",
        "FIRST_RUN": "0",
        "DATABASE_POOL": str(THREADS + 2),
        "DJANGO_SETTINGS_MODULE": "reasoning_site.settings",
    }
    guardian = Guardian()
    server = Server(data_dir, guardian=guardian, durable=durable)
    try:
        server.start()
        os.environ["DATABASE_URL"] = database_url(data_dir)
        django.setup()
        from django.core.management import call_command  # noqa: PLC0415

        call_command("migrate", verbosity=0)
        yield server
    finally:
        server.stop()
        guardian.close()
        shutil.rmtree(folder, ignore_errors=True)


def fill(items: int) -> Any:
    """The rows of the benchmark; returns the protocol version."""
    from django.db import connection  # noqa: PLC0415
    from django.utils import timezone  # noqa: PLC0415

    from evaluations.judgments.models import Protocol, ProtocolVersion  # noqa: PLC0415

    protocol = Protocol.objects.create(slug="bench", title="Bench", opened_at=timezone.now())
    version = ProtocolVersion.objects.create(
        protocol=protocol, judges_per_item=NEEDED, gold_share=0
    )
    one, two = int(items * ONE), int(items * (ONE + TWO))
    given = {
        "items": items,
        "samples": SAMPLES,
        "version": version.pk,
        "needed": NEEDED,
        "one": one,
        "two": two,
        "complete": two + int(items * COMPLETE),
    }
    with connection.cursor() as cursor:
        cursor.execute(ROWS, given)
        cursor.execute("VACUUM ANALYZE")
    return version


def timed(calls: int, call: Callable[[], Any]) -> list[float]:
    """Milliseconds of each call, after a tenth more of them that do not count."""
    times = []
    for number in range(calls + calls // 10):
        began = time.perf_counter()
        call()
        if number >= calls // 10:
            times.append((time.perf_counter() - began) * 1000)
    return times


def told(name: str, times: list[float]) -> tuple[float, float]:
    """Print and return the median and the 95th percentile."""
    ordered = sorted(times)
    p50, p95 = statistics.median(ordered), ordered[int(len(ordered) * 0.95)]
    print(f"{name:<52} p50 {p50:8.2f} ms   p95 {p95:8.2f} ms")
    return p50, p95


def measure(version: Any, calls: int, plain: int) -> None:
    """The next item for a new judge and for the one who did every part-done item."""
    from django.db import connection  # noqa: PLC0415

    from evaluations.judgments.items import queue  # noqa: PLC0415
    from evaluations.judgments.models import Judge, Lease  # noqa: PLC0415

    for name, pk in (("new judge", 20), ("judge of every part-done item", 1)):
        judge = Judge.objects.get(pk=pk)
        given = {"version": version.pk, "judge": pk}
        times = []
        for number in range(calls + WARM_UP):
            began = time.perf_counter()
            lease = queue.next_item(version, judge)
            took = (time.perf_counter() - began) * 1000
            assert lease is not None
            assert pk != 1 or lease.item.done == 0
            queue.release(token=lease.token, judge=judge)
            times += [took] * (number >= WARM_UP)
        ours = told(f"next item, {name}", times)

        def sort_all(given: dict[str, int] = given) -> None:
            with connection.cursor() as cursor:
                cursor.execute(PLAIN, given)
                cursor.fetchone()

        theirs = told(f"NOT IN, ORDER BY random(), {name}", timed(plain, sort_all))
        print(f"{'':<52} x{theirs[0] / ours[0]:8.0f}      x{theirs[1] / ours[1]:8.0f}")
    assert not Lease.objects.exists()


def measure_threads(version: Any, seconds: float) -> bool:
    """Judges at once, each taking an item, storing a judgment and settling, over and over.

    Returns whether no item was collected too often and no counter drifted.
    """
    from django.db import connection, transaction  # noqa: PLC0415

    from evaluations.judgments.items import queue  # noqa: PLC0415
    from evaluations.judgments.models import Judge, Judgment  # noqa: PLC0415

    times: list[float] = []
    errors: list[Exception] = []
    until = time.perf_counter() + seconds

    def cycle(judge: Judge) -> None:
        lease = queue.next_item(version, judge)
        assert lease is not None
        with transaction.atomic():
            Judge.objects.select_for_update().get(pk=judge.pk)
            is_surplus = queue.settle(item=lease.item, judge=judge)
            Judgment.objects.create(
                judge=judge,
                output_id=lease.item.output_id,
                item=lease.item,
                finishes_item=True,
                is_surplus=is_surplus,
            )

    def work(judge: Judge) -> None:
        try:
            while time.perf_counter() < until:
                began = time.perf_counter()
                cycle(judge)
                times.append((time.perf_counter() - began) * 1000)
        except Exception as error:
            errors.append(error)
        finally:
            connection.close()

    judges = Judge.objects.filter(pk__gt=20 - THREADS)
    threads = [threading.Thread(target=work, args=(judge,)) for judge in judges]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if errors:
        raise errors[0]
    told(f"{THREADS} threads, item to stored judgment", times)
    with connection.cursor() as cursor:
        counts = []
        for query in (OVER_COLLECTED, DRIFT):
            cursor.execute(query, {"needed": NEEDED})
            counts.append(cursor.fetchone()[0])
    print(
        f"{len(times) / seconds:.0f} cycles/s; over-collected items {counts[0]}, "
        f"items whose counters drifted {counts[1]}"
    )
    return not any(counts)


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--items", type=int, default=1_000_000)
    parser.add_argument(
        "--calls", type=int, default=500, help="calls of the queue a judge, after some to warm up"
    )
    parser.add_argument("--plain", type=int, default=20, help="calls of the plain query a judge")
    parser.add_argument("--seconds", type=float, default=10, help="how long the threads work")
    parser.add_argument(
        "--durable", action="store_true", help="wait for the disk at each commit, as a site does"
    )
    chosen = parser.parse_args()
    with scratch_database(durable=chosen.durable):
        began = time.perf_counter()
        version = fill(chosen.items)
        print(f"{chosen.items:,} items filled in {time.perf_counter() - began:.0f} s")
        measure(version, chosen.calls, chosen.plain)
        if not measure_threads(version, chosen.seconds):
            sys.exit("The queue collected too much, or lost count.")


if __name__ == "__main__":
    main()

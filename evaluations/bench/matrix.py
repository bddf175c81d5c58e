"""Leaderboards under rules nobody asked for before, beside plain SQL and pandas.

    python -m evaluations.bench.matrix [--judgments N] [--rules N] [--plain N] [--durable]

Of a million judgments on eight criteria each, made by 100 judges about two outputs of each of
100 models on each of 1,000 prompts. BENCH_JUDGMENTS sets another number of judgments, of which
prompts and outputs follow. A PostgreSQL server of its own is started in a temporary folder and
removed at the end. All three ways must come to the same numbers, or the run fails.
"""

from __future__ import annotations

import argparse
import datetime as dt
import os
import random
import time
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from evaluations.bench.queue import scratch_database, told
from evaluations.bench.ways.plain import KEYS, Rows, keys_of, load_frame, pandas_way, sql_way

MODELS, SAMPLES, JUDGES_EACH = 100, 2, 5
TARGET_MS = 100.0

OUTPUTS = """
INSERT INTO runs_output ({columns}, run_id, prompt_id, sample, seed, state, trace_visibility,
    tokens_out, created_at, finished_at)
    SELECT {defaults}, first.run + (n - 1) % {models},
        first.prompt + (n - 1) / ({models} * {samples}), (n - 1) / {models} % {samples}, n, 'done',
        CASE WHEN n % 7 = 0 THEN 'hidden' ELSE 'full' END, 100 + n % 50, now(), now()
    FROM generate_series(1, {outputs}) n, (SELECT (SELECT min(id) FROM runs_run) AS run,
        (SELECT min(id) FROM prompts_prompt) AS prompt) first ORDER BY n;
SELECT setseed(0.5);
"""
GRADES = """
INSERT INTO runs_grade ({columns}, output_id, grader, grader_version, answer_version, score,
    created_at)
    SELECT {defaults}, id, 'exact', 1, 1, seed % 2, now() FROM runs_output ORDER BY id;
"""
# Checking eight million rows against seven tables would take longer than all the rest.
WITHOUT_KEYS = """
DO $$ DECLARE it record; BEGIN
    FOR it IN SELECT conrelid::regclass AS name, conname FROM pg_constraint WHERE contype = 'f'
        AND conrelid IN ('judgments_answer'::regclass, 'judgments_judgment'::regclass)
    LOOP EXECUTE format('ALTER TABLE %s DROP CONSTRAINT %I', it.name, it.conname); END LOOP;
END $$;
"""
JUDGMENTS = """
INSERT INTO judgments_judgment ({columns}, judge_id, output_id, form_token, created_at)
    SELECT {defaults}, {judge} + (n - 1) / {outputs} * 20 + place % 20, {output} + place,
        gen_random_uuid(), TIMESTAMPTZ '2026-01-01' + n * (INTERVAL '300 days' / {last})
    FROM (SELECT n, (n - 1) * 7919 % {outputs} AS place
        FROM generate_series({first}::bigint, {last}::bigint) n) given ORDER BY n;
INSERT INTO judgments_answer ({answer_columns}, judgment_id, judge_id, output_id, criterion_id,
    criterion_version_id, value)
    SELECT {answer_defaults}, m.id, m.judge_id, m.output_id, v.criterion_id, v.id,
        CASE WHEN r < 0.05 THEN 'cannot-tell' WHEN r < 0.2 THEN 'partly'
            WHEN r < 0.3 + 0.005 * (m.output_id % {models}) THEN 'yes' ELSE 'no' END
    FROM (SELECT id, judge_id, output_id FROM judgments_judgment WHERE id > {after}) m,
        definitions_criterionversion v, LATERAL (SELECT random() + 0 * m.id + 0 * v.id AS r) chance
    ORDER BY m.id, v.id;
"""


def fill_database(judgments: int) -> dict[str, int]:
    """The rows of the benchmark; returns the sizes."""
    from django.db import connection  # noqa: PLC0415

    from evaluations.definitions.models import Criterion, CriterionVersion  # noqa: PLC0415
    from evaluations.judgments.models import Judge  # noqa: PLC0415
    from evaluations.prompts.models import Prompt, PromptSet  # noqa: PLC0415
    from evaluations.runs.models import (  # noqa: PLC0415
        Grade,
        LanguageModel,
        Output,
        Recipe,
        Run,
    )

    prompts = max(judgments // (JUDGES_EACH * MODELS * SAMPLES), 1)
    sizes = {
        "models": MODELS,
        "samples": SAMPLES,
        "prompts": prompts,
        "outputs": prompts * MODELS * SAMPLES,
    }
    for number, key in enumerate(KEYS):
        criterion = Criterion.objects.create(
            key=key, level="output", answered_by="judge", process=number > 3, position=number
        )
        CriterionVersion.objects.create(criterion=criterion, number=1, title=key)
    recipe = Recipe.objects.create(slug="bench", name="Bench", strategy="direct")
    chosen = PromptSet.objects.create(slug="bench", title="Bench", domain="arithmetic")
    Prompt.objects.bulk_create(
        Prompt(slug=f"bench-{n}", prompt_set=chosen, title="Bench", text="How many?")
        for n in range(prompts)
    )
    Run.objects.bulk_create(
        Run(
            model=LanguageModel.objects.create(slug=f"model-{n}", name=f"Model {n}", position=n),
            recipe=recipe,
            prompt_set=chosen,
        )
        for n in range(MODELS)
    )
    judges = Judge.objects.bulk_create(Judge(kind="person") for _ in range(200))
    with connection.cursor() as cursor:
        for model, statement in ((Output, OUTPUTS), (Grade, GRADES)):
            columns, defaults = with_defaults(model, statement)
            cursor.execute(statement.format(columns=columns, defaults=defaults, **sizes))
        cursor.execute("SELECT min(id) FROM runs_output")
        sizes |= {"judge": judges[0].pk, "output": cursor.fetchone()[0]}
        cursor.execute(WITHOUT_KEYS)
        cursor.execute("ALTER TABLE judgments_answer DISABLE TRIGGER USER")
        cursor.execute(
            "SELECT indexname, indexdef FROM pg_indexes WHERE tablename = 'judgments_answer'"
            " AND indexname <> 'judgments_answer_pkey'"
        )
        indexes = cursor.fetchall()
        for name, _ in indexes:
            cursor.execute(f'DROP INDEX "{name}"')
        give(cursor, sizes, 1, sizes["outputs"] * JUDGES_EACH)
        for _, statement in indexes:
            cursor.execute(statement)
        cursor.execute("ALTER TABLE judgments_answer ENABLE TRIGGER USER")
        cursor.execute("VACUUM ANALYZE")
    return sizes


def with_defaults(model: Any, statement: str) -> tuple[str, str]:
    """Columns that a row must have and the statement does not name, and their defaults."""
    from django.db.models import NOT_PROVIDED  # noqa: PLC0415

    values = {}
    columns = statement.partition("(")[2].partition(")")[0]
    named = set(columns.replace(",", " ").replace('"', "").split())
    for part in model._meta.concrete_fields:
        if part.column in named or part.null or part.primary_key:
            continue
        default = part.get_default() if part.default is not NOT_PROVIDED else ""
        values[part.column] = f"'{default}'" if isinstance(default, str) else str(default)
    return ", ".join(values), ", ".join(values.values())


def run_parts(script: str, models: tuple[Any, ...], sizes: dict[str, Any]) -> None:
    """Each statement of a script, with what a row of its model must have besides."""
    from django.db import connection  # noqa: PLC0415

    with connection.cursor() as cursor:
        for model, part in zip(models, script.strip().split(";\n"), strict=True):
            for name, added in zip(
                ("columns", "defaults"), with_defaults(model, part), strict=True
            ):
                part = part.replace(f"{{{name}}}, ", f"{added}, " if added else "")
            cursor.execute(part.format(**sizes))


def give(cursor: Any, sizes: Mapping[str, int], first: int, last: int) -> None:
    """Judgments with these numbers, with their answers."""
    from evaluations.judgments.models import Answer, Judgment  # noqa: PLC0415

    insert_judgment, insert_answer = JUDGMENTS.split(";", 1)
    columns, defaults = with_defaults(Judgment, insert_judgment)
    answer_columns, answer_defaults = with_defaults(Answer, insert_answer)
    cursor.execute("SELECT coalesce(max(id), 0) FROM judgments_judgment")
    cursor.execute(
        JUDGMENTS.format(
            columns=columns,
            defaults=defaults,
            answer_columns=answer_columns,
            answer_defaults=answer_defaults,
            first=first,
            last=last,
            after=cursor.fetchone()[0],
            **sizes,
        )
    )


def random_rule(chance: random.Random, depth: int = 2) -> Any:
    """A rule of up to three levels on some of the criteria."""
    if depth == 0 or (depth < 2 and chance.random() < 0.4):
        key: Any = chance.choice(KEYS)
        return {"not": key} if chance.random() < 0.15 else key
    parts: list[Any] = []
    for _ in range(chance.randint(2, 4)):
        part = random_rule(chance, depth - 1)
        if part not in parts:
            parts.append(part)
    kind = chance.choice(["all", "any", "at_least"])
    if kind == "at_least" and len(parts) > 2:
        return {"at_least": chance.randint(2, len(parts) - 1), "of": parts}
    return {kind if kind != "at_least" else "all": parts} if len(parts) > 1 else parts[0]


def our_way(rule: Any, question: Any = None) -> Rows:
    """The leaderboard as a page gets it: is the matrix fresh, the rule, names of models."""
    from evaluations.leaderboards.boards.standings import Reading, leaderboard  # noqa: PLC0415
    from evaluations.leaderboards.matrix.current import current_matrix  # noqa: PLC0415

    reading = Reading(rule=rule, columns={key: (key, 1) for key in keys_of(rule)})
    rows = {}
    for row in leaderboard(reading, current_matrix(), question):
        assert row.interval is not None
        rows[row.model.pk] = (row.tally.n, row.tally.met, row.interval.low, row.interval.high)
    return rows


def times_of(way: Callable[[Any], Rows], rules: Sequence[Any]) -> tuple[list[float], list[Rows]]:
    times, results = [], []
    for rule in rules:
        began = time.perf_counter()
        results.append(way(rule))
        times.append((time.perf_counter() - began) * 1000)
    return times, results


def check_equal(ours: Sequence[Rows], theirs: Sequence[Rows], name: str) -> None:
    """Fail unless every number of every rule is the same."""
    for mine, other in zip(ours, theirs, strict=False):
        assert mine.keys() == other.keys(), name
        for model, row in mine.items():
            assert row[:2] == other[model][:2], (name, model, row, other[model])
            for one, two in zip(row[2:], other[model][2:], strict=True):
                assert abs(one - two) < 1e-6, (name, model, row, other[model])


def resident() -> int:
    """Bytes of memory of this process."""
    with open("/proc/self/statm") as file:
        return int(file.read().split()[1]) * os.sysconf("SC_PAGE_SIZE")


def measure_filling(judgments: int) -> None:
    from evaluations.leaderboards.matrix.current import current_matrix  # noqa: PLC0415

    before, began = resident(), time.perf_counter()
    held = current_matrix()
    took = time.perf_counter() - began
    kept = held.nbytes
    print(f"filled by COPY in {took:.1f} s")
    print(f"arrays {kept / judgments:.1f} bytes a judgment of 8 answers (target 64); the process "
          f"grew by {(resident() - before) / judgments:.0f}")  # fmt: skip


def measure_freshness(sizes: Mapping[str, int], rule: Any) -> None:
    from django.db import connection  # noqa: PLC0415

    from evaluations.leaderboards.matrix.current import current_matrix  # noqa: PLC0415

    our_way(rule)
    told("is it fresh? (one query, nothing changed)", [once(current_matrix) for _ in range(200)])
    catching_up, boards = [], []
    total = sizes["outputs"] * JUDGES_EACH
    for turn in range(10):
        with connection.cursor() as cursor:
            give(cursor, sizes, total + turn * 100 + 1, total + turn * 100 + 100)
        catching_up.append(once(current_matrix))
        boards.append(once(lambda: our_way(rule)))
    told("fresh again after 100 new judgments", catching_up)
    told("and the first leaderboard after that", boards)


def once(call: Callable[[], Any]) -> float:
    began = time.perf_counter()
    call()
    return (time.perf_counter() - began) * 1000


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    wanted = int(os.environ.get("BENCH_JUDGMENTS", "1000000"))
    parser.add_argument("--judgments", type=int, default=wanted)
    parser.add_argument("--rules", type=int, default=50)
    parser.add_argument("--plain", type=int, default=3, help="rules asked in SQL and in pandas")
    parser.add_argument(
        "--durable", action="store_true", help="wait for the disk at each commit, as a site does"
    )
    chosen = parser.parse_args()
    with scratch_database(durable=chosen.durable):
        began = time.perf_counter()
        sizes = fill_database(chosen.judgments)
        judgments = sizes["outputs"] * JUDGES_EACH
        print(f"{judgments:,} judgments x {len(KEYS)} criteria, {sizes['outputs']:,} outputs, "
              f"{MODELS} models, {sizes['prompts']:,} prompts made in "
              f"{time.perf_counter() - began:.0f} s")  # fmt: skip
        compare(sizes, judgments, chosen.rules, chosen.plain)


def compare(sizes: Mapping[str, int], judgments: int, rules: int, plain: int) -> None:
    from evaluations.leaderboards.boards.standings import Question  # noqa: PLC0415
    from evaluations.leaderboards.matrix.answers import Selection  # noqa: PLC0415

    measure_filling(judgments)
    chance = random.Random(4)
    asked = [random_rule(chance) for _ in range(rules)]
    times, results = times_of(our_way, asked)
    ours = told(f"leaderboard with intervals, {rules} rules never asked", times)
    days = [dt.date(2026, 1, 1) + dt.timedelta(days=n) for n in range(rules)]
    selected = iter([Question(selection=Selection(since=day)) for day in days])
    told(
        "the same, each with answers selected anew",
        times_of(lambda rule: our_way(rule, next(selected)), asked)[0],
    )
    began = time.perf_counter()
    frame = load_frame()
    print(f"a pandas frame of the judgments takes {time.perf_counter() - began:.0f} s to read and "
          f"{frame.memory_usage(deep=True).sum() / judgments:.0f} bytes a judgment")  # fmt: skip
    ways: list[tuple[str, Callable[[Any], Rows]]] = [
        ("plain SQL", sql_way),
        ("pandas, frame in memory", lambda rule: pandas_way(rule, frame)),
    ]
    for name, way in ways:
        times, theirs = times_of(way, asked[:plain])
        check_equal(results, theirs, name)
        slower = told(f"{name}, {plain} of these rules", times)
        print(f"{'':<52} x{slower[0] / ours[0]:8.0f}      x{slower[1] / ours[1]:8.0f}")
    print("all ways agree on every count and interval")
    measure_freshness(sizes, asked[0])
    print(f"p95 {ours[1]:.0f} ms, target {TARGET_MS:.0f} ms")
    if ours[1] > TARGET_MS:
        raise SystemExit(1)


if __name__ == "__main__":
    main()

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
import math
import os
import random
import time
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np

from evaluations.bench.queue import scratch_database, told

KEYS = tuple(f"criterion-{number}" for number in range(1, 9))
MODELS, SAMPLES, JUDGES_EACH = 100, 2, 5
TARGET_MS = 100.0

OUTPUTS = """
INSERT INTO runs_output ({columns}, run_id, prompt_id, sample, seed, state, trace_visibility,
    tokens_out, grade, created_at, finished_at)
    SELECT {defaults}, first.run + (n - 1) % {models},
        first.prompt + (n - 1) / ({models} * {samples}), (n - 1) / {models} % {samples}, n, 'done',
        CASE WHEN n % 7 = 0 THEN 'hidden' ELSE 'full' END, 100 + n % 50, n % 2, now(), now()
    FROM generate_series(1, {outputs}) n, (SELECT (SELECT min(id) FROM runs_run) AS run,
        (SELECT min(id) FROM prompts_prompt) AS prompt) first ORDER BY n;
SELECT setseed(0.5);
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
    from evaluations.runs.models import LanguageModel, Output, Recipe, Run  # noqa: PLC0415

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
        columns, defaults = with_defaults(Output, OUTPUTS)
        cursor.execute(OUTPUTS.format(columns=columns, defaults=defaults, **sizes))
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


def keys_of(rule: Any) -> list[str]:
    from evaluations.rules import criteria  # noqa: PLC0415

    return list(criteria(rule))


def as_sql(rule: Any, ends: Mapping[str, str]) -> str:
    """A rule as SQL on lower and upper bounds; a "not" changes the one for the other."""
    if isinstance(rule, str):
        return f"{ends['this']}_{KEYS.index(rule)}"
    if "not" in rule:
        other = {"this": ends["other"], "other": ends["this"]}
        return f"(2 - {as_sql(rule['not'], other)})"
    parts = [as_sql(part, ends) for part in rule.get("all") or rule.get("any") or rule["of"]]
    if "all" in rule:
        return f"LEAST({', '.join(parts)})"
    if "any" in rule:
        return f"GREATEST({', '.join(parts)})"
    values = ", ".join(f"({part})" for part in parts)
    return (
        f"(SELECT v FROM (VALUES {values}) s(v) ORDER BY v DESC"
        f" OFFSET {rule['at_least'] - 1} LIMIT 1)"
    )


Rows = dict[int, tuple[int, int, float, float]]
"""Model to outputs judged, outputs met, and the ends of the interval."""


def sql_way(rule: Any) -> Rows:
    """One query: medians of each output, the rule on them, means of prompts, and models."""
    from django.db import connection  # noqa: PLC0415

    keys = [KEYS.index(key) for key in keys_of(rule)]
    ids = ids_of_criteria()
    medians = ", ".join(
        f"percentile_disc(0.5) WITHIN GROUP (ORDER BY code) FILTER (WHERE criterion_id = {ids[k]}"
        f" AND code >= 0) AS m_{k}, count(*) FILTER (WHERE criterion_id = {ids[k]}) AS n_{k}"
        for k in keys
    )
    bounds = ", ".join(
        f"coalesce(m_{k}, 0) AS low_{k}, coalesce(m_{k}, 2) AS high_{k}" for k in keys
    )
    asked = " AND ".join(f"n_{k} > 0" for k in keys)
    low = as_sql(rule, {"this": "low", "other": "high"})
    high = as_sql(rule, {"this": "high", "other": "low"})
    statement = f"""
    WITH answers AS (
        SELECT a.output_id, a.criterion_id, CASE a.value WHEN 'no' THEN 0 WHEN 'partly' THEN 1
            WHEN 'yes' THEN 2 ELSE -1 END AS code
        FROM judgments_answer a JOIN judgments_judgment m ON m.id = a.judgment_id
            JOIN judgments_judge j ON j.id = a.judge_id
        WHERE a.is_current AND m.withdrawn_at IS NULL AND m.blind AND j.kind = 'person'
            AND a.criterion_id IN ({", ".join(str(ids[k]) for k in keys)})),
    medians AS (SELECT output_id, {medians} FROM answers GROUP BY output_id),
    bounds AS (SELECT output_id, {bounds} FROM medians WHERE {asked}),
    verdicts AS (SELECT output_id, ({low} = 2 AND {high} = 2)::int AS met FROM bounds),
    prompts AS (
        SELECT r.model_id, o.prompt_id, count(*) AS n, sum(met) AS met, avg(met) AS share
        FROM verdicts v JOIN runs_output o ON o.id = v.output_id JOIN runs_run r ON r.id = o.run_id
        WHERE o.state = 'done' AND o.withdrawn_at IS NULL AND r.withdrawn_at IS NULL
        GROUP BY r.model_id, o.prompt_id)
    SELECT model_id, sum(n)::int, sum(met)::int, avg(share)::float8,
        coalesce(stddev_samp(share), 0)::float8, count(*)::int
    FROM prompts GROUP BY model_id"""
    with connection.cursor() as cursor:
        cursor.execute(statement)
        return {
            model: (n, met, *ends_of(mean, spread, prompts))
            for model, n, met, mean, spread, prompts in cursor.fetchall()
        }


def ids_of_criteria() -> list[int]:
    from evaluations.definitions.models import Criterion  # noqa: PLC0415

    found = dict(Criterion.objects.filter(key__in=KEYS).values_list("key", "pk"))
    return [found[key] for key in KEYS]


def ends_of(mean: float, spread: float, prompts: int) -> tuple[float, float]:
    """The 95% interval over prompts from mean and standard deviation of their means."""
    from evaluations.measures.intervals import normal_quantile  # noqa: PLC0415

    z = normal_quantile(0.95)
    error = spread / math.sqrt(prompts)
    if prompts > 1 and error >= 1e-12:
        return max(0.0, mean - z * error), min(1.0, mean + z * error)
    middle = (mean + z * z / prompts / 2) / (1 + z * z / prompts)
    half = z * math.sqrt(mean * (1 - mean) / prompts + (z / prompts) ** 2 / 4)
    half /= 1 + z * z / prompts
    return max(0.0, middle - half), min(1.0, middle + half)


def load_frame() -> Any:
    """A row a judgment: model, prompt, output, and a column of numbers a criterion."""
    import pandas as pd  # noqa: PLC0415
    from django.db import connection  # noqa: PLC0415

    codes = ", ".join(
        f"max(CASE WHEN criterion_id = {key} THEN CASE a.value WHEN 'no' THEN 0 WHEN 'partly'"
        f" THEN 1 WHEN 'yes' THEN 2 END END)::float4"
        for key in ids_of_criteria()
    )
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT r.model_id, o.prompt_id, a.output_id, {codes} FROM judgments_answer a"
            " JOIN judgments_judgment m ON m.id = a.judgment_id"
            " JOIN runs_output o ON o.id = a.output_id JOIN runs_run r ON r.id = o.run_id"
            " WHERE a.is_current AND m.withdrawn_at IS NULL AND m.blind"
            " GROUP BY a.judgment_id, r.model_id, o.prompt_id, a.output_id"
        )
        return pd.DataFrame(cursor.fetchall(), columns=["model", "prompt", "output", *KEYS])


def pandas_way(rule: Any, frame: Any) -> Rows:
    """Medians of each output by groupby, the rule on columns, means of prompts, and models."""
    keys = keys_of(rule)
    medians = frame.groupby(["model", "prompt", "output"])[keys].quantile(
        0.5, interpolation="lower"
    )

    def value(part: Any, fill: int) -> Any:
        if isinstance(part, str):
            return medians[part].fillna(fill)
        if "not" in part:
            return 2 - value(part["not"], 2 - fill)
        parts = [value(p, fill) for p in part.get("all") or part.get("any") or part["of"]]
        import pandas as pd  # noqa: PLC0415

        table = pd.concat(parts, axis=1)
        if "all" in part:
            return table.min(axis=1)
        if "any" in part:
            return table.max(axis=1)
        ordered = np.sort(table.to_numpy(), axis=1)
        return pd.Series(ordered[:, -part["at_least"]], index=table.index)

    met = ((value(rule, 0) == 2) & (value(rule, 2) == 2)).astype(float)
    prompts = met.groupby(["model", "prompt"]).agg(["size", "sum", "mean"])
    models = prompts.groupby("model")
    table = models.agg({"size": "sum", "sum": "sum", "mean": ["mean", "std", "size"]}).fillna(0.0)
    return {
        int(model): (int(n), int(total), *ends_of(mean, spread, int(count)))
        for model, n, total, mean, spread, count in table.itertuples()
    }


def our_way(rule: Any, question: Any = None) -> Rows:
    """The leaderboard as a page gets it: is the matrix fresh, the rule, names of models."""
    from evaluations.leaderboards import matrix  # noqa: PLC0415
    from evaluations.leaderboards.standings import Reading, leaderboard  # noqa: PLC0415

    reading = Reading(rule=rule, columns={key: (key, 1) for key in keys_of(rule)})
    rows = {}
    for row in leaderboard(reading, matrix.current(), question):
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
    from evaluations.leaderboards import matrix  # noqa: PLC0415

    before, began = resident(), time.perf_counter()
    held = matrix.current()
    took = time.perf_counter() - began
    kept = held.nbytes
    print(f"filled by COPY in {took:.1f} s")
    print(f"arrays {kept / judgments:.1f} bytes a judgment of 8 answers (target 64); the process "
          f"grew by {(resident() - before) / judgments:.0f}")  # fmt: skip


def measure_freshness(sizes: Mapping[str, int], rule: Any) -> None:
    from django.db import connection  # noqa: PLC0415

    from evaluations.leaderboards import matrix  # noqa: PLC0415

    our_way(rule)
    told("is it fresh? (one query, nothing changed)", [once(matrix.current) for _ in range(200)])
    catching_up, boards = [], []
    total = sizes["outputs"] * JUDGES_EACH
    for turn in range(10):
        with connection.cursor() as cursor:
            give(cursor, sizes, total + turn * 100 + 1, total + turn * 100 + 100)
        catching_up.append(once(matrix.current))
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
    from evaluations.leaderboards.matrix import Selection  # noqa: PLC0415
    from evaluations.leaderboards.standings import Question  # noqa: PLC0415

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

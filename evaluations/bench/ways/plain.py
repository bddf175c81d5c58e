"""A leaderboard in plain SQL and with pandas: what the matrix is measured against."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

import numpy as np

KEYS = tuple(f"criterion-{number}" for number in range(1, 9))


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
    from evaluations.measures.intervals import student_quantile, wilson_ends  # noqa: PLC0415

    error = spread / math.sqrt(prompts)
    if prompts > 1 and error >= 1e-12:
        half = float(student_quantile(0.95, prompts - 1)) * error
        return max(0.0, mean - half), min(1.0, mean + half)
    low, high = wilson_ends(mean, prompts)
    return float(low), float(high)


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

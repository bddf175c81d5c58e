"""Outputs that an equal request gave before, taken over where the engine promises the seed.

Equal is what the same model, recipe and prompt (all of them frozen once asked), seed and sample
number asked: the same tokens, drawn the same way. The engine's schemes must be those of this code,
and weights, template, device and versions those under which the model wrote last by this recipe.
At temperature 0 nothing is drawn, so seed and sample have no part. Only first outputs are taken,
never copies.

By the same equality the copy is a duplicate of what it was taken from (`is_duplicate`), so that
nothing is counted or served twice among what everybody reads.
"""

from typing import Any

from django.db import connection
from django.db.models import Max

from evaluations.grading.choosing import CHOOSING_VERSION
from evaluations.inference.backends.schemes import PROMISED
from evaluations.inference.plans import PLAN_VERSION
from evaluations.inference.strategies import STRATEGY_VERSION
from evaluations.inference.ways import CHOOSING
from evaluations.runs.models import Environment, LanguageModel, Plan, Recipe, Run

OF_ONE_OUTPUT = frozenset(
    {"max_new_tokens", "thought_opened", "thought_end", "split_version", "answer_version"}
)
"""What an environment says of one output alone, or of how it was read afterwards."""


def facts(data: dict[str, Any]) -> dict[str, Any]:
    """What of a recorded environment decides about tokens."""
    return {key: value for key, value in data.items() if key not in OF_ONE_OUTPUT}


def environments_to_reuse(model: LanguageModel, recipe: Recipe) -> list[int]:
    """Keys of the environments whose outputs this model would write again, token for token, when
    asked by this recipe.

    None where its engine promises nothing, or where nobody knows whether its weights are the same:
    files too large to be read for a checksum, of no known commit. Makes one query.
    """
    schemes = PROMISED.get(model.backend)
    if schemes is None:
        return []
    promised = {**schemes, "strategy_version": STRATEGY_VERSION}
    if recipe.plan != Plan.SINGLE:
        promised["plan_version"] = PLAN_VERSION
    if recipe.plan in CHOOSING:
        promised["choosing_version"] = CHOOSING_VERSION
    written = Environment.objects.filter(
        output__run__model=model,
        output__run__recipe=recipe,
        output__state="done",
        output__reused_from=None,
    )
    rows = list(written.annotate(last=Max("output__finished_at")).order_by("-last", "-pk"))
    if not rows:
        return []
    today = facts(rows[0].data)
    if any(today.get(name) != value for name, value in promised.items()):
        return []
    if today.get("weights_sha256") == "" and not today.get("model_commit"):
        return []  # other weights may lie in their place by now
    return [row.pk for row in rows if facts(row.data) == today]


# What is not public is taken only by its launcher's own runs that no more people read: so nothing
# private becomes public by being copied, and who reads the copy may read what it was taken from:
# whoever was invited to the one that takes, too, unless it is staff.
EQUAL = """
    e.state = 'done' AND e.withdrawn_at IS NULL AND e.reused_from_id IS NULL
    AND q.withdrawn_at IS NULL AND q.purpose = 'answers'
    AND q.model_id = %(model)s AND q.recipe_id = %(recipe)s
    AND e.environment_id = ANY(%(environments)s)
    AND (q.visibility = 'public'
        OR (q.launched_by_id = %(launched_by)s AND (%(visibility)s = 'private'
            OR (q.visibility = 'unlisted' AND %(visibility)s = 'unlisted'))))
    AND (q.visibility <> 'private' OR NOT EXISTS (
        SELECT FROM runs_run_readers mine JOIN accounts_user u ON u.id = mine.user_id
        WHERE mine.run_id = %(run)s AND NOT u.is_staff AND NOT EXISTS (
            SELECT FROM runs_run_readers its WHERE its.run_id = q.id AND its.user_id = u.id)))
"""
TAKE = f"""
WITH found AS (
    SELECT DISTINCT ON (o.id) o.id, e.id AS source
    FROM runs_output o JOIN runs_output e ON e.prompt_id = o.prompt_id AND e.id <> o.id
        AND (%(greedy)s OR (e.seed = o.seed AND e.sample = o.sample))
    JOIN runs_run q ON q.id = e.run_id
    WHERE o.run_id = %(run)s AND o.state = 'pending' AND {EQUAL}
    ORDER BY o.id, e.finished_at, e.id
), taken AS (
    UPDATE runs_output o SET state = 'done', text = e.text, trace = e.trace, answer = e.answer,
        trace_visibility = e.trace_visibility, tokens_in = e.tokens_in, tokens_out = e.tokens_out,
        stop_reason = e.stop_reason, seconds = e.seconds, prompt_digest = e.prompt_digest,
        names_model = e.names_model, environment_id = e.environment_id, choice = e.choice,
        error = '', reused_from_id = e.id, finished_at = clock_timestamp()
    FROM found JOIN runs_output e ON e.id = found.source
    WHERE o.id = found.id AND o.state = 'pending' RETURNING o.id, found.source
), steps AS (
    INSERT INTO runs_step (output_id, segmentation, index, start, "end")
    SELECT taken.id, s.segmentation, s.index, s.start, s."end"
    FROM taken JOIN runs_step s ON s.output_id = taken.source
), likelihoods AS (
    INSERT INTO runs_likelihood (output_id, tokens)
    SELECT taken.id, l.tokens FROM taken JOIN runs_likelihood l ON l.output_id = taken.source
), grades AS (
    INSERT INTO runs_grade (output_id, grader, grader_version, answer_version, start, "end", how,
        score, note, is_current, created_at)
    SELECT taken.id, g.grader, g.grader_version, g.answer_version, g.start, g."end", g.how,
        g.score, g.note, true, clock_timestamp()
    FROM taken JOIN runs_grade g ON g.output_id = taken.source AND g.is_current
)
SELECT count(*) FROM taken
"""


def reuse_in(run: Run, readers: str) -> int:
    """Fill what waits of a run with outputs that equal requests gave; returns how many.

    What a worker takes meanwhile is the worker's.

    Args:
        readers: the audience that the run will have in the end, as a run that is tried or waits
            for its day has not yet.
    """
    environments = environments_to_reuse(run.model, run.recipe)
    if not environments:
        return 0
    with connection.cursor() as cursor:
        cursor.execute(
            TAKE,
            {
                "run": run.pk,
                "greedy": run.recipe.is_greedy,
                "model": run.model_id,
                "recipe": run.recipe_id,
                "environments": environments,
                "visibility": readers,
                "launched_by": run.launched_by_id,
            },
        )
        return int(cursor.fetchone()[0])


COUNT = f"""
SELECT count(DISTINCT (e.prompt_id, CASE WHEN %(greedy)s THEN 0 ELSE e.seed END))
FROM runs_output e JOIN runs_run q ON q.id = e.run_id
JOIN unnest(%(prompts)s::bigint[], %(samples)s::int[], %(seeds)s::bigint[])
    AS wanted(prompt, sample, seed) ON e.prompt_id = wanted.prompt
    AND (%(greedy)s OR (e.seed = wanted.seed AND e.sample = wanted.sample))
WHERE {EQUAL}
"""


def count_reusable(
    *,
    model: LanguageModel,
    recipe: Recipe,
    wanted: list[tuple[int, int, int]],
    readers: str,
    launched_by: int | None,
) -> int:
    """How many of the *wanted* (prompt, sample, seed) equal requests gave. Two queries."""
    environments = environments_to_reuse(model, recipe)
    if not environments:
        return 0
    with connection.cursor() as cursor:
        cursor.execute(
            COUNT,
            {
                "run": None,
                "greedy": recipe.is_greedy,
                "model": model.pk,
                "recipe": recipe.pk,
                "environments": environments,
                "visibility": readers,
                "launched_by": launched_by,
                "prompts": [prompt for prompt, _, _ in wanted],
                "samples": [sample for _, sample, _ in wanted],
                "seeds": [seed for _, _, seed in wanted],
            },
        )
        return int(cursor.fetchone()[0])

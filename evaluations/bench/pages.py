"""How long pages take on a site of 10,000 outputs and 50,000 judgments.

    python -m evaluations.bench.pages [--outputs N] [--requests N] [--only WORD]

The site is made in a PostgreSQL server of its own, in a temporary folder that is removed at the
end: the catalogue, outputs of ten models with two recipes, five judgments an output. Each page is
asked through all middleware, as a browser that takes gzip would. Exits with 1 where the 95th
percentile of a page is above the budget.
"""

from __future__ import annotations

import argparse
import json
import sys
import time
import uuid
from collections.abc import Iterator, Mapping
from typing import Any
from urllib.parse import urlencode

from evaluations.bench.argued import argued_pages, fill_debates_and_collections
from evaluations.bench.asking import BUDGET_MS, Page, additions_ms, measure
from evaluations.bench.growth import measure_growth
from evaluations.bench.happened import fill_round, fill_what_happened, pages_of_what_happened
from evaluations.bench.matrix import GRADES, run_parts, with_defaults
from evaluations.bench.queue import scratch_database
from reasoning_site.garbage import settle

MODELS, RECIPES, SAMPLES, JUDGES_EACH, ASKED_TOGETHER = 10, 2, 5, 5, 8

OUTPUTS = """
INSERT INTO runs_output ({columns}, run_id, prompt_id, sample, seed, state, text, trace, answer,
    trace_visibility, tokens_out, created_at, finished_at)
    SELECT {defaults}, (SELECT array_agg(id ORDER BY id) FROM runs_run WHERE seed = 8)
            [(n - 1) % {runs} + 1], (SELECT array_agg(id ORDER BY id) FROM prompts_prompt
            WHERE slug LIKE 'bench-%')[(n - 1) / {runs} % {prompts} + 1],
        (n - 1) / {runs} / {prompts}, n, 'done', trace || 'The answer is 4.', trace,
        'The answer is 4.', CASE WHEN n % 9 = 0 THEN 'hidden' ELSE 'full' END, 80 + n % 70,
        now(), now()
    FROM generate_series(1, {outputs}) n, LATERAL (SELECT string_agg('Step ' || k
        || ': two and ' || n || ' more make a number that can be checked.' || chr(10), '') AS trace
        FROM generate_series(1, 8) k) written ORDER BY n;
"""
STEPS = """
INSERT INTO runs_step ({columns}, output_id, index, start, "end")
    SELECT {defaults}, o.id, k - 1, (k - 1) * width, k * width - 1
    FROM runs_output o, LATERAL (SELECT length(o.trace) / 8 AS width) w, generate_series(1, 8) k
    WHERE o.seed > 0 AND o.trace <> '';
"""
ITEMS = """
INSERT INTO judgments_item ({columns}, version_id, output_id, needed, done, random)
    SELECT {defaults}, {version}, id, 3, 3, random() FROM runs_output ORDER BY id LIMIT {items};
"""
JUDGMENTS = """
INSERT INTO judgments_judgment ({columns}, judge_id, output_id, item_id, finishes_item, page,
    form_token, created_at)
    SELECT {defaults}, {judge} + (n - 1) / {outputs} * 10 + place % 10, o.id,
        CASE WHEN (n - 1) / {outputs} < 3 THEN i.id END,
        i.id IS NOT NULL AND (n - 1) / {outputs} < 3,
        CASE WHEN i.id IS NOT NULL AND (n - 1) / {outputs} < 3 THEN 'holistic' ELSE '' END,
        gen_random_uuid(), now() - n * INTERVAL '1 minute'
    FROM (SELECT n, (n - 1) % {outputs} AS place FROM generate_series(1, {judgments}) n) given
        JOIN (SELECT id, row_number() OVER (ORDER BY id) - 1 AS place FROM runs_output) o
            USING (place)
        LEFT JOIN judgments_item i ON i.output_id = o.id;
INSERT INTO judgments_judgment ({columns}, judge_id, prompt_id, finishes_item, page, form_token,
    created_at)
    SELECT {defaults}, {judge} + k, p.id, false, '', gen_random_uuid(), now()
    FROM prompts_prompt p, generate_series(0, 2) k;
"""
ANSWERS = """
INSERT INTO judgments_answer ({columns}, judgment_id, judge_id, output_id, prompt_id, criterion_id,
    criterion_version_id, meaning, value)
    SELECT {defaults}, m.id, m.judge_id, m.output_id, m.prompt_id, v.criterion_id, v.id, v.meaning,
        {value}
    FROM judgments_judgment m JOIN (
        SELECT v.id, v.criterion_id, v.meaning, c.level,
            (row_number() OVER (PARTITION BY c.level ORDER BY c.position) - 1) AS place
        FROM definitions_criterionversion v JOIN definitions_criterion c ON c.id = v.criterion_id
        WHERE v.is_current AND c.answered_by = 'judge') v
        ON CASE WHEN m.prompt_id IS NULL THEN v.level <> 'prompt'
            AND v.place / {together} = (m.id / {outputs}) % {groups} ELSE v.level = 'prompt' END
    ORDER BY m.id, v.place;
INSERT INTO judgments_answer ({columns}, judgment_id, judge_id, output_id, definition_version_id,
    meaning, value)
    SELECT {defaults}, m.id, m.judge_id, m.output_id, v.id, 1, {value}
    FROM judgments_judgment m JOIN (SELECT id, row_number() OVER (ORDER BY id) - 1 AS place
        FROM definitions_definitionversion WHERE state = 'published') v ON v.place = m.id / 10 % 20
    WHERE m.output_id IS NOT NULL AND m.id % 10 = 0;
INSERT INTO judgments_answer ({columns}, judgment_id, judge_id, output_id, is_holistic, meaning,
    value) SELECT {defaults}, m.id, m.judge_id, m.output_id, true, 1, {value}
    FROM judgments_judgment m WHERE m.output_id IS NOT NULL AND m.id % 4 = 0;
SELECT setval(pg_get_serial_sequence('judgments_judgment', 'id'),
    (SELECT max(id) FROM judgments_judgment));
"""
MODEL_JUDGED = """
INSERT INTO judgments_judgment ({columns}, judge_id, output_id, finishes_item, page, form_token,
    created_at)
    SELECT {defaults}, {model_judge}, id, false, '', gen_random_uuid(), now()
    FROM runs_output ORDER BY id LIMIT {items};
INSERT INTO judgments_answer ({columns}, judgment_id, judge_id, output_id, criterion_id,
    criterion_version_id, meaning, value)
    SELECT {defaults}, m.id, m.judge_id, m.output_id, v.criterion_id, v.id, v.meaning, {value}
    FROM judgments_judgment m, definitions_criterionversion v
        JOIN definitions_criterion c ON c.id = v.criterion_id
    WHERE m.judge_id = {model_judge} AND v.is_current AND c.answered_by = 'judge'
        AND c.level = 'output';
"""
COMPARISONS = """
INSERT INTO judgments_comparison ({columns}, judge_id, left_id, right_id, value, form_token,
    created_at)
    SELECT {defaults}, {judge} + k * 7 + o.place % 7, o.id, o.id + 1 + k,
        (ARRAY['left', 'left', 'right', 'tie', 'neither'])[1 + floor(random() * 5)::int],
        gen_random_uuid(), now()
    FROM (SELECT id, row_number() OVER (ORDER BY id) - 1 AS place FROM runs_output) o,
        generate_series(0, 2) k
    WHERE o.place % {runs} < {runs} - 3;
"""
VALUE = (
    "(ARRAY['yes', 'yes', 'yes', 'no', 'no', 'partly', 'cannot-tell'])"
    "[1 + (random() * 6.4)::int % 7]"
)


def fill_site(outputs: int) -> dict[str, Any]:
    """The site; returns what pages need to be asked for."""
    from django.core.management import call_command  # noqa: PLC0415
    from django.db import connection  # noqa: PLC0415
    from django.utils import timezone  # noqa: PLC0415

    from evaluations.accounts.models import User  # noqa: PLC0415
    from evaluations.curation.actions import make_collection, show  # noqa: PLC0415
    from evaluations.curation.placement_actions import place  # noqa: PLC0415
    from evaluations.curation.version_actions import freeze  # noqa: PLC0415
    from evaluations.debates.models import Statement  # noqa: PLC0415
    from evaluations.definitions.models import Criterion, DefinitionVersion  # noqa: PLC0415
    from evaluations.judgments.models import (  # noqa: PLC0415
        Answer,
        Comparison,
        Item,
        Judge,
        Judgment,
        Protocol,
        ProtocolVersion,
    )
    from evaluations.leaderboards.boards.standings import Question  # noqa: PLC0415
    from evaluations.leaderboards.matrix.current import current_matrix  # noqa: PLC0415
    from evaluations.leaderboards.overview.overview import overview  # noqa: PLC0415
    from evaluations.leaderboards.snapshots.actions import freeze_board  # noqa: PLC0415
    from evaluations.prompts.models import Prompt, PromptSet  # noqa: PLC0415
    from evaluations.runs.models import (  # noqa: PLC0415
        Grade,
        Grid,
        LanguageModel,
        Output,
        Recipe,
        Run,
        Step,
    )

    call_command("collectstatic", interactive=False, verbosity=0)
    call_command("load_catalogue", verbosity=0)
    staff = User.objects.create_user("bench", is_staff=True)
    recipes = list(Recipe.objects.all()[:RECIPES])
    chosen = PromptSet.objects.create(slug="bench", title="Bench", domain="arithmetic")
    prompts = max(outputs // (MODELS * RECIPES * SAMPLES), 1)
    Prompt.objects.bulk_create(
        Prompt(slug=f"bench-{n}", prompt_set=chosen, title=f"Sum {n}", text=f"What is {n} and 4?")
        for n in range(prompts)
    )
    grid = Grid.objects.create(form_token=uuid.uuid4(), launched_by=staff,
                               launched_at=timezone.now())  # fmt: skip
    for number in range(MODELS):
        model = LanguageModel.objects.create(slug=f"bench-{number}", name=f"Model {number}")
        for recipe in recipes:
            Run.objects.create(model=model, recipe=recipe, prompt_set=chosen, seed=8, grid=grid)
    users = User.objects.bulk_create(User(username=f"judge-{n}") for n in range(JUDGES_EACH * 10))
    judges = Judge.objects.bulk_create(Judge(kind="person", user=user) for user in users)
    protocol = Protocol.objects.create(
        slug="bench", title="Bench", owner=staff, opened_at=timezone.now()
    )
    version = ProtocolVersion.objects.create(protocol=protocol, judges_per_item=3, gold_share=0)
    asked = Criterion.objects.filter(answered_by="judge").exclude(level="prompt").count()
    outputs = prompts * MODELS * RECIPES * SAMPLES
    sizes = {
        "runs": MODELS * RECIPES,
        "prompts": prompts,
        "outputs": outputs,
        "judgments": outputs * JUDGES_EACH,
        "items": min(1000, outputs),
        "version": version.pk,
        "judge": judges[0].pk,
        "together": ASKED_TOGETHER,
        "groups": -(-asked // ASKED_TOGETHER),
        "value": VALUE,
    }
    far = Judge.objects.create(kind="model", name="Bench judge")
    with connection.cursor() as cursor:
        for statement, model_class in (
            (OUTPUTS, Output),
            (GRADES, Grade),
            (STEPS, Step),
            (ITEMS, Item),
            (JUDGMENTS, Judgment),
            (ANSWERS, Answer),
            (COMPARISONS, Comparison),
        ):
            for part in statement.strip().split(";\n"):
                columns, defaults = with_defaults(model_class, part)
                cursor.execute(part.format(columns=columns, defaults=defaults, **sizes))
    run_parts(MODEL_JUDGED, (Judgment, Answer), {**sizes, "model_judge": far.pk})
    with connection.cursor() as cursor:
        cursor.execute("VACUUM ANALYZE")
    wanted = DefinitionVersion.objects.published().with_pins()
    judged = [v for v in wanted if all(
        w.criterion.answered_by == "judge" for w in v.pinned)]  # fmt: skip
    # Those with a board to draw first: of some, a criterion was asked of no output.
    drawn = {
        row.version.pk
        for row in overview(current_matrix()).rows
        if any(cell.standing.tally.n for cell in row.cells)
    }
    judged.sort(key=lambda version: (version.pk not in drawn, -len(version.keys)))
    first, second = judged[:2]
    collection = make_collection(
        owner=staff,
        title="Bench",
        why="Twenty outputs that are alike, to be read one by one, so that a page is long enough.",
    )
    for output in Output.objects.filter(state="done").order_by("pk")[:20]:
        place(collection=collection, actor=staff, target={"output": output}, note="It is a sum.")
    fill_debates_and_collections(first.pk, busy=users[0])
    show(collection=collection, actor=staff, visibility="public")
    fill_what_happened(reader=staff)
    return {
        "statement": Statement.objects.filter(version=first).latest("pk"),
        "collection": collection.path,
        "version": freeze(collection=collection, actor=staff).path,
        "busy": users[0],
        "round": fill_round(staff, is_over=True),
        "running": fill_round(staff, is_over=False),
        "staff": staff,
        "first": first.definition.slug,
        "second": second.definition.slug,
        "criterion": first.keys[0],
        "keys": list(first.keys),
        "rows": [f"bench-{number}--{recipes[number].slug}" for number in range(2)],
        "output": Output.objects.filter(state="done").order_by("pk")[outputs // 2].pk,
        "model": "bench-0",
        "runs": list(grid.runs.order_by("pk").values_list("pk", flat=True)),
        "grid": grid.pk,
        "snapshot": freeze_board(version=first, question=Question(), actor=staff).name,
        "judgments": Judgment.objects.count(),
        "outputs": Output.objects.count(),
        "answers": Answer.objects.count(),
    }


def pages(site: Mapping[str, Any]) -> Iterator[Page]:
    first, second, output = site["first"], site["second"], site["output"]
    yield Page("home", "home")
    yield Page("all definitions by models", "leaderboards")
    yield Page("leaderboard of a definition", "leaderboard", (first,))
    yield Page("its outputs", "leaderboard-outputs", (first,))
    yield Page(
        "the same by vote, with guests", "leaderboard", (first,), "combine=majority&judges=guests"
    )
    yield Page("the same, direct road", "leaderboard", (first,), "road=direct")
    yield Page("the same, sharpened", "leaderboard", (first,), "judges=sharpened")
    yield Page("the same, of one domain since a day", "leaderboard", (first,),
               "domain=arithmetic&since=2026-01-01")  # fmt: skip
    yield Page("process and answer", "leaderboard-process", (first,))
    yield Page("compute curves", "leaderboard-curves", (first,))
    pair = "&".join(f"{side}={row}" for side, row in zip("ab", site["rows"], strict=True))
    yield Page("two rows side by side", "leaderboard-pair", (first,), pair)
    yield Page("the same as SVG", "leaderboard-svg", (first,))
    yield Page("the same as PNG, kept", "leaderboard-png", (first,))
    yield Page("its card, kept", "leaderboard-card", (first,))
    yield Page("its frame", "leaderboard-embed", (first,))
    yield Page("curves as SVG", "leaderboard-curves-svg", (first,))
    yield Page("places as SVG", "between-svg", (), f"a={first}&b={second}")
    yield Page("pairwise ratings", "pairwise")
    yield Page("model judges beside people", "model-judges")
    yield Page("between definitions", "between")
    yield Page("definition", "definition", (first,))
    yield Page("definitions", "definitions")
    yield Page("fidelity", "fidelity")
    yield Page("criteria", "criteria")
    yield Page("criterion", "criterion", (site["criterion"],))
    yield Page("disagreements over words", "disagreements")
    yield Page("disagreements over facts", "disagreements", (), "list=facts")
    dropped = json.dumps({"all": site["keys"][1:]})
    yield Page("what-if, a criterion dropped", "what-if", (first,), urlencode({"rule": dropped}))
    yield Page("compare", "compare", (), f"a={first}&b={second}")
    yield Page("ranks under two definitions", "between", (), f"a={first}&b={second}")
    yield Page("snapshots", "snapshots")
    yield Page("a frozen board", "snapshot", (first, site["snapshot"]))
    yield Page("an earlier version", "definition-version", (first, 1))
    yield Page("history of a definition", "definition-history", (first,))
    yield Page("amendments", "definition-proposals", (first,))
    yield Page("write a definition", "definition-new", (), urlencode({"rule": dropped}),
               by_staff=True)  # fmt: skip
    yield Page("a board as CSV", "leaderboard-csv", (first,))
    yield Page("map of definitions", "map")
    yield Page("map without postulates", "map", (), "postulates=0")
    yield Page("other definitions", "others")
    yield Page("worked cases", "cases")
    yield Page("a worked case", "case", ("k07",))
    yield Page("its frame, a case", "case-embed", ("k07",))
    yield Page("card of a definition, kept", "definition-card", (first,))
    yield Page("outputs", "outputs")
    yield Page("outputs of a model with words in them", "outputs", (),
               f"model={site['model']}&words=step+number")  # fmt: skip
    yield Page("outputs that two definitions part on", "outputs", (),
               f"definition={first}&verdict=reasoning&second={second}&second_verdict=not-reasoning",
               by_staff=True)  # fmt: skip
    yield Page("search, empty", "search")
    yield Page("search, a rare word", "search", (), "q=inference+not+observed")
    yield Page("search, a word in every output", "search", (), "q=number")
    yield from argued_pages(site)
    yield from pages_of_what_happened(site)
    yield Page("which definition is yours", "yours", by_staff=True)
    yield Page("output", "output", (output,))
    yield Page("its card, an output, kept", "output-card", (output,))
    yield Page("judge", "judge", (output,))
    yield Page("next to judge", "judge-next")
    yield Page("protocols", "protocols")
    yield Page("protocol", "protocol", ("bench",))
    yield Page("protocol progress", "protocol-progress", ("bench",), by_staff=True)
    yield Page("model", "model", (site["model"],))
    yield from pages_of_what_was_asked(site)
    yield Page("health", "health")


def pages_of_what_was_asked(site: Mapping[str, Any]) -> Iterator[Page]:
    """Runs, recipes, prompts, and what comes in and goes out."""
    first, *_, last = site["runs"]
    yield Page("runs", "runs")
    yield Page("a run", "run", (first,))
    yield Page("a run, for who steers it", "run", (first,), by_staff=True)
    yield Page("a new run", "run-new", by_staff=True)
    yield Page("a grid", "grid", (site["grid"],), by_staff=True)
    yield Page("two runs compared", "run-compare", (), f"a={first}&b={last}")
    yield Page("recipes", "recipes")
    yield Page("prompts", "prompts")
    yield Page("a prompt set", "prompt-set", ("bench",))
    yield Page("a prompt", "prompt", ("bench-0",))
    yield Page("data", "data")
    yield Page("import", "import-new", by_staff=True)


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--outputs", type=int, default=10_000)
    parser.add_argument("--requests", type=int, default=30, help="requests a page, after 3")
    parser.add_argument("--only", default="", help="only pages with this word in their title")
    chosen = parser.parse_args()
    with scratch_database(durable=False):
        from django.test import Client  # noqa: PLC0415

        began = time.perf_counter()
        site = fill_site(chosen.outputs)
        settle()  # as a web process does at its start
        made = ", ".join(f"{site[name]:,} {name}" for name in ("outputs", "judgments", "answers"))
        print(f"{made} made in {time.perf_counter() - began:.0f} s")
        print(f"a million additions take {additions_ms():.0f} ms on this machine")
        anybody, staff = (
            Client(headers={"Host": "localhost"}),
            Client(headers={"Host": "localhost"}),
        )
        staff.force_login(site["staff"])
        print(f"{'page':<38} {'p50 ms':>8} {'p95 ms':>8} {'queries':>8} {'gzip':>9}")
        wanted = [page for page in pages(site) if chosen.only in page.title]
        results = [measure(page, {False: anybody, True: staff}, chosen.requests) for page in wanted]
        if not chosen.only:
            measure_growth(site, anybody, chosen.requests)
        above = results.count(False)
        print(f"budget {BUDGET_MS:.0f} ms: {results.count(True)} pages within, {above} not, "
              f"{results.count(None)} left out")  # fmt: skip
    sys.exit(1 if above else 0)


if __name__ == "__main__":
    main()

"""Boards of a random world, compared with a slow reckoning that shares no code with them."""

import datetime as dt
import random
import uuid
from collections.abc import Sequence
from typing import Any
from unittest.mock import patch

import pytest
from django.utils import timezone
from model_bakery import baker

from evaluations.definitions.models import CriterionVersion, DefinitionVersion
from evaluations.judgments.answers.actions import Served, reveal_answers, undo_judgment
from evaluations.judgments.answers.findings import record_finding
from evaluations.judgments.models import Finding
from evaluations.judgments.tests.cast import (
    classify,
    give,
    make_criterion,
    make_definition,
    make_judge,
    make_model,
    make_output,
    make_prompt,
    make_recipe,
    make_run,
    reword,
)
from evaluations.judgments.tests.protocol_cast import make_item, make_protocol
from evaluations.leaderboards.boards.standings import (
    COMBINE,
    Question,
    Standing,
    leaderboard,
    outputs_with,
)
from evaluations.leaderboards.matrix.answers import Scope, Selection
from evaluations.leaderboards.matrix.current import current_matrix
from evaluations.leaderboards.tests.reckoning import Board, Rows
from evaluations.prompts.models import Family, Prompt, PromptSet
from evaluations.runs.models import Output, Run

pytestmark = pytest.mark.django_db

FIRST_DAY = dt.datetime(2026, 3, 1, 23, 30, tzinfo=dt.UTC)
VALUES = ("yes", "partly", "no", "cannot-tell")
RULES: dict[str, dict[str, Any]] = {
    "one-leaf": {"rule": "claims"},
    "all-of-three": {"rule": {"all": ["claims", "infers", "checks"]}},
    "any-with-not": {"rule": {"any": ["claims", {"not": "checks"}]}, "partly_policy": "met"},
    "two-of-three": {"rule": {"at_least": 2, "of": ["claims", "infers", "checks"]}},
    "must-be-shown": {
        "rule": {"all": ["claims", {"any": ["infers", "checks"]}]},
        "absence_policy": "must-be-shown",
    },
    "not-and-shown": {
        "rule": {"not": {"any": ["infers", "claims"]}},
        "absence_policy": "must-be-shown",
        "partly_policy": "met",
    },
    "with-the-prompt": {"rule": {"all": ["claims", {"not": "needs-steps"}]}},
    "prompt-alone": {"rule": "needs-steps"},
    "with-a-finding": {"rule": {"all": ["claims", "stays-stable"]}},
    "findings-alone": {"rule": {"any": ["stays-stable", "faithful"]}},
    "same-key-twice": {"rule": {"any": [{"all": ["claims", "infers"]}, {"not": "claims"}]}},
}


class World:
    """Models that wrote, judges who answered in every way there is, and findings."""

    def __init__(self, seed: int) -> None:
        self.random = random.Random(seed)
        for key, process in (("claims", False), ("infers", True), ("checks", True)):
            make_criterion(key, process=process)
        make_criterion("needs-steps", level="prompt")
        make_criterion("stays-stable", level="set", answered_by="probe")
        make_criterion("faithful", level="mechanism", answered_by="evidence", process=True)
        self.families = [baker.make(Family, slug=f"family-{n}") for n in range(2)]
        prompts = [make_prompt(family=self.random.choice([*self.families, None])) for _ in range(5)]
        self.other_set = PromptSet.objects.create(slug="other", title="Other", domain="games")
        Prompt.objects.filter(pk=prompts[0].pk).update(prompt_set=self.other_set)
        self.models = [make_model(slug) for slug in ("ape", "bee")]
        self.recipes = [make_recipe(slug) for slug in ("plain", "steps")]
        runs = [make_run(model, recipe) for model in self.models for recipe in self.recipes]
        self.outputs = [
            make_output(
                run=self.random.choice(runs),
                prompt=self.random.choice(prompts),
                trace_visibility=self.random.choice(
                    ["full", "full", "summary", "redacted", "hidden", "not-written"]
                ),
            )
            for _ in range(22)
        ]
        for _ in range(3):
            make_output(
                run=self.random.choice(runs), prompt=self.random.choice(prompts), state="failed"
            )
        make_output(run=runs[0], state="pending")
        kinds = ("person", "person", "person", "guest", "guest", "model")
        self.judges = [make_judge(kind) for kind in kinds]
        self.versions: list[DefinitionVersion] = []
        self.protocol = make_protocol(judges_per_item=9)
        self.items = {output.pk: make_item(self.protocol, output) for output in self.outputs}

    def define(self, suffix: str) -> None:
        for slug, fields in RULES.items():
            self.versions.append(make_definition(f"{slug}-{suffix}", **fields))

    def judge(self, forms: int) -> None:
        for _ in range(forms):
            judge, output = self.random.choice(self.judges), self.random.choice(self.outputs)
            if self.random.random() < 0.2:
                reveal_answers(judge=judge, output=output)
            keys = ["claims", "infers", "checks", "needs-steps"]
            asked = keys if self.random.random() < 0.6 else self.random.sample(keys, 2)
            token = uuid.uuid4()
            answers = {key: self.random.choice(VALUES) for key in asked}
            served = Served(item=self.items[output.pk]) if self.random.random() < 0.4 else Served()
            day = FIRST_DAY + dt.timedelta(days=self.random.randrange(4))
            with patch("django.utils.timezone.now", return_value=day):
                give(judge, output, answers, form_token=token, served=served)
            if self.random.random() < 0.1:
                undo_judgment(judge=judge, form_token=token)
            if self.random.random() < 0.4:
                version = self.random.choice(self.versions[:3])
                classify(judge, output, version, self.random.choice(VALUES))

    def find(self, count: int) -> None:
        for _ in range(count):
            wording = CriterionVersion.objects.current().get(
                criterion__key=self.random.choice(["stays-stable", "faithful"])
            )
            output = self.random.choice(self.outputs)
            model = self.random.choice(self.models)
            subject: dict[str, Any] = self.random.choice(
                [
                    {"output": output},
                    {"prompt": output.prompt},
                    {"model": model},
                    {
                        "model": model,
                        "recipe": self.random.choice(self.recipes),
                        "family": self.random.choice(self.families),
                    },
                ]
            )
            record_finding(
                finding=Finding(
                    criterion_version=wording,
                    value=self.random.choice(VALUES),
                    source="probe",
                    **subject,
                )
            )

    def withdraw(self) -> None:
        gone = self.random.choice(self.outputs)
        Output.objects.filter(pk=gone.pk).update(withdrawn_at=timezone.now())
        last = Finding.objects.filter(is_current=True).first()
        assert last is not None
        Finding.objects.filter(pk=last.pk).update(withdrawn_at=timezone.now())
        Run.objects.filter(pk=self.outputs[0].run_id).update(withdrawn_at=timezone.now())


def as_row(standing: Standing) -> dict[str, Any]:
    tally = standing.tally
    names = ("outputs", "n", "met", "partly", "not_met", "undetermined")
    shares = ("share", "low", "high", "coverage")
    return {name: getattr(tally, name) for name in (*names, *shares)}


def questions(world: World) -> list[dict[str, Any]]:
    guest = next(judge for judge in world.judges if judge.kind == "guest")
    second, third = (FIRST_DAY.date() + dt.timedelta(days=days) for days in (1, 2))
    chosen: list[dict[str, Any]] = [
        {"combine": combine, **selection}
        for combine in COMBINE
        for selection in (
            {},
            {"judges": "guests"},
            {"judges": "models", "unblinded": True},
            {"judges": "guests", "unblinded": True},
            {"also_judge": guest.pk},
            {"protocol": world.protocol.protocol_id, "judges": "guests"},
            {"since": second, "until": third, "also_judge": guest.pk},
        )
    ]
    narrowed: list[dict[str, Any]] = [
        {"domain": "games"},
        {"prompt_set": world.other_set.pk, "until": third, "combine": "majority"},
        {"model": world.models[0].pk, "recipe": world.recipes[1].pk, "judges": "guests"},
    ]
    direct = [{"road": "direct"}, {"road": "direct", "judges": "guests", "unblinded": True}]
    return [*chosen, *narrowed, *direct]


def compare(world: World, versions: Sequence[DefinitionVersion]) -> int:
    """Compare every board; returns how many rows had a verdict that was not undetermined."""
    held, rows_read = current_matrix(), Rows()
    telling = 0
    for version in versions:
        for fields in questions(world):
            road, combine = fields.get("road", "computed"), fields.get("combine", "median")
            selection = {k: v for k, v in fields.items() if k in Selection.__dataclass_fields__}
            scope = {k: v for k, v in fields.items() if k in Scope.__dataclass_fields__}
            question = Question(Selection(**selection), Scope(**scope), combine, road)
            rows = leaderboard(version, held, question)
            expected = Board(rows_read, version, **fields).reckon()
            got = {(row.model.pk, row.recipe.pk): as_row(row) for row in rows}
            assert got == expected, (version.definition.slug, fields)
            for row in rows:
                assert sum(row.counts.values()) == row.tally.n
                telling += row.tally.n > row.tally.undetermined
                if row.tally.n:
                    assert row.interval is not None
                    assert row.interval.estimate == pytest.approx(row.tally.share)
                    assert row.interval.low <= row.interval.estimate <= row.interval.high
            shares = [row.tally.share for row in rows if row.tally.n]
            assert shares == sorted(shares, reverse=True)
            assert not any(row.tally.n for row in rows[len(shares) :])
            listed = outputs_with(version, held, question)
            assert len(listed) == sum(row["n"] for row in expected.values())
    return telling


@pytest.mark.parametrize("seed", [1, 2])
def test_boards_are_what_the_rows_say(seed: int) -> None:
    world = World(seed)
    world.define("old")
    world.judge(45)
    world.find(8)
    for key, new_question in (("claims", False), ("checks", True), ("stays-stable", True)):
        wording = CriterionVersion.objects.current().get(criterion__key=key)
        reword(wording, f"Asked otherwise about {key}?", new_question=new_question)
    world.define("new")
    world.judge(15)
    world.find(6)
    assert compare(world, world.versions) > 100
    world.withdraw()
    assert compare(world, world.versions[::4]) > 20

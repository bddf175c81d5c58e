"""A run that came from Inspect goes back as scores."""

import json

import pytest
from django.test import Client

from evaluations.exchange.loading.sieve import own_key
from evaluations.exchange.readers.records import Origin
from evaluations.judgments.tests.cast import (
    give,
    make_criterion,
    make_definition,
    make_judge,
    make_output,
    make_prompt,
)
from evaluations.runs.models import Environment

pytestmark = pytest.mark.django_db


def test_verdicts_go_back_with_the_answers_that_decide(client: Client) -> None:
    make_criterion("one")
    make_criterion("two")
    make_definition("strict", {"all": ["one", "two"]})
    data = {"imported_from": "Inspect log", "log": "eval-1"}
    environment = Environment.objects.create(digest="0" * 64, data=data)
    judge = make_judge()
    said = [("yes", "yes"), ("partly", "yes"), ("no", "yes"), ("yes", "cannot-tell"), None]
    outputs = []
    for number, values in enumerate(said):
        known = f"market/jam {number}"
        prompt = make_prompt(origin={"source": "Inspect log", "sample": known})
        key = Origin(format="inspect", log="eval-1", sample=known, epoch=1).key
        if number == 2:
            key = own_key(key, None)  # somebody else keeps it from who brought this one in
        output = make_output(prompt=prompt, environment=environment, origin_key=key)
        outputs.append(output)
        if values:
            give(judge, output, dict(zip(("one", "two"), values, strict=True)))
    run = outputs[0].run
    assert "scores-strict.jsonl" in client.get(f"/runs/{run.pk}/files/").content.decode()
    content = client.get(f"/runs/{run.pk}/scores-strict.jsonl").content.decode()
    rows = [json.loads(line) for line in content.splitlines()]
    assert [(row["id"], row["epoch"], row["value"]) for row in rows] == [
        ("market/jam 0", 1, 1), ("market/jam 1", 1, 0.5), ("market/jam 2", 1, 0),
    ]  # fmt: skip
    assert "“one”" in rows[2]["explanation"]


def test_other_runs_have_none(client: Client) -> None:
    make_criterion("one")
    make_definition("single", "one")
    run = make_output().run
    assert "scores-" not in client.get(f"/runs/{run.pk}/files/").content.decode()
    assert client.get(f"/runs/{run.pk}/scores-single.jsonl").status_code == 404

"""The list of runs, and the same as CSV and JSON."""

import csv
import io

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from tests.cast import make_model, make_output, make_prompt_set, make_researcher, make_run

pytestmark = pytest.mark.django_db


def test_empty_list_says_why_and_what_next(client: Client) -> None:
    page = client.get("/runs/").content.decode()
    assert "No runs yet" in page
    assert "Staff and researchers launch them" in page
    assert "New run" not in page
    client.force_login(make_researcher())
    assert client.get("/runs/").content.decode().count('href="/runs/new/"') == 1


def test_a_run_is_listed_with_its_state_and_progress(client: Client) -> None:
    run = make_run(model=make_model("babbler", name="Babbler 1B"))
    make_output(run=run)
    make_output(run=run, state="failed", error="too long")
    page = client.get("/runs/").content.decode()
    assert f'href="/runs/{run.pk}/"' in page
    assert "Babbler 1B" in page
    assert "finished with failures" in page
    assert "1 of 2" in page
    assert "No runs yet" not in page


def test_newest_first_and_paged(client: Client) -> None:
    runs = [make_run() for _ in range(26)]
    first = client.get("/runs/").content.decode()
    assert first.index(f">Run {runs[25].pk}<") < first.index(f">Run {runs[24].pk}<")
    assert f">Run {runs[0].pk}<" not in first
    assert f">Run {runs[0].pk}<" in client.get("/runs/?page=2").content.decode()
    assert client.get("/runs/?page=nonsense").status_code == 200


def test_csv_and_json_hold_the_same_runs(client: Client) -> None:
    run = make_run(prompt_set=make_prompt_set("riddles"), seed=2**62)
    make_output(run=run)
    make_output(run=run, state="cancelled")
    (row,) = csv.DictReader(io.StringIO(client.get("/runs.csv").content.decode()))
    (record,) = client.get("/runs.json").json()["runs"]
    assert (row["run"], row["prompt_set"], row["state"]) == (str(run.pk), "riddles", "cancelled")
    assert {key: str(value) for key, value in record.items()} == row
    assert (record["seed"], record["written"], record["cancelled"]) == (2**62, 1, 1)


@pytest.mark.parametrize("path", ["/runs/", "/runs.csv", "/runs.json"])
def test_queries_do_not_grow_with_the_rows(client: Client, path: str) -> None:
    def make_rows() -> None:
        for _ in range(3):
            run = make_run()
            make_output(run=run)
            make_output(run=run, state="pending")

    make_rows()
    with CaptureQueriesContext(connection) as few:
        client.get(path)
    make_rows()
    with CaptureQueriesContext(connection) as many:
        client.get(path)
    assert len(few) == len(many)

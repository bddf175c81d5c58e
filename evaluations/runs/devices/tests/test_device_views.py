"""The page of staff on devices and queue."""

import datetime as dt
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from evaluations.runs import queue
from evaluations.runs.endpoints.tests.worlds import a_model, a_run, an_endpoint
from evaluations.runs.models import LanguageModel, Output
from evaluations.runs.workers import record_worker
from tests.cast import make_researcher, make_staff

pytestmark = pytest.mark.django_db


@pytest.fixture
def staff(client: Client) -> Client:
    client.force_login(make_staff())
    return client


def page(client: Client) -> str:
    return client.get("/devices/").content.decode()


def work(owner: str = "host:one", **fields: Any) -> None:
    given = {"kind": "inference", "device": "cuda:1", "model": "Far away", "tokens": 1234}
    record_worker(name=owner, **{**given, **fields})


def test_an_empty_site_says_how_to_start_a_worker(staff: Client) -> None:
    said = page(staff)
    assert "manage.py worker --device cpu" in said
    assert "Nothing waits, and no model is paused." in said
    assert '/devices/"' in staff.get("/models/").content.decode()


def test_who_works_with_what_and_how_old_its_leases_are(staff: Client, settings: Any) -> None:
    settings.LEASE_SECONDS = 90
    run = a_run(a_model(an_endpoint()), "one?", "two?", "three?")
    queue.claim(model=run.model_id, owner="host:one", count=2)
    half = timezone.now() + dt.timedelta(seconds=60)
    Output.objects.filter(state="leased").update(leased_until=half)
    work(memory=1_370_000_000)
    record_worker(name="host:light", kind="light")
    said = page(staff)
    for shown in ("host:one", "cuda:1", "Far away", "1.37 GB", "1234", ">2</td>", "being asked"):
        assert shown in said
    assert "host:light" not in said
    (told,) = staff.get("/devices.json").json()["workers"]
    assert (told["outputs_held"], told["memory_bytes"]) == (2, 1_370_000_000)
    assert 29 <= told["lease_age_seconds"] <= 32
    waiting = staff.get("/devices/queue.json").json()["models"]
    assert [(row["model"], row["waiting"], row["being_written"]) for row in waiting] == [
        ("far", 1, 2)
    ]
    assert "Outputs under a lease of workers that fell silent" not in said
    queue.claim(model=run.model_id, owner="host:gone", count=1)
    assert "Outputs under a lease of workers that fell silent: 1." in page(staff)


def test_paused_models_say_why_and_until_when(staff: Client) -> None:
    model = a_model(an_endpoint())
    a_run(model)
    Output.objects.update(created_at=timezone.now() - dt.timedelta(minutes=5))
    queue.pause(model=model.pk, reason="The key was refused.", seconds=None)
    said = page(staff)
    assert "until somebody tries it again: The key was refused." in said
    assert "300 s" in said
    queue.pause(model=model.pk, reason="It is busy.", seconds=600)
    assert "UTC</time>: It is busy." in page(staff)
    LanguageModel.objects.update(paused_until=timezone.now() - dt.timedelta(seconds=1))
    assert "paused" not in page(staff).partition("queue-title")[2].partition("</section>")[0]


def test_outputs_of_cancelled_runs_wait_for_nobody(staff: Client) -> None:
    run = a_run(a_model(an_endpoint()))
    run.cancelled_at = timezone.now()
    run.save()
    assert "Nothing waits" in page(staff)


def test_only_the_page_in_part_is_asked_for_again(staff: Client) -> None:
    part = staff.get("/devices/", headers={"HX-Request": "true", "HX-Target": "now"})
    assert b'id="now"' in part.content
    assert b"<html" not in part.content


@pytest.mark.parametrize("address", ["/devices/", "/devices.csv", "/devices/queue.json"])
def test_it_is_for_staff_alone(client: Client, address: str) -> None:
    assert client.get(address).status_code in (302, 403)
    client.force_login(make_researcher())
    assert client.get(address).status_code == 403


def test_queries_do_not_grow_with_workers_and_models(staff: Client) -> None:
    def queries() -> int:
        with CaptureQueriesContext(connection) as caught:
            page(staff)
        return len(caught)

    work()
    endpoint = an_endpoint()
    queue.pause(model=a_model(endpoint).pk, reason="x", seconds=None)
    before = queries()
    for n in range(4):
        work(f"host:{n}")
        model = a_model(endpoint, slug=f"far-{n}")
        queue.pause(model=model.pk, reason="x", seconds=None)
    assert queries() == before

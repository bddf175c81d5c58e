"""Bringing in outputs by key: the steps of the pages, with their roles and their sentences."""

import asyncio
import datetime as dt
import json
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.utils import timezone

from evaluations.accounts.models import User
from evaluations.api.room import may_import, room_for_files, too_large
from evaluations.api.tests.calls import ROOT, Caller
from evaluations.exchange.loading.tests.cast import BAD, GOOD
from evaluations.exchange.models import ImportJob
from evaluations.exchange.tasks import work
from evaluations.judgments.tests.cast import make_user
from evaluations.prompts.models import Prompt
from evaluations.runs.models import Output

pytestmark = pytest.mark.django_db


@pytest.fixture
def rita() -> User:
    return make_user("rita", role="researcher")


@pytest.fixture
def caller(rita: User) -> Caller:
    return Caller.of(rita)


def send(caller: Caller, text: str, name: str = "sums.jsonl", **fields: str) -> Any:
    file = SimpleUploadedFile(name, text.encode())
    return caller.client.post(f"{ROOT}imports", {"file": file, **fields}, headers=caller.headers)


def test_a_file_is_sent_read_looked_at_and_imported(rita: User, caller: Caller) -> None:
    made = send(caller, GOOD)
    assert made.status_code == 201, made.content
    told = made.json()
    assert (told["state"], told["format"], told["size"]) == ("waiting", "own-jsonl", len(GOOD))
    path = f"imports/{told['import']}"
    early = caller.post(f"{path}/confirm", {"licence": "CC BY 4.0"})
    assert early.status_code == 409
    work()
    told = caller.get(path).json()
    assert (told["state"], told["report"]["new"], told["refused"]) == ("previewed", 7, [])
    assert told["report"]["examples"][0]["answer"] == "1"
    assert not Output.objects.exists()
    refused = caller.post(f"{path}/confirm", {})
    assert refused.status_code == 422
    assert refused.json()["errors"][0]["place"] == "licence"
    ordered = caller.post(f"{path}/confirm", {"licence": "CC BY 4.0"})
    assert (ordered.status_code, ordered.json()["state"]) == (200, "ordered")
    work()
    told = caller.get(path).json()
    assert (told["state"], told["report"]["stored"], len(told["runs"])) == ("loaded", 7, 1)
    assert set(Prompt.objects.values_list("licence", flat=True)) == {"CC BY 4.0"}
    output = Output.objects.earliest("pk")
    assert output.run.launched_by == rita
    assert Caller().get(f"outputs/{output.pk}").status_code == 404
    assert caller.get(f"outputs/{output.pk}").status_code == 200
    (row,) = caller.get("imports").json()["items"]
    assert (row["import"], row["state"]) == (told["import"], "loaded")


def test_refused_lines_are_told_and_left_out_when_asked(caller: Caller) -> None:
    path = f"imports/{send(caller, BAD).json()['import']}"
    work()
    told = caller.get(path).json()
    assert told["refused_count"] == 2
    assert [each["line"] for each in told["refused"]] == [8, 9]
    said = {"licence": "CC BY 4.0", "visibility": "public"}
    refused = caller.post(f"{path}/confirm", said)
    assert refused.status_code == 422
    assert refused.json()["errors"][0]["place"] == "skips_refused"
    assert caller.post(f"{path}/confirm", {**said, "skips_refused": True}).status_code == 200
    work()
    assert Output.objects.finished().count() == 7


@pytest.mark.parametrize(
    ("text", "name", "fields", "place", "why"),
    [
        ("", "x.jsonl", {}, "file", "This file is empty."),
        ("PAR1 columns", "x.parquet", {}, "file", "This is a Parquet file"),
        ("[1, 2]", "x.json", {}, "file", "looks like none of the formats"),
        (GOOD, "x.jsonl", {"format": "nonsense"}, "format", "nonsense"),
    ],
)
def test_what_cannot_be_read_is_refused_at_once(
    caller: Caller, text: str, name: str, fields: dict[str, str], place: str, why: str
) -> None:
    refused = send(caller, text, name, **fields)
    assert refused.status_code == 422
    (error,) = refused.json()["errors"]
    assert error["place"] == place
    assert why in error["sentence"]
    assert not ImportJob.objects.exists()


def test_what_is_no_file_is_refused_by_its_place(caller: Caller) -> None:
    refused = caller.post("imports", {"file": "sums.jsonl"})
    assert refused.status_code == 422
    assert "file" in refused.json()["errors"][0]["place"]


def test_only_whose_it_is_and_staff_learn_of_a_file(caller: Caller) -> None:
    path = f"imports/{send(caller, GOOD).json()['import']}"
    other = Caller.of(make_user("eve", role="researcher"))
    assert other.get(path).status_code == 404
    assert other.post(f"{path}/confirm", {"licence": "x"}).status_code == 404
    assert other.get("imports").json()["items"] == []
    assert Caller.of(make_user("root", is_staff=True)).get(path).status_code == 200


@pytest.mark.parametrize(
    ("role", "scope", "status"),
    [("researcher", "judge", 403), ("researcher", "read", 403), ("", "write", 403),
     ("curator", "write", 403), ("researcher", "write", 201)],
)  # fmt: skip
def test_files_come_from_researchers_with_a_key_that_may_write(
    role: str, scope: str, status: int
) -> None:
    caller = Caller.of(make_user("ada", **({"role": role} if role else {})), scope)
    assert send(caller, GOOD).status_code == status
    assert ImportJob.objects.count() == (status == 201)
    if not role:
        assert caller.get("imports").status_code == 403
    assert Caller().get("imports").status_code == 401


def test_room_is_for_whom_a_file_is_taken_from(rita: User, caller: Caller) -> None:
    sent = caller.headers["Authorization"]
    assert may_import(sent)
    assert not may_import(Caller.of(rita, "judge").headers["Authorization"])
    assert not may_import(Caller.of(make_user("eve")).headers["Authorization"])
    for nothing in ("", "Bearer ", "Bearer bwd_guess", "Basic YTpi", "Bearer \0"):
        assert not may_import(nothing)
    elsewhere = {"path": f"{ROOT}judgments", "method": "POST", "headers": []}
    assert asyncio.run(room_for_files(elsewhere)) == 0
    rita.suspended_until = timezone.now() + dt.timedelta(days=1)
    rita.save()
    assert not may_import(sent)


def test_a_body_that_is_too_large_is_a_problem_to_programs() -> None:
    headers, body = too_large({"path": f"{ROOT}judgments"}, "This is too large.")
    assert headers["Content-Type"] == "application/problem+json"
    assert (json.loads(body)["status"], json.loads(body)["detail"]) == (413, "This is too large.")
    headers, body = too_large({"path": "/judge/1/"}, "This is too large.")
    assert headers["Content-Type"].startswith("text/plain")
    assert body == b"This is too large.\n"

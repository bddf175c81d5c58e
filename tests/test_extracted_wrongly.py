"""A judge says that an answer was extracted wrongly; grading anew adds rows and says what moved."""

import csv
import io
import json

import pytest
from django.db import InternalError, transaction
from django.db.utils import DatabaseError
from django.test import Client

from evaluations.accounts.models import User
from evaluations.grading import GRADERS
from evaluations.inference.answer import ANSWER_VERSION
from evaluations.runs.actions import regrade
from evaluations.runs.models import Grade, Misreading, Output
from tests.cast import (
    give,
    make_block,
    make_criterion,
    make_judge,
    make_output,
    make_prompt,
    make_user,
)

pytestmark = pytest.mark.django_db
WHERE = "/graders/misread"


@pytest.fixture
def output() -> Output:
    """One that an earlier version graded wrong."""
    make_criterion("sound")
    make_block("sound")
    prompt = make_prompt("apples", grader="numeric", reference="12")
    made = make_output(prompt=prompt, text="Answer: 12 apples, 3 of them red.")
    Grade.objects.create(
        output=made, grader="numeric", grader_version=1, answer_version=1, score=0,
        start=27, end=28, how="last-line", note="not equal to 12",
    )  # fmt: skip
    return made


@pytest.fixture
def reader(client: Client, output: Output) -> User:
    """Somebody who judged it, signed in."""
    user = make_user("reader")
    give(make_judge(user=user), output, {"sound": "yes"})
    client.force_login(user)
    return user


def say(client: Client, output: Output, **sent: object) -> int:
    grade = output.grade
    fields = {"grade": grade and grade.pk, "answer": "12 apples", **sent}
    return client.post(f"/outputs/{output.pk}/misread/", fields).status_code


def test_who_judged_it_says_so_once(client: Client, reader: User, output: Output) -> None:
    assert "This was extracted wrongly" in client.get(output.get_absolute_url()).content.decode()
    assert say(client, output) == 303
    assert say(client, output, answer="again") == 303
    kept = Misreading.objects.get()
    assert (kept.grade, kept.reporter, kept.answer) == (output.grade, reader, "12 apples")


def test_nobody_says_so_before_judging(client: Client, output: Output) -> None:
    for person in (None, make_user("passer"), make_user("boss", is_staff=True)):
        if person:
            client.force_login(person)
        page = client.get(output.get_absolute_url()).content.decode()
        assert "This was extracted wrongly" not in page
        assert say(client, output) == 403
    assert not Misreading.objects.exists()


def test_what_was_typed_stays(client: Client, reader: User, output: Output) -> None:
    long = client.post(f"/outputs/{output.pk}/misread/", {"grade": 1, "answer": "a" * 301})
    assert (long.status_code, "a" * 301 in long.content.decode()) == (422, True)
    seen = output.grade
    assert seen is not None
    assert regrade().total() == 1
    where = f"/outputs/{output.pk}/misread/"
    late = client.post(where, {"grade": seen.pk, "answer": "12 pears"})
    assert late.status_code == 409
    assert "graded anew meanwhile" in late.content.decode()
    assert "12 pears" in late.content.decode()
    now = Output.objects.get().grade
    assert now is not None
    assert f'value="{now.pk}"' in late.content.decode(), "the next sending is about the new one"
    assert not Misreading.objects.exists()


def test_the_list_is_by_grader_and_answer_version(
    client: Client, reader: User, output: Output
) -> None:
    say(client, output)
    assert client.get(f"{WHERE}/").status_code == 403
    assert client.get(f"{WHERE}.csv").status_code == 403
    for name, may in (("curator", True), ("researcher", True), ("moderator", False)):
        client.force_login(make_user(name, role=name))
        assert (client.get(f"{WHERE}/").status_code == 200) is may, name
    client.force_login(make_user("boss", is_staff=True))
    regrade()
    page = client.get(f"{WHERE}/").content.decode()
    assert "numeric 1 · answers found by 1" in page
    assert "12 apples" in page
    assert "graded anew since: 1 of 1" in page
    (row,) = csv.DictReader(io.StringIO(client.get(f"{WHERE}.csv").content.decode()))
    assert (row["output"], row["grader_version"], row["answer_version"]) == (
        str(output.pk), "1", "1",
    )  # fmt: skip
    assert (row["found"], row["said_instead"]) == ("m", "12 apples")
    assert (row["score"], row["graded_anew"], row["score_now"]) == ("0.0", "True", "1.0")
    answer = client.get(f"{WHERE}.json")
    assert len(json.loads(answer.content)["reports"]) == 1
    assert "Access-Control-Allow-Origin" not in answer


def test_what_one_may_not_read_is_in_nobodys_list(
    client: Client, reader: User, output: Output
) -> None:
    say(client, output)
    client.force_login(make_user("another", role="researcher"))
    assert "12 apples" in client.get(f"{WHERE}/").content.decode()
    type(output.run).objects.update(visibility="private")
    assert "12 apples" not in client.get(f"{WHERE}/").content.decode()
    assert "12 apples" not in client.get(f"{WHERE}.csv").content.decode()


def test_grading_anew_adds_a_row_and_the_run_says_what_moved(
    client: Client, output: Output
) -> None:
    before = Grade.objects.get()
    where = output.run.get_absolute_url().rstrip("/")
    assert "Graded anew" not in client.get(f"{where}/").content.decode()
    assert regrade().total() == 1
    kept = Grade.objects.get(pk=before.pk)
    assert (kept.score, kept.start, kept.is_current) == (0, 27, False)
    with pytest.raises((InternalError, DatabaseError)), transaction.atomic():
        Grade.objects.filter(pk=before.pk).update(score=1)
    page = client.get(f"{where}/").content.decode()
    assert "from wrong to right" in page
    (move,) = json.loads(client.get(f"{where}.json").content)["graded_anew"]
    by = f"numeric {GRADERS['numeric'].version} · answers found by {ANSWER_VERSION}"
    assert (move["by"], move["before"], move["after"], move["outputs"]) == (by, 0.0, 1.0, 1)

"""Setting a judge aside: who may, what the judge and everybody read, and the places of items."""

import datetime as dt

import pytest
from django.test import Client
from django.utils import timezone

from evaluations.judgments.answers.actions import Served
from evaluations.judgments.models import Judge, Protocol, ProtocolVersion, SetAside
from evaluations.judgments.review.set_aside import lift, set_aside
from evaluations.judgments.tests.cast import (
    give,
    make_criterion,
    make_judge,
    make_model,
    make_output,
    make_run,
    make_user,
)
from evaluations.judgments.tests.form import text_of
from evaluations.judgments.tests.queue_cast import drift, finish, make_queue
from evaluations.runs.models import Run

pytestmark = pytest.mark.django_db

REASON = "Eight outputs in ten seconds."


def done(version: ProtocolVersion) -> list[int]:
    assert drift(version) == []
    return list(version.items.order_by("pk").values_list("done", flat=True))


def test_places_are_free_again_and_taken_back_where_there_is_room() -> None:
    version = make_queue(items=2, judges_per_item=1)
    first, second = version.items.order_by("pk")
    judge, staff = make_judge(), make_user(is_staff=True)
    for item in (first, second):
        finish(item, judge)
    row = set_aside(judge=judge, protocol=None, reason=REASON, actor=staff)
    assert set_aside(judge=judge, protocol=None, reason="Again.", actor=staff) == row
    assert done(version) == [0, 0]
    finish(first, make_judge())
    lift(row=row, reason="It was somebody else.", actor=staff)
    lift(row=row, reason="Twice.", actor=staff)
    assert done(version) == [1, 1]
    assert list(judge.judgments.order_by("item").values_list("is_surplus", flat=True)) == [
        True,
        False,
    ]
    assert SetAside.objects.count() == 2


@pytest.mark.parametrize(
    ("who", "everywhere", "under"),
    [
        ("staff", 200, 200),
        ("moderator", 200, 200),
        ("moderator of their own", 200, 403),
        ("owner", 403, 200),
        ("judge", 403, 403),
        ("member", 403, 403),
        ("nobody", 302, 302),
    ],
)
def test_moderators_may_everywhere_and_owners_under_their_protocol(
    client: Client, who: str, everywhere: int, under: int
) -> None:
    owner = make_user("owner", role="researcher")
    version = make_queue(owner=owner)
    judge = make_judge(user=make_user("nora", is_staff=who == "judge"))
    finish(version.items.first(), judge)
    moderator = make_user("mo", role="moderator")
    if who == "moderator of their own":
        Protocol.objects.update(owner=moderator)
    people = {
        "staff": make_user("ida", is_staff=True),
        "moderator": moderator,
        "moderator of their own": moderator,
        "owner": owner,
        "judge": judge.user,
        "member": make_user("bo"),
    }
    if who != "nobody":
        client.force_login(people[who])
    for url, status in (("", everywhere), ("?protocol=small", under)):
        page = f"/judges/{judge.pk}/aside/{url}"
        assert client.get(page).status_code == status
        answer = client.post(page, {"reason": REASON})
        assert (answer.status_code == 302) == (status != 403)
    assert SetAside.objects.count() == (everywhere == 200) + (under == 200)
    sees = who in ("staff", "judge") or who.startswith("moderator")
    for odd in ("/judges.csv", "/judges.json"):
        assert client.get(odd).status_code == (200 if sees else 403)
    assert ("Judges who are odd" in text_of(client.get("/judges/"))) == sees


def test_the_reason_is_read_by_the_judge_by_who_runs_the_protocol_and_by_all(
    client: Client,
) -> None:
    owner, user = make_user("owner", role="researcher"), make_user("nora")
    version = make_queue(owner=owner)
    judge = make_judge(user=user)
    finish(version.items.first(), judge)
    client.force_login(owner)
    page = f"/judges/{judge.pk}/aside/?protocol=small"
    assert client.post(page, {"reason": " "}).status_code == 422
    client.post(page, {"reason": REASON})
    now = timezone.now()
    said = f"set aside on {now.day} {now:%B %Y} under “Protocol small”: {REASON}"
    assert said in text_of(client.get("/protocols/small/progress/"))
    assert said in client.get("/protocols/small/progress/judges.csv").content.decode()
    assert said in text_of(Client().get("/judges/"))
    assert "nora" not in text_of(Client().get("/judges/"))
    own = Client()
    own.force_login(user)
    assert f"You were {said}" in text_of(own.get("/judge/me/"))
    client.post(page, {"reason": "She reads fast."})
    assert "set aside" not in client.get("/protocols/small/progress/judges.json").json()["judges"]
    assert f"You were {said}" not in text_of(own.get("/judge/me/"))
    assert "She reads fast." in text_of(Client().get("/judges/"))


def test_odd_judges_have_their_signs_and_figures(client: Client) -> None:
    make_criterion("one")
    models = [make_run(make_model(slug)) for slug in ("babbler", "prattler")]
    outputs = [make_output(run=run, text="x" * 1000) for run in models for _ in range(10)]
    long_ago = timezone.now() - dt.timedelta(days=90)
    usual = [make_judge(user=make_user(name)) for name in ("ada", "bo")]
    odd = make_judge(user=make_user("puppet"))
    for judge in usual:
        judge.user.date_joined = long_ago
        judge.user.save()
        for output in outputs:
            give(judge, output, {"one": "yes"}, seconds=40)
    for output in outputs[:10]:
        give(odd, output, {"one": "no"}, seconds=2, served=Served(way="chosen"))
    make_judge("model")
    client.force_login(make_user("ida", is_staff=True))
    rows = client.get("/judges.json").json()["judges"]
    signs = {row["judge"]: row["signs"] for row in rows}
    assert signs == {
        odd.pk: "new account; one model only; faster than reading; far from the others; "
        "many chosen outputs",
        **{judge.pk: "" for judge in usual},
    }
    first = rows[0]
    assert first["judge"] == odd.pk
    figures = ("forms", "models", "seconds", "characters_a_second", "agreement", "pairs")
    assert [first[name] for name in figures] == [10, 1, 2.0, 500.0, 0.0, 20]
    by_forms = client.get("/judges.json?sort=forms").json()["judges"]
    assert [row["judge"] for row in by_forms][-1] == odd.pk
    page = text_of(client.get("/judges/"))
    assert "puppet" in page
    assert f'href="/judges/{odd.pk}/aside/"' in page
    assert Judge.objects.count() == 4


def test_what_is_not_public_makes_nobody_odd(client: Client) -> None:
    make_criterion("one")
    public = make_output()
    hidden = make_output(run=make_run(make_model("prattler")))
    ada, bo, cy = (make_judge(user=make_user(name)) for name in ("ada", "bo", "cy"))
    for judge, value in ((ada, "yes"), (bo, "no")):
        give(judge, public, {"one": value})
    client.force_login(make_user("mod", role="moderator"))
    before = client.get("/judges.json").json()
    for judge in (ada, bo, cy):
        give(judge, hidden, {"one": "yes"})
    assert client.get("/judges.json").json() != before
    for visibility in ("unlisted", "private"):
        Run.objects.filter(pk=hidden.run_id).update(visibility=visibility)
        assert client.get("/judges.json").json() == before

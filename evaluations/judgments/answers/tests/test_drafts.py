"""What a judge typed and did not save: one draft for the same questions, bounded, not for ever."""

import datetime as dt
import random
import string

import pytest
from django.conf import settings
from django.test import Client
from django.utils import timezone

from evaluations.judgments.answers import drafts
from evaluations.judgments.models import Draft, Judge
from evaluations.judgments.tasks import forget_drafts
from evaluations.judgments.tests.cast import make_block, make_criterion, make_output, make_user
from evaluations.judgments.tests.form import hidden_fields

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def block() -> None:
    make_criterion("one")
    make_criterion("two")
    make_criterion("lamp", level="prompt")
    make_criterion("wick", level="prompt")
    make_block("one", "two")


@pytest.fixture
def ada(client: Client) -> Client:
    client.force_login(make_user())
    return client


def typed(client: Client, path: str, query: str, comment: str) -> tuple[int, str]:
    """The status of a draft, and why it was not kept."""
    fields = hidden_fields(client.get(f"{path}?{query}"))
    reply = client.post(f"{path}draft/?{query}", {**fields, "comment": comment})
    return reply.status_code, reply.json().get("problem", "")


@pytest.mark.parametrize("about", ["output", "prompt"])
def test_the_same_questions_in_any_order_share_a_draft(ada: Client, about: str) -> None:
    output = make_output()
    path = f"/judge/{output.pk}/" if about == "output" else f"/judge/prompt/{output.prompt.slug}/"
    keys = ("one", "two") if about == "output" else ("lamp", "wick")
    for query in (",".join(keys), ",".join(reversed(keys))):
        assert typed(ada, path, f"criteria={query}", query)[0] == 200
    assert Draft.objects.get().data["comment"] == ",".join(reversed(keys))
    assert typed(ada, path, f"criteria={keys[0]}", "another form")[0] == 200
    assert Draft.objects.count() == 2


def test_a_judge_keeps_so_many_drafts_and_so_many_bytes(
    ada: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(drafts, "MOST_DRAFTS", 2)
    monkeypatch.setattr(drafts, "MOST_KEPT", 3000)
    monkeypatch.setattr(drafts, "MOST_TYPED", 3200)
    paths = [f"/judge/{make_output().pk}/" for _ in range(3)]
    noise = random.Random(1)
    expected = [(0, 2000, 200), (1, 2500, 413), (0, 3200, 413), (1, 100, 200), (2, 1, 429),
                (0, 100, 200), (1, 2500, 200)]  # fmt: skip
    for place, length, status in expected:
        words = "".join(noise.choices(string.ascii_letters, k=length))  # nothing to compress
        found, problem = typed(ada, paths[place], "", words)
        assert (found, bool(problem)) == (status, status != 200), (place, length, problem)
    many_names = {f"name-{number}": "1" for number in range(400)}
    assert ada.post(f"{paths[0]}draft/", many_names).status_code == 413


def test_a_draft_ends_after_thirty_days_of_rest(ada: Client) -> None:
    paths = [f"/judge/{make_output().pk}/" for _ in range(2)]
    for path in paths:
        typed(ada, path, "", "half a thought")
    old = Draft.objects.order_by("pk").first()
    assert old is not None
    Draft.objects.filter(pk=old.pk).update(updated_at=timezone.now() - dt.timedelta(days=31))
    forget_drafts()
    assert [draft.pk for draft in Judge.objects.get().drafts.all()] != []
    assert not Draft.objects.filter(pk=old.pk).exists()
    daily = settings.CELERY_BEAT_SCHEDULE["forget_drafts"]
    assert (daily["task"], daily["schedule"]) == (forget_drafts.name, 24 * 3600.0)

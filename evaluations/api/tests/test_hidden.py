"""What is not public changes no answer to others, and is not told from what was never there."""

import json
import re
import uuid
from collections.abc import Iterator
from typing import Any

import pytest
from django.db import transaction
from pytest_django import DjangoDbBlocker

from evaluations.api import doorway
from evaluations.api.openapi import api, operations
from evaluations.api.tests.calls import Caller, there
from evaluations.common.tests.kept import kept
from evaluations.judgments.tests import cast
from tests.hidden_world import MARKER, Hidden
from tests.permission_world import World

pytestmark = [pytest.mark.django_db, pytest.mark.xdist_group("api-hidden")]
NOWHERE = "no-such-name"


@pytest.fixture(scope="module")
def world(django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> Iterator[World]:
    """One world for all of these tests, which takes longer to make than any of them."""
    with kept(django_db_blocker):
        made = World()
        cast.make_criterion("asked", level="prompt")
        cast.make_judge("model")
        yield made


@pytest.fixture(autouse=True)
def unhurried(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(doorway, "BY_ADDRESS", 1_000_000)
    monkeypatch.setattr(doorway, "BY_KEY", 1_000_000)


def caller_of(world: World, role: str) -> Caller:
    person = world.people[role]
    return Caller.of(person) if person is not None else Caller()


def answers(world: World, caller: Caller) -> dict[str, tuple[int, str]]:
    """What is answered at every address that is read, of what is there; its status and text."""
    paths = [path for path, method, _ in operations(api.get_openapi_schema()) if method == "get"]
    named = [path.format(**there(world, path)).removeprefix("/api/v1/") for path in paths]
    found = {}
    for address in (*named, f"search?q={MARKER}", "outputs?judged=yes", "boards/taylor?chosen=1"):
        with transaction.atomic():
            answered = caller.get(address)
            transaction.set_rollback(True)
        found[address] = (answered.status_code, answered.content.decode())
    return found


@pytest.mark.parametrize("role", ["visitor", "member", "researcher"])
def test_nobody_else_learns_that_anything_is_there(world: World, role: str) -> None:
    caller = caller_of(world, role)
    before = answers(world, caller)
    for level in ("private", "unlisted"):
        Hidden(world, level)
    after = answers(world, caller)
    assert sum(code == 200 for code, _ in after.values()) > 25
    text = {address: said.replace(f"search?q={MARKER}", "").replace(f'"q": "{MARKER}"', "")
            for address, (_, said) in after.items()}  # fmt: skip
    assert [address for address, said in text.items() if MARKER in said.lower()] == []
    assert [address for address in after if after[address] != before[address]] == []


def body_of(path: str, name: str) -> dict[str, Any] | None:
    """What is sent about something of this name or number; None where its address says it."""
    form = {"asked": "", "form_token": str(uuid.UUID(int=7)), "seen": 0, "content": "0"}
    return {
        "judgments": {"output": name, "form": form},
        "queue/next": {"protocol": name},
        "runs": {"model": "babbler", "recipe": "plainly", "prompt_set": name},
        "prompt-sets/{}/prompts": {"prompts": [{"text": "So?"}]},
        "outputs/{}/reveal": {},
    }.get(path)


@pytest.mark.parametrize("role", ["visitor", "researcher"])
@pytest.mark.parametrize(
    ("path", "kind"),
    [("outputs/{}", "output"), ("outputs/{}/verdicts", "output"), ("outputs/{}/reveal", "output"),
     ("judgments", "output"), ("runs/{}", "run"), ("outputs?run={}", "run"),
     ("boards/taylor?run={}", "run"), ("prompt-sets/{}", "slug"), ("prompts/{}", "slug"),
     ("prompts?prompt_set={}", "slug"), ("boards/taylor?prompt_set={}", "slug"),
     ("outputs?domain={}", "slug"), ("boards/taylor?protocol={}", "slug"), ("queue/next", "slug"),
     ("runs", "slug"), ("prompt-sets/{}/prompts", "slug")],
)  # fmt: skip
def test_what_is_private_is_as_if_it_were_not(
    world: World, role: str, path: str, kind: str
) -> None:
    hidden = Hidden(world, "private")
    names = {"output": (hidden.output.pk, 999_999), "run": (hidden.run.pk, 999_999),
             "slug": (hidden.set.slug, NOWHERE)}  # fmt: skip
    caller = caller_of(world, role)
    told = []
    for name in map(str, names[kind]):
        sent = body_of(path, name)
        address = path.format(name)
        answered = caller.get(address) if sent is None else caller.post(address, sent)
        assert answered.status_code >= 400 or not json.loads(answered.content).get("items")
        # A name that is a number may be the status too.
        said = re.sub(rf'(?<!"status": )\b{name}\b', "it", answered.content.decode())
        told.append((answered.status_code, said))
    assert told[0] == told[1]

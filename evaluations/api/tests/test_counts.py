"""One world that holds what some lists leave out: each word counts the same wherever it stands."""

import json
from typing import Any

import pytest
from django.conf import LazySettings
from django.test import Client
from django.utils import timezone

from evaluations.api.tests.calls import Caller
from evaluations.exchange.releases.release_actions import make_release
from evaluations.exchange.studies.tests.study_world import StudyWorld, served
from evaluations.judgments.answers.actions import Served
from evaluations.judgments.models import GuestCheck, Judgment, Way
from evaluations.judgments.tests.cast import (
    give,
    make_judge,
    make_model,
    make_output,
    make_prompt,
    make_run,
)
from evaluations.judgments.tests.protocol_cast import make_item
from evaluations.prompts.models import Prompt, PromptSet
from evaluations.runs.models import Output

pytestmark = pytest.mark.django_db
SAID = {"one": "yes", "two": "no"}


@pytest.fixture
def lasting() -> int:
    """A world with something of all that is left out; how many judgments are left."""
    world = StudyWorld(prompts=2)
    staying_out, guest = world.judges[0], make_judge("guest")
    run = world.outputs[0].run
    gold, failed, withdrawn = (make_output(run=run, state=state)
                               for state in ("done", "failed", "done"))  # fmt: skip
    give(world.judges[1], gold, SAID, served=served(make_item(world.version, gold, is_gold=True)))
    give(guest, gold, SAID, served=Served(way=Way.SERVED, guest_check=GuestCheck.HELD_BACK))
    give(world.judges[1], withdrawn, SAID)
    Output.objects.filter(pk=withdrawn.pk).update(withdrawn_at=timezone.now())
    private = make_run(make_model("private"))
    give(world.judges[1], make_output(run=private), SAID)
    type(private).objects.filter(pk=private.pk).update(visibility="private")
    Prompt.objects.filter(pk=failed.prompt_id).update(is_archived=True)
    archived = PromptSet.objects.create(slug="old", title="Old", is_archived=True)
    Prompt.objects.filter(pk=make_prompt().pk).update(prompt_set=archived)
    assert staying_out.user is not None
    staying_out.user.stays_out = True
    staying_out.user.save()
    return (
        Judgment.objects.exclude(judge=staying_out)
        .exclude(output__in=[gold, withdrawn])
        .exclude(output__run=private)
        .count()
    )


def test_each_word_counts_the_same_wherever_it_stands(
    lasting: int, client: Client, settings: LazySettings, tmp_path: Any
) -> None:
    settings.RELEASE_DIR = str(tmp_path)
    release, _ = make_release(site="https://example.org")
    figures = client.get("/data/").context["figures"]
    assert figures == release.counts["figures"]
    assert client.get(release.get_absolute_url()).context["figures"] == list(figures.items())
    page = client.get(release.get_absolute_url()).content.decode()
    for word, count in figures.items():
        assert f"<dt>{word}</dt><dd>{count}</dd>" in page
    for word, kind in (("Outputs", "outputs"), ("Prompts", "prompts")):
        called = Caller().get(kind, {"limit": 200}).json()["items"]
        shown = client.get(f"/{kind}/").context
        listed = shown["total"] if kind == "prompts" else shown["page"].paginator.count
        assert (len(called), listed) == (figures[word], figures[word]), kind
    # What is in the files beside it, as the page says.
    assert release.counts["lines"]["outputs"] == figures["Outputs"] + 1
    assert release.counts["lines"]["prompts"] == figures["Prompts"] + 2
    address = f"{release.get_absolute_url()}answers.jsonl"
    answers = [json.loads(line) for line in b"".join(client.get(address)).splitlines()]
    forms = {line["judgment"] for line in answers}
    assert figures["Judgments of outputs"] == lasting == len(forms)

"""What the first start of a site calls: the first run, and the link for the first staff account."""

from io import StringIO

import pytest
from django.core.management import call_command
from django.test import Client
from pytest_django import Settings

from evaluations.accounts.models import User
from evaluations.prompts.models import Prompt
from evaluations.runs.loading import FIRST_MIX, FIRST_PROMPT_SETS
from evaluations.runs.models import Output, Recipe, Run

pytestmark = pytest.mark.django_db


def say(command: str, *arguments: str) -> str:
    out = StringIO()
    call_command(command, *arguments, stdout=out)
    return out.getvalue()


def test_the_first_run_asks_the_default_model_with_both_recipes_once(settings: Settings) -> None:
    settings.FIRST_RUN, settings.FIRST_RUN_LIMIT = True, 2
    say("load_catalogue")
    assert say("first_run").strip() == "First run: 4 runs with 8 outputs are queued."
    assert set(Run.objects.values_list("recipe__slug", flat=True)) == {"direct", "step-by-step"}
    assert Run.objects.values("prompt_set").distinct().count() == 2
    assert set(Output.objects.values_list("state", flat=True)) == {"pending"}
    assert say("first_run") == ""
    assert Output.objects.count() == 8


def test_without_a_limit_it_takes_two_whole_sets_and_a_family_of_each_that_the_debate_asks_for(
    settings: Settings,
) -> None:
    settings.FIRST_RUN, settings.FIRST_RUN_LIMIT = True, 0
    say("load_catalogue")
    Recipe.objects.filter(slug="step-by-step").update(samples=2)
    say("first_run")
    assert set(Run.objects.values_list("recipe__slug", "samples")) == {
        ("direct", 1),
        ("step-by-step", 2),
    }
    whole = Run.objects.filter(prompt_set__slug__in=FIRST_PROMPT_SETS)
    assert whole.count() == 4
    for run in whole:
        assert run.outputs.count() == run.prompt_set.prompts.count() * run.samples
    mixed = Run.objects.filter(prompt_set__slug__in=FIRST_MIX)
    assert mixed.count() == 2 * len(FIRST_MIX)
    for run in mixed:
        asked = Prompt.objects.filter(outputs__run=run).distinct()
        assert asked.filter(relation="original").count() == 1, "beside it stand its variants"
        assert asked.count() > 1
        assert asked.values("family").distinct().count() == 1
        assert set(asked) == set(run.prompt_set.prompts.filter(family=asked[0].family))


def test_it_can_be_left_out_and_needs_a_catalogue(settings: Settings) -> None:
    settings.FIRST_RUN = False
    assert "FIRST_RUN is 0" in say("first_run")
    settings.FIRST_RUN = True
    assert say("first_run") == ""
    assert not Run.objects.exists()


def test_the_link_for_the_first_staff_account_opens_until_there_is_one(
    client: Client, settings: Settings
) -> None:
    settings.HOST, settings.PORT = "127.0.0.1", 8123
    line = say("setup_link", "--if-needed").strip()
    start, _, address = line.partition("http://127.0.0.1:8123")
    assert start == "First staff account (link works once): "
    assert client.get(address).status_code == 200
    User.objects.create_superuser("staff", password="a quiet afternoon")
    assert say("setup_link", "--if-needed") == ""
    assert "There is a staff account already" in say("setup_link")

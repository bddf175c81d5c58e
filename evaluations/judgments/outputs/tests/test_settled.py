"""How many definitions an output's page says are settled, and how."""

import pytest
from django.test import Client

from evaluations.judgments.tests.cast import (
    give,
    make_criterion,
    make_definition,
    make_judge,
    make_output,
)

pytestmark = pytest.mark.django_db


def test_those_that_say_partly_are_counted_too(client: Client) -> None:
    make_criterion("sound")
    make_criterion("clear")
    make_definition("strict", {"all": ["sound", "clear"]})
    make_definition("easy", "sound")
    judge, output = make_judge(), make_output()
    give(judge, output, {"sound": "partly", "clear": "yes"})
    assert judge.user is not None
    client.force_login(judge.user)
    page = " ".join(client.get(output.get_absolute_url()).content.decode().split())
    assert (
        "Of the definitions that are settled, 0 say this is reasoning, 2 say that it partly is, "
        "and 0 say it is not."
    ) in page


def test_what_is_not_asked_in_full_is_said_not_to_count(client: Client) -> None:
    make_criterion("sound")
    make_criterion("clear")
    make_definition("strict", {"all": ["sound", "clear"]})
    make_definition("easy", "sound")
    judge, output = make_judge(), make_output()
    give(judge, output, {"sound": "no"})
    assert judge.user is not None
    client.force_login(judge.user)
    verdicts = client.get(output.get_absolute_url()).content.decode()
    settled, _, rest = verdicts.partition("Not asked in full: 1</p>")
    said = "Boards and lists do not count these"
    assert said not in settled
    assert rest.startswith(f'<p class="small muted">{said}')
    assert "mark-not-reasoning" in rest.partition("</ul>")[0]

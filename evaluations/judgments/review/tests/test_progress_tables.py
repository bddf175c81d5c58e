"""What the tables of a protocol's progress hold where everything is asked, and the page beside."""

import uuid
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from evaluations.judgments.answers.actions import Direct, Served, submit_judgment
from evaluations.judgments.models import GoldAnswer, Item, Judge, ProtocolVersion, Reveal
from evaluations.judgments.review.adjudication import adjudicate
from evaluations.judgments.tests.cast import (
    give,
    make_block,
    make_criterion,
    make_definition,
    make_judge,
    make_output,
    make_user,
)
from evaluations.judgments.tests.form import text_of
from evaluations.judgments.tests.protocol_cast import make_item, make_protocol
from evaluations.judgments.tests.review_cast import serve
from evaluations.measures.intervals import wilson

pytestmark = pytest.mark.django_db

PAGE = "/protocols/small/progress/"


@pytest.fixture
def arbiter() -> Judge:
    return make_judge("model")


@pytest.fixture
def version(arbiter: Judge) -> ProtocolVersion:
    """Criteria, a definition, the holistic question, suggestions, a gold item: all of it."""
    make_criterion("sound")
    make_criterion("short")
    return make_protocol(
        blocks=(make_block("sound", "short"),),
        definitions=(make_definition("both", {"all": ["sound", "short"]}),),
        asks_holistic=True,
        suggestion_judge=arbiter,
        suggestion_share=50,
        owner=make_user("owner", role="researcher"),
    )


def say(judge: Judge, item: Item, value: str) -> None:
    submit_judgment(
        judge=judge,
        output=item.output,
        direct=[Direct(version=item.version.definitions.get(), value=value)],
        form_token=uuid.uuid4(),
        served=Served(item=item, page="said"),
    )


def suggested(arbiter: Judge, version: ProtocolVersion) -> Item:
    item = make_item(version, make_output())
    give(arbiter, item.output, {"sound": "yes", "short": "yes"})
    return item


@pytest.fixture
def items(version: ProtocolVersion, arbiter: Judge) -> list[Item]:
    """Two judges on the first item, one on the second, and both on the gold one."""
    first, second = (suggested(arbiter, version) for _ in range(2))
    gold = make_item(version, make_output(), is_gold=True)
    wording = version.blocks.get().criteria.get(key="sound").versions.get()
    GoldAnswer.objects.create(
        item=gold, criterion=wording.criterion, criterion_version=wording, value="yes"
    )
    ida, jon = make_judge(), make_judge()
    serve(ida, first, {"sound": "yes", "short": "yes"}, suggestion_shown=False, seconds=10)
    serve(jon, first, {"sound": "no", "short": "yes"}, suggestion_shown=False, seconds=30)
    serve(ida, second, {"sound": "yes", "short": "yes"}, suggestion_shown=True, seconds=20)
    serve(ida, gold, {"sound": "yes"}, seconds=60)
    serve(jon, gold, {"sound": "no"}, seconds=90)
    say(ida, first, "yes")
    say(jon, first, "yes")
    for value, reason in (("no", "slip"), ("yes", "ambiguous-output")):
        adjudicate(
            item=first,
            criterion_version=wording,
            value=value,
            reason=reason,
            actor=version.protocol.owner,
        )
    return [first, second]


@pytest.fixture
def owner(client: Client, version: ProtocolVersion, items: list[Item]) -> Client:
    client.force_login(version.protocol.owner)
    return client


def table(client: Client, name: str) -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = client.get(f"{PAGE}{name}.json").json()[name]
    return rows


def test_progress_and_judges(owner: Client) -> None:
    (standing,) = table(owner, "progress")
    counts = {"items": 2, "untouched": 0, "part": 1, "finished": 1, "done": 3, "needed": 4}
    assert standing.items() >= (counts | {"gold": 1, "held": 0, "surplus": 0}).items()
    assert standing["finished_a_day"] == 3
    ida, jon = table(owner, "judges")
    assert (ida["judge"], ida["items"], ida["forms"], ida["median_seconds"]) == (
        "Judge 1",
        3,
        4,
        20,
    )
    assert (jon["judge"], jon["items"], jon["forms"], jon["median_seconds"]) == (
        "Judge 2",
        2,
        3,
        60,
    )
    assert (ida["gold_right"], ida["gold_asked"]) == (1, 1)
    assert (jon["gold_right"], jon["gold_asked"], jon["gold_accuracy"]) == (0, 1, 0)


def test_gold_by_criterion(owner: Client) -> None:
    sound, short = table(owner, "gold")
    expected = wilson(1, 2)
    assert (sound["right"], sound["asked"]) == (1, 2)
    assert (sound["accuracy_low"], sound["accuracy_high"]) == (expected.low, expected.high)
    assert (short["asked"], short["accuracy"]) == (0, None)


def test_fidelity_where_judges_say_it_outright(owner: Client) -> None:
    (row,) = table(owner, "fidelity")
    assert (row["definition"], row["road"], row["pairs"], row["settled"]) == (
        "both",
        "direct",
        2,
        2,
    )
    assert row["same"] == 0.5
    assert (row["computed_yes_said_yes"], row["computed_no_said_yes"]) == (1, 1)


def test_decisions_with_those_that_were_superseded(owner: Client) -> None:
    later, earlier = table(owner, "adjudications")
    assert (earlier["value"], earlier["reason"], earlier["current"]) == ("no", "slip", False)
    assert (later["value"], later["current"], later["decided_by"]) == ("yes", True, "owner")
    assert later["supersedes"] == earlier["adjudication"]
    (dispute,) = table(owner, "disputed")
    assert (dispute["criterion"], dispute["adjudicated"]) == ("sound", True)


def test_what_suggestions_do(owner: Client) -> None:
    (row,) = table(owner, "suggestions")
    assert (row["answers_shown"], row["agreement_shown"]) == (2, 1)
    assert (row["answers_hidden"], row["agreement_hidden"]) == (4, 0.75)
    assert row["difference"] == 0.25


def test_the_page_has_a_part_for_each_that_says_so_in_words(owner: Client) -> None:
    page = " ".join(text_of(owner.get(PAGE)).split())
    assert "3 of 4 judgments" in page
    assert "1 gold item is not counted among these" in page
    assert "1 output got different answers to a criterion; 0 wait for a decision." in page
    assert '<td class="number">1 of 2</td>' in page
    assert ">Name of both</a></th>" in page
    assert "2 answers after its own were shown, 4 after they were hidden" in page
    assert "2 answers are left out: given after others’ were seen or a model’s shown" in page


def test_the_file_of_disputes_says_how_others_answered_so_it_unblinds(
    owner: Client, items: list[Item]
) -> None:
    owner.get(PAGE)
    owner.get(f"{PAGE}agreement.csv")
    owner.head(f"{PAGE}disputed.csv")
    assert not Reveal.objects.exists()
    for kind in ("csv", "json"):
        owner.get(f"{PAGE}disputed.{kind}")
        assert Reveal.objects.get().output_id == items[0].output_id
        Reveal.objects.all().delete()


def test_a_number_beyond_any_version_is_not_found(owner: Client) -> None:
    assert owner.get(f"{PAGE}?version={'9' * 30}").status_code == 404


def test_queries_do_not_grow_where_everything_is_asked(
    owner: Client, version: ProtocolVersion, arbiter: Judge, items: list[Item]
) -> None:
    owner.get(PAGE)
    with CaptureQueriesContext(connection) as few:
        owner.get(PAGE)
    items += [suggested(arbiter, version) for _ in range(3)]
    for value in ("yes", "no", "partly"):
        judge = make_judge()
        for item in items:
            serve(judge, item, {"sound": value, "short": "yes"}, suggestion_shown=False)
            say(judge, item, value)
    with CaptureQueriesContext(connection) as many:
        owner.get(PAGE)
    assert len(many) == len(few) <= 50

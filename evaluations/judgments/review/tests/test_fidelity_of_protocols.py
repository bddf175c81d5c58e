"""What a rule gives for a judge's answers beside what the same judge says outright."""

import uuid

import pytest

from evaluations.judgments.answers.actions import Direct, Served, submit_judgment
from evaluations.judgments.models import Item, Judge, ProtocolVersion
from evaluations.judgments.review.fidelity import VALUES, fidelity_of
from evaluations.judgments.tests.cast import (
    classify,
    give,
    make_block,
    make_criterion,
    make_definition,
    make_judge,
    make_output,
)
from evaluations.judgments.tests.protocol_cast import make_item, make_protocol
from evaluations.judgments.tests.review_cast import serve
from evaluations.measures.intervals import prompt_clustered

pytestmark = pytest.mark.django_db

YES, PARTLY, NO, UNKNOWN = (VALUES.index(v) for v in ("yes", "partly", "no", "cannot-tell"))


@pytest.fixture
def version() -> ProtocolVersion:
    """Asks two criteria, a definition that needs both, and the holistic question."""
    make_criterion("sound")
    make_criterion("short")
    make_criterion("elsewhere")
    both = make_definition("both", {"all": ["sound", "short"]})
    make_definition("wider", {"any": ["sound", "elsewhere"]})
    return make_protocol(
        blocks=(make_block("sound", "short"),), definitions=(both,), asks_holistic=True
    )


def say(judge: Judge, item: Item, *, direct: str = "", holistic: str = "") -> None:

    definition = item.version.definitions.get()
    submit_judgment(
        judge=judge,
        output=item.output,
        direct=[Direct(version=definition, value=direct)] if direct else [],
        holistic=holistic,
        form_token=uuid.uuid4(),
        served=Served(item=item, page="said"),
    )


def test_pairs_are_counted_by_computed_verdict_and_word(version: ProtocolVersion) -> None:
    first, second = (make_item(version, make_output()) for _ in range(2))
    ida, jon, kim = make_judge(), make_judge(), make_judge()
    serve(ida, first, {"sound": "yes", "short": "yes"})
    serve(jon, first, {"sound": "yes", "short": "no"})
    serve(kim, first, {"sound": "yes"})
    serve(ida, second, {"sound": "no"})
    say(ida, first, direct="yes", holistic="no")
    say(jon, first, direct="yes")
    say(kim, first, direct="yes")
    say(ida, second, direct="cannot-tell")
    by_wording, without = fidelity_of(version)
    assert (by_wording.definition.definition.slug, by_wording.holistic) == ("both", False)
    assert by_wording.table[YES][YES] == 1
    assert by_wording.table[NO][YES] == 1
    assert by_wording.table[UNKNOWN][YES] == 1
    assert by_wording.table[NO][UNKNOWN] == 1
    counts = (by_wording.pairs, by_wording.settled, by_wording.undetermined, by_wording.cannot_tell)
    assert counts == (4, 2, 1, 1)
    assert by_wording.share == prompt_clustered([1, 0], [first.output_id, first.output_id])
    # Of the published definitions only the one whose rule is asked throughout.
    assert (without.definition.definition.slug, without.holistic) == ("both", True)
    assert without.table[YES][NO] == 1
    assert without.pairs == 1


def test_answers_to_criteria_may_come_from_elsewhere_but_words_may_not(
    version: ProtocolVersion,
) -> None:
    item = make_item(version, make_output())
    ida, jon = make_judge(), make_judge()
    give(ida, item.output, {"sound": "yes", "short": "yes"})
    say(ida, item, direct="yes")
    classify(jon, item.output, version.definitions.get(), "no")
    (row,) = fidelity_of(version)
    assert (row.pairs, row.table[YES][YES]) == (1, 1)


def test_answers_given_beside_a_suggestion_feed_no_rule(version: ProtocolVersion) -> None:
    item, judge = make_item(version, make_output()), make_judge()
    serve(judge, item, {"sound": "yes", "short": "yes"}, suggestion_shown=True)
    say(judge, item, direct="yes")
    assert fidelity_of(version) == []


def test_the_absence_policy_speaks_where_the_trace_is_withheld() -> None:
    make_criterion("sound", process=True)
    make_criterion("short")
    rule = {"all": ["sound", "short"]}
    strict = make_definition("strict", rule, absence_policy="must-be-shown")
    version = make_protocol(definitions=(strict,))
    hidden = make_item(version, make_output(trace="", trace_visibility="hidden"))
    shown = make_item(version, make_output())
    judge = make_judge()
    for item in (hidden, shown):
        give(judge, item.output, {"short": "yes"})
        say(judge, item, direct="no")
    (row,) = fidelity_of(version)
    assert (row.table[NO][NO], row.table[UNKNOWN][NO]) == (1, 1)


def test_there_is_nothing_without_words(version: ProtocolVersion) -> None:
    item = make_item(version, make_output())
    serve(make_judge(), item, {"sound": "yes"})
    assert fidelity_of(version) == []
    assert fidelity_of(make_protocol("pairs", subject="pair")) == []

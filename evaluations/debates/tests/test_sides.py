"""Votes, sides and what bridges them: by blind judging, else by stance, else not at all."""

import datetime as dt
from typing import Any
from unittest.mock import patch

import numpy as np
import pytest
from django.db import transaction
from django.utils import timezone

from evaluations.accounts.models import User
from evaluations.debates.actions import begun
from evaluations.debates.lookups import Debate, Reader
from evaluations.debates.models import Reaction, Stance, Statement, Vote
from evaluations.debates.pool import Entry
from evaluations.debates.refusals import DebateRefused
from evaluations.debates.retiring_actions import restore, retire
from evaluations.debates.tests.cast import (
    call,
    counterexample,
    judged,
    make_statement,
    make_version,
    next_version,
    votes,
)
from evaluations.debates.vote_actions import react, take_back_vote, take_stance, vote
from evaluations.debates.weighing.calls import calls_in, weight_at
from evaluations.debates.weighing.checks import ANSWERED, GONE, MOVED, OPEN, STANDS, Checks
from evaluations.debates.weighing.tallies import BY_CALLS, BY_STANCE, NO_SIDES, had_badge, votes_on
from evaluations.definitions.models import DefinitionVersion
from evaluations.judgments.answers.actions import reveal_answers
from evaluations.judgments.judges.visitors import has_judged_blind
from evaluations.judgments.models import Judge
from evaluations.judgments.tests.cast import (
    give,
    make_criterion,
    make_judge,
    make_output,
    make_user,
)
from evaluations.leaderboards.matrix.current import current_matrix
from evaluations.runs.models import Output

pytestmark = pytest.mark.django_db


@pytest.fixture
def version() -> DefinitionVersion:
    return make_version()


def camp(name: str, size: int = 3) -> list[User]:
    return [make_user(f"{name}-{n}") for n in range(size)]


def debate(version: DefinitionVersion, reader: User | None = None) -> Debate:
    judge = Judge.objects.filter(user=reader).first() if reader else None
    return Debate(version, Reader(reader, judge))


def entry_of(statement: Statement, reader: User | None = None) -> Entry:
    found = debate(statement.version, reader)
    return next(it for it in found.entries if it.key == statement.pk)


def stand(version: DefinitionVersion, people: list[User], value: str) -> None:
    for person in people:
        take_stance(version=version, person=person, value=value)


# Votes ------------------------------------------------------------------------------------------


def test_a_vote_has_two_axes_and_supersedes(version: DefinitionVersion) -> None:
    made, bob = make_statement(version), make_user("bob")
    first = vote(statement=made, voter=bob, useful=True)
    assert vote(statement=made, voter=bob, useful=True) == first
    vote(statement=made, voter=bob, agreement="disagree")
    assert Vote.objects.count() == 2
    now = Vote.objects.current().get()
    assert (now.useful, now.agreement) == (True, "disagree")
    take_back_vote(statement=made, voter=bob)
    assert not Vote.objects.current().exists()
    assert entry_of(made).tally.voted == 0


@pytest.mark.parametrize(
    ("said", "match"),
    [({}, "Say whether it is useful"), ({"agreement": "odd"}, "Agree, disagree")],
)
def test_an_empty_or_odd_vote_is_refused(version: DefinitionVersion, said: Any, match: str) -> None:
    with pytest.raises(DebateRefused, match=match):
        vote(statement=make_statement(version), voter=make_user("bob"), **said)


def test_nobody_votes_on_their_own(version: DefinitionVersion) -> None:
    ada = make_user("ada")
    made = make_statement(version, ada)
    with pytest.raises(DebateRefused, match="your own"):
        vote(statement=made, voter=ada, useful=True)
    with pytest.raises(DebateRefused, match="your own"):
        react(statement=made, person=ada, kind="crux")
    retire(statement=made, actor=ada)
    with pytest.raises(DebateRefused, match="retired meanwhile"):
        begun(made, make_user("bob"))


def test_votes_of_who_abused_the_debate_do_not_count(version: DefinitionVersion) -> None:
    made, bob = make_statement(version), make_user("bob")
    vote(statement=made, voter=bob, useful=True)
    assert entry_of(made).tally.useful == 1
    bad = make_statement(version, bob, "Something that insults people.")
    retire(statement=bad, actor=make_user("mod", role="moderator"), sentence="x", reason="abuse")
    assert entry_of(made).tally.useful == 0
    assert Vote.objects.current().count() == 1


def test_kept_votes_are_those_that_a_count_would_find(version: DefinitionVersion) -> None:
    """Whatever changes them: a new vote, another, one taken back, an author or a voter gone."""
    held = current_matrix()

    def kept() -> tuple[int, ...]:
        found = votes_on(version, held)
        again = votes_on(version, held)
        assert again is found
        return tuple(np.sort(found.statement * 10 + found.useful).tolist())

    def seen(*those: tuple[Statement, int]) -> tuple[int, ...]:
        return tuple(sorted(each.pk * 10 + useful for each, useful in those))

    assert kept() == ()
    first = make_statement(version)
    second = make_statement(version, text="It names no step that could be checked.")
    bob, eve = make_user("bob"), make_user("eve")
    vote(statement=first, voter=bob, useful=True)
    assert kept() == seen((first, 1))
    vote(statement=second, voter=eve, useful=True)
    vote(statement=first, voter=bob, useful=False)
    assert kept() == seen((first, 0), (second, 1))
    take_back_vote(statement=first, voter=bob)
    assert kept() == seen((second, 1))
    vote(statement=first, voter=bob, useful=True)
    moderator = make_user("mod", role="moderator")
    retire(statement=second, actor=moderator, sentence="x", reason="duplicate")
    assert kept() == seen((first, 1))
    restore(statement=second, actor=moderator, sentence="y")
    assert kept() == seen((first, 1), (second, 1))
    with transaction.atomic():
        vote(statement=first, voter=eve, useful=True)
        assert len(kept()) == 3
        transaction.set_rollback(True)
    assert kept() == seen((first, 1), (second, 1))
    vote(statement=second, voter=bob, useful=False)
    assert kept() == seen((first, 1), (second, 0), (second, 1))
    eve.delete()
    assert kept() == seen((first, 1), (second, 0))


def test_a_reaction_of_a_kind_is_one(version: DefinitionVersion) -> None:
    made, bob = make_statement(version, text="One two three four five six."), make_user("bob")
    react(statement=made, person=bob, kind="define", quote="two three")
    react(statement=made, person=bob, kind="define", quote="two three")
    kept = react(statement=made, person=bob, kind="define", quote="four")
    assert (kept.start, kept.end) == (14, 18)
    react(statement=made, person=bob, kind="checked", link="https://example.org/a")
    assert Reaction.objects.count() == 3
    assert Reaction.objects.current().count() == 2
    with pytest.raises(DebateRefused, match="https link"):
        react(statement=made, person=bob, kind="checked", link="http://example.org")


# Stances ----------------------------------------------------------------------------------------


def test_a_change_may_be_credited_and_is_counted(version: DefinitionVersion) -> None:
    ada, bob = make_user("ada"), make_user("bob")
    made = make_statement(version, ada)
    with pytest.raises(DebateRefused, match="Say first where you stand"):
        take_stance(version=version, person=bob, value="use", because=made)
    take_stance(version=version, person=bob, value="use")
    with pytest.raises(DebateRefused, match="you stand where you stood"):
        take_stance(version=version, person=bob, value="use", because=made)
    take_stance(version=version, person=bob, value="reject", because=made)
    stand(version, [ada], "use")
    with pytest.raises(DebateRefused, match="your own statement"):
        take_stance(version=version, person=ada, value="reject", because=made)
    assert entry_of(made).changed == 1
    assert Stance.objects.current().get(person=bob).before == "use"
    assert debate(version).stances == {"reject": 1, "use": 1}
    retire(statement=made, actor=ada)
    with pytest.raises(DebateRefused, match="not in the debate any more"):
        take_stance(version=version, person=bob, value="use", because=made)


# Sides ------------------------------------------------------------------------------------------


def test_without_two_sides_of_three_there_is_no_score(version: DefinitionVersion) -> None:
    made = make_statement(version)
    pro, contra = camp("pro"), camp("contra", 2)
    votes(made, pro + contra, useful=True)
    stand(version, pro, "use")
    stand(version, contra, "reject")
    found = debate(version)
    assert found.sides.basis == NO_SIDES
    assert sorted(found.sides.voters, reverse=True)[:2] == [3, 2]
    assert not found.bridging


def test_stances_make_the_sides_where_judging_places_too_few(version: DefinitionVersion) -> None:
    made, loved = make_statement(version), make_statement(version, text="Only one side likes it.")
    pro, contra = camp("pro"), camp("contra")
    stand(version, pro, "use")
    stand(version, contra, "reject")
    votes(made, pro + contra[:2], useful=True)
    votes(loved, pro, useful=True, agreement="agree")
    votes(loved, contra, useful=False, agreement="disagree")
    assert not debate(version).bridging
    votes(made, contra[2:], useful=True)
    found = debate(version, pro[0])
    assert found.sides.basis == BY_STANCE
    assert found.own_side.name == "would use it"
    (bridging,) = found.bridging
    assert (bridging.statement, bridging.tally.thin) == (made, True)
    assert bridging.tally.score == pytest.approx(0.4385, abs=1e-4)
    assert bridging.tally.undone_by == 1
    vote(statement=made, voter=pro[0], agreement="agree")
    told = {it.name: it for it in entry_of(made).tally.sides}
    assert (told["would use it"].useful, told["would use it"].rated) == (3, 3)
    assert (told["would use it"].agree, told["would use it"].answered) == (0, 0), "one of three"


def place_by_calls(people: list[User], outputs: list[Output], value: str) -> None:
    for person in people:
        judge, _ = Judge.objects.get_or_create(user=person, defaults={"kind": "person"})
        for output in outputs:
            call(judge, output, value)


def test_blind_calls_place_people_before_any_stance(version: DefinitionVersion) -> None:
    outputs = [judged("yes" if n % 2 else "no") for n in range(10)]
    made = make_statement(version)
    wide, narrow = camp("wide"), camp("narrow")
    place_by_calls(wide, outputs, "yes")
    place_by_calls(narrow, outputs, "no")
    stand(version, wide + narrow, "use")
    votes(made, wide, useful=True, agreement="agree")
    votes(made, narrow, useful=True, agreement="disagree")
    found = debate(version, wide[0])
    assert found.sides.basis == BY_CALLS
    assert found.own_side.name == "call more reasoning than this version does"
    assert found.own_side.left == 0
    (entry,) = found.entries
    assert entry.tally.badge
    assert not entry.tally.crux
    more = camp("wider", 1), camp("narrower", 1)
    place_by_calls(more[0], outputs, "yes")
    place_by_calls(more[1], outputs, "no")
    votes(made, more[0], useful=True, agreement="agree")
    votes(made, more[1], useful=True, agreement="disagree")
    assert [it.statement for it in debate(version).cruxes] == [made]


def test_what_was_called_after_sight_places_nobody(version: DefinitionVersion) -> None:
    outputs = [judged("yes") for _ in range(3)]
    bob = make_user("bob")
    judge = make_judge(user=bob)
    reveal_answers(judge=judge, output=outputs[0])
    for output in outputs:
        call(judge, output, "no")
    held = current_matrix()
    assert len(calls_in(held).judge) == 2
    place = [int(held.output.searchsorted(it.pk)) for it in outputs]
    assert [weight_at(version, held, at).callers for at in place] == [0, 1, 1]
    assert has_judged_blind(bob, 2)


def test_only_people_in_force_weigh(version: DefinitionVersion) -> None:
    output = judged("yes")
    first = make_judge()
    call(first, output, "no")
    call(first, output, "yes")
    call(make_judge("guest"), output, "no")
    call(make_judge(), output, "partly")
    call(make_judge(), output, "cannot-tell")
    call(make_judge(), output, "no")
    held = current_matrix()
    weight = weight_at(version, held, int(held.output.searchsorted(output.pk)))
    assert (weight.against, weight.callers) == (1, 3)


def test_a_badge_that_was_earned_stays_until_the_score_is_well_below() -> None:
    one = np.array([[True] * 12, [False] * 12])
    both = np.concatenate([one, ~one], axis=1)
    # 3 of 3 earn it, 4 of 5 are .376, which keeps it; 4 of 6 are .300, which loses it.
    start = np.ones(12, np.int64)
    for said, kept in (([1, 1, 1], True), ([1, 1, 1, 1, 0], True), ([1, 1, 1, 1, 0, 0], False)):
        votes_of = np.array([*start, *said])
        sides = both[:, : 12 + len(said)]
        assert had_badge(sides, votes_of) is kept, said
    assert not had_badge(both[:, :17], np.array([*start, 0, 1, 1, 1, 1]))


# Order ------------------------------------------------------------------------------------------


def test_counterexamples_stand_by_the_weight_of_those_who_called(
    version: DefinitionVersion,
) -> None:
    light, heavy, useful = (judged("yes") for _ in range(3))
    for _ in range(2):
        call(make_judge(), light, "no")
    for _ in range(5):
        call(make_judge(), heavy, "no")
    rows = [
        counterexample(version, output, text=f"Counterexample number {n} of three.")
        for n, output in enumerate((light, heavy, useful))
    ]
    votes(rows[2], camp("fan", 5), useful=True)
    assert [it.statement for it in debate(version).standing] == [rows[1], rows[0], rows[2]]


def test_the_third_place_is_for_what_the_reader_has_not_seen(version: DefinitionVersion) -> None:
    bob = make_user("bob")
    rows = [make_statement(version, text=f"Question number {n} of five, is it?") for n in range(5)]
    fans = camp("fan", 4)
    for n in range(4):
        votes(rows[n], fans[: 4 - n], useful=True)
    for n in (0, 1, 2):
        vote(statement=rows[n], voter=bob, useful=True)
    shown = [it.statement for it in debate(version, bob).column("question")]
    assert shown[:3] == [rows[0], rows[1], rows[4]]
    assert set(shown) == set(rows)


# Checks -----------------------------------------------------------------------------------------


def state_of(statement: Any, version: DefinitionVersion) -> Any:
    (found,) = Checks(version).of_statement(statement).values()
    return found


def test_a_counterexample_stands_falls_and_is_answered(version: DefinitionVersion) -> None:
    output = judged("yes")
    made = counterexample(version, output)
    assert state_of(made, version).state == STANDS
    make_criterion("two")
    second = next_version(version, {"all": ["one", "two"]})
    assert state_of(made, second).state == OPEN
    give(make_judge(), output, {"two": "no"})
    third = next_version(second, {"all": ["one", "two", {"any": ["one", "two"]}]})
    found = state_of(made, third)
    assert (found.state, found.by, found.verdict) == (ANSWERED, 2, "not-reasoning")
    fourth = next_version(third, "one")
    assert state_of(made, fourth).state == STANDS
    for _ in range(2):
        give(make_judge(), output, {"one": "no"})
    assert state_of(made, version).state == MOVED
    assert state_of(made, fourth).state == MOVED


def test_the_day_on_which_answers_moved_it(version: DefinitionVersion) -> None:
    output = make_output()
    days = [dt.datetime(2026, month, 3, tzinfo=dt.UTC) for month in (1, 2, 2, 3)]
    made = None
    for day, value in zip(days, ("yes", "no", "no", "no"), strict=True):
        with patch("django.utils.timezone.now", return_value=day):
            give(make_judge(), output, {"one": value})
        made = made or counterexample(version, output)
    found = state_of(made, version)
    assert (found.state, found.since) == (MOVED, dt.date(2026, 2, 3))


def test_a_withdrawn_output_is_gone_and_kept(version: DefinitionVersion) -> None:
    output = judged("yes")
    made = counterexample(version, output)
    Output.objects.filter(pk=output.pk).update(withdrawn_at=timezone.now())
    assert state_of(made, version).state == GONE
    assert [it.statement for it in debate(version).fallen] == [made]

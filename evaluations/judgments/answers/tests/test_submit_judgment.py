"""Saving a form: rows, superseding, sharing by prompt, second sendings, refusals."""

import threading
import uuid

import pytest
from django.db import connection
from django.utils import timezone

from evaluations.judgments.answers.actions import (
    Direct,
    JudgmentRefused,
    Stale,
    reveal_answers,
    skip_output,
    submit_judgment,
)
from evaluations.judgments.answers.staleness import latest_judgment_id
from evaluations.judgments.models import Answer, Judgment, Skip
from evaluations.judgments.tests.cast import (
    classify,
    give,
    make_criterion,
    make_definition,
    make_judge,
    make_output,
    make_prompt,
    reword,
)
from evaluations.runs.models import Output, Run

pytestmark = pytest.mark.django_db


def current(**where: object) -> dict[str | None, str]:
    return {
        answer.criterion.key if answer.criterion else None: answer.value
        for answer in Answer.objects.current().filter(**where).select_related("criterion")
    }


def test_answers_are_rows_of_their_own() -> None:
    one, two = make_criterion("one"), make_criterion("two")
    judge, output = make_judge(), make_output()
    (judgment,) = submit_judgment(
        judge=judge,
        output=output,
        answers={one: "yes", two: "cannot-tell"},
        form_token=uuid.uuid4(),
        comment="odd",
        seconds=12.5,
    )
    judgment.refresh_from_db()
    assert (judgment.judge, judgment.output, judgment.prompt) == (judge, output, None)
    assert (judgment.comment, judgment.seconds, judgment.blind) == ("odd", 12.5, True)
    assert set(
        judgment.answers.values_list("criterion_version", "judge", "output", "value", "is_current")
    ) == {
        (one.pk, judge.pk, output.pk, "yes", True),
        (two.pk, judge.pk, output.pk, "cannot-tell", True),
    }


def test_a_later_answer_supersedes_and_what_was_not_asked_again_stands() -> None:
    make_criterion("one")
    make_criterion("two")
    judge, output = make_judge(), make_output()
    give(judge, output, {"one": "yes", "two": "no"})
    give(judge, output, {"one": "partly"})
    assert current(judge=judge) == {"one": "partly", "two": "no"}
    later = Answer.objects.current().get(criterion__key="one")
    assert later.supersedes is not None
    assert (later.supersedes.value, later.supersedes.is_current) == ("yes", False)
    assert Answer.objects.count() == 3


def test_another_judge_and_another_output_are_left_alone() -> None:
    make_criterion("one")
    mine, theirs = make_judge(), make_judge()
    output, other = make_output(), make_output()
    give(theirs, output, {"one": "yes"})
    give(mine, other, {"one": "yes"})
    give(mine, output, {"one": "no"})
    assert current(judge=theirs) == {"one": "yes"}
    assert current(judge=mine, output=other) == {"one": "yes"}


def test_an_answer_in_a_newer_wording_supersedes_the_older_wording() -> None:
    first = make_criterion("one")
    judge, output = make_judge(), make_output()
    give(judge, output, {"one": "yes"})
    second = reword(first, "The same in other words?")
    give(judge, output, {"one": "no"})
    answer = Answer.objects.current().get()
    assert (answer.value, answer.criterion_version) == ("no", second)


def test_prompt_criteria_become_a_judgment_of_the_prompt_shared_by_its_outputs() -> None:
    make_criterion("needs-steps", level="prompt")
    make_criterion("one")
    judge, prompt = make_judge(), make_prompt()
    first, second = make_output(prompt=prompt), make_output(prompt=prompt)
    about_output, about_prompt = give(judge, first, {"one": "yes", "needs-steps": "no"})
    assert (about_output.output, about_output.prompt) == (first, None)
    assert (about_prompt.output, about_prompt.prompt) == (None, prompt)
    assert about_output.form_token == about_prompt.form_token
    assert set(Answer.objects.on(second).values_list("criterion__key", "value")) == {
        ("needs-steps", "no")
    }
    give(judge, second, {"needs-steps": "yes"})
    assert current(prompt=prompt) == {"needs-steps": "yes"}
    assert Judgment.objects.count() == 3


def test_the_direct_road_is_stored_apart() -> None:
    make_criterion("one")
    version = make_definition("taylor", "one")
    judge, output = make_judge(), make_output()
    classify(judge, output, version, "no", words="drawing", reason="None is drawn.")
    give(judge, output, {"one": "yes"})
    direct = Answer.objects.current().direct().get()
    assert (direct.definition_version, direct.value) == (version, "no")
    assert (direct.criterion, direct.words, direct.reason) == (None, "drawing", "None is drawn.")
    assert list(Answer.objects.current().computed().values_list("value", flat=True)) == ["yes"]
    classify(judge, output, version, "partly")
    assert Answer.objects.current().direct().get().value == "partly"
    assert current(criterion__key="one") == {"one": "yes"}


def test_a_form_sent_twice_is_stored_once() -> None:
    make_criterion("one")
    make_criterion("needs-steps", level="prompt")
    judge, output, token = make_judge(), make_output(), uuid.uuid4()
    answers = {"one": "yes", "needs-steps": "no"}
    first = give(judge, output, answers, form_token=token, seen=0)
    again = give(judge, output, answers, form_token=token, seen=0)
    assert [judgment.pk for judgment in first] == [judgment.pk for judgment in again]
    assert Answer.objects.count() == 2


def test_a_form_sent_again_with_other_answers_is_no_double_click() -> None:
    make_criterion("one")
    version = make_definition("taylor", "one")
    judge, output, token = make_judge(), make_output(), uuid.uuid4()
    give(judge, output, {"one": "yes"}, form_token=token)
    with pytest.raises(Stale):
        give(judge, output, {"one": "no"}, form_token=token)
    with pytest.raises(Stale):
        give(judge, output, {"one": "yes"}, form_token=token, comment="on second thoughts")
    with pytest.raises(Stale):
        submit_judgment(
            judge=judge,
            output=output,
            direct=[Direct(version=version, value="yes")],
            form_token=token,
        )
    assert current() == {"one": "yes"}


def test_two_judges_may_hold_the_same_token() -> None:
    make_criterion("one")
    output, token = make_output(), uuid.uuid4()
    give(make_judge(), output, {"one": "yes"}, form_token=token)
    give(make_judge(), output, {"one": "no"}, form_token=token)
    assert Judgment.objects.count() == 2


def test_what_was_saved_since_the_form_was_made_makes_it_stale() -> None:
    make_criterion("one")
    judge, output = make_judge(), make_output()
    seen = latest_judgment_id(judge, output)
    assert seen == 0
    give(judge, output, {"one": "yes"}, seen=seen)
    with pytest.raises(Stale):
        give(judge, output, {"one": "no"}, seen=seen)
    assert current() == {"one": "yes"}
    give(judge, output, {"one": "no"}, seen=latest_judgment_id(judge, output))
    assert current() == {"one": "no"}


def test_another_judges_saving_makes_nothing_stale() -> None:
    make_criterion("one")
    judge, output = make_judge(), make_output()
    give(make_judge(), output, {"one": "yes"})
    give(judge, output, {"one": "no"}, seen=latest_judgment_id(judge, output))
    assert current(judge=judge) == {"one": "no"}


def test_nothing_answered_or_an_unknown_value_is_refused() -> None:
    one = make_criterion("one")
    judge, output = make_judge(), make_output()
    with pytest.raises(JudgmentRefused, match="at least one"):
        give(judge, output, {})
    with pytest.raises(JudgmentRefused, match="maybe"):
        submit_judgment(judge=judge, output=output, answers={one: "maybe"}, form_token=uuid.uuid4())
    with pytest.raises(JudgmentRefused, match="perhaps"):
        classify(judge, output, make_definition("taylor", "one"), "perhaps")
    assert not Judgment.objects.exists()


def test_a_criterion_that_judges_do_not_answer_is_refused() -> None:
    make_criterion("stays-stable", level="set", answered_by="probe")
    with pytest.raises(JudgmentRefused, match="stays stable"):
        give(make_judge(), make_output(), {"stays-stable": "yes"})


@pytest.mark.parametrize("state", ["pending", "failed", "cancelled"])
def test_an_output_that_nobody_wrote_is_refused(state: str) -> None:
    make_criterion("one")
    with pytest.raises(JudgmentRefused, match="unfinished or withdrawn"):
        give(make_judge(), make_output(state=state), {"one": "yes"})


def test_a_withdrawn_output_or_run_is_refused_even_where_the_row_in_hand_is_older() -> None:
    make_criterion("one")
    judge, output = make_judge(), make_output()
    Output.objects.filter(pk=output.pk).update(withdrawn_at=timezone.now())
    with pytest.raises(JudgmentRefused, match="withdrawn"):
        give(judge, output, {"one": "yes"})
    Output.objects.filter(pk=output.pk).update(withdrawn_at=None)
    Run.objects.filter(pk=output.run_id).update(withdrawn_at=timezone.now())
    with pytest.raises(JudgmentRefused, match="withdrawn"):
        give(judge, output, {"one": "yes"})


def test_after_others_answers_were_shown_a_judgment_is_not_blind() -> None:
    make_criterion("one")
    judge, output, other = make_judge(), make_output(), make_output()
    (before,) = give(judge, output, {"one": "yes"})
    reveal_answers(judge=judge, output=output)
    reveal_answers(judge=judge, output=output)
    (after,) = give(judge, output, {"one": "no"})
    (elsewhere,) = give(judge, other, {"one": "no"})
    assert (before.blind, after.blind, elsewhere.blind) == (True, False, True)


def test_a_judgment_that_rests_on_a_summary_is_marked() -> None:
    make_criterion("one")
    make_criterion("needs-steps", level="prompt")
    about_output, about_prompt = give(
        make_judge(),
        make_output(trace_visibility="summary"),
        {"one": "yes", "needs-steps": "yes"},
    )
    assert (about_output.on_summary, about_prompt.on_summary) == (True, False)
    (full,) = give(make_judge(), make_output(), {"one": "yes"})
    assert not full.on_summary


def test_saving_takes_an_output_off_the_list_of_skipped_ones() -> None:
    make_criterion("one")
    judge, output = make_judge(), make_output()
    skip_output(judge=judge, output=output, reason="too long")
    skip_output(judge=judge, output=output, reason="x" * 300)
    assert Skip.objects.get().reason == "x" * 200
    give(judge, output, {"one": "yes"})
    assert not Skip.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_one_form_from_eight_threads_at_once_is_stored_once() -> None:
    make_criterion("one")
    make_criterion("needs-steps", level="prompt")
    judge, output, token = make_judge(), make_output(), uuid.uuid4()
    start = threading.Barrier(8)
    stored: list[list[int]] = []

    def send() -> None:
        try:
            start.wait()
            answers = {"one": "yes", "needs-steps": "no"}
            judgments = give(judge, output, answers, form_token=token, seen=0)
            stored.append([judgment.pk for judgment in judgments])
        finally:
            connection.close()

    threads = [threading.Thread(target=send) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(stored) == 8
    assert len({tuple(pks) for pks in stored}) == 1
    assert (Judgment.objects.count(), Answer.objects.count()) == (2, 2)


@pytest.mark.django_db(transaction=True)
def test_two_tabs_at_once_store_one_and_tell_the_other() -> None:
    make_criterion("one")
    judge, output = make_judge(), make_output()
    start = threading.Barrier(2)
    outcomes: list[str] = []

    def tab(value: str) -> None:
        try:
            start.wait()
            give(judge, output, {"one": value}, seen=0)
            outcomes.append(value)
        except Stale:
            outcomes.append("stale")
        finally:
            connection.close()

    threads = [threading.Thread(target=tab, args=(value,)) for value in ("yes", "no")]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(outcomes) == 2
    assert outcomes.count("stale") == 1
    assert Answer.objects.get().is_current

"""Labels of steps: what the form takes and refuses, what is kept, undone, read and compared."""

import re
import uuid
from typing import Any

import pytest
from django.template.loader import render_to_string
from django.utils import timezone

from evaluations.judgments.answers.step_labels import (
    LabelsOn,
    earlier_steps,
    first_error_of,
    labels_in,
    labels_on,
    step_table,
)
from evaluations.judgments.answers.steps import (
    CUT_ANEW,
    StepAnswers,
    StepFields,
    StepsRefused,
    says_the_same_of_steps,
    store_steps,
    undo_steps,
)
from evaluations.judgments.models import FirstError, Judge, Judgment, StepLabel
from evaluations.judgments.tests.cast import make_judge, make_model, make_output, make_run
from evaluations.runs.models import Output, Step

pytestmark = pytest.mark.django_db

TRACE = "The lamp is on.\nSo somebody is home.\nIt is Ada.\nI check: the lamp is on."
LABELS, FIRST = "labels", "first-error"


@pytest.fixture
def output() -> Output:
    return make_output(trace=TRACE)


@pytest.fixture
def judge() -> Judge:
    return make_judge()


def fields(output: Output, mode: str = LABELS, **data: str) -> StepFields:
    sent = {name.replace("_", "-"): value for name, value in data.items()}
    return StepFields(output, mode, {"segmentation": "1", **sent})


def keep(judge: Judge, output: Output, mode: str = LABELS, **said: Any) -> Judgment:
    """One form saved, as the submitting action does it."""
    judgment = Judgment.objects.create(
        judge=judge, output=output, item=said.pop("item", None), form_token=uuid.uuid4()
    )
    store_steps(judgment, StepAnswers(segmentation=1, mode=mode, **said))
    return judgment


def undo(*judgments: Judgment) -> None:
    Judgment.objects.filter(pk__in=[j.pk for j in judgments]).update(withdrawn_at=timezone.now())
    undo_steps(judgments)


def in_force(judge: Judge, output: Output) -> tuple[dict[int, str], dict[int, int], Any]:
    """Roles, correctness and first error (an index, "none", or None)."""
    found = labels_on(output, judge)
    if not found:
        return {}, {}, None
    (said,) = found
    first = "none" if said.no_error else said.first_error
    return dict(said.roles), dict(said.correctness), first


# The form ------------------------------------------------------------------------------------


def test_unmarked_and_neither_are_two_things(output: Output) -> None:
    form = fields(output, role_0="observation", correct_0="1", correct_1="0", correct_2="")
    assert form.is_valid()
    answers = form.answers()
    assert answers == StepAnswers(
        segmentation=1, mode=LABELS, roles={0: "observation"}, correctness={0: 1, 1: 0}
    )
    assert 2 not in answers.correctness


def test_the_first_error_is_a_step_or_none(output: Output) -> None:
    form = fields(output, FIRST, first_error="2")
    assert form.is_valid()
    assert form.answers() == StepAnswers(segmentation=1, mode=FIRST, first_error=2)
    form = fields(output, FIRST, first_error="none")
    assert form.is_valid()
    assert form.answers() == StepAnswers(segmentation=1, mode=FIRST, no_error=True)


def test_labels_are_not_taken_where_only_the_first_error_is_asked(output: Output) -> None:
    form = fields(output, FIRST, first_error="2", role_0="plan", correct_1="-1")
    assert form.is_valid()
    assert form.answers() == StepAnswers(segmentation=1, mode=FIRST, first_error=2)


def test_a_first_error_among_labels_is_a_wrong_step(output: Output) -> None:
    form = fields(output, first_error="1")
    assert form.is_valid()
    assert form.answers().correctness == {1: -1}


@pytest.mark.parametrize(
    ("mode", "data", "why"),
    [
        (LABELS, {}, "Label at least one step."),
        (LABELS, {"first_error": "none"}, "Label at least one step."),
        (FIRST, {}, "Choose the first step with an error, or “No error”."),
        (FIRST, {"first_error": ""}, "Choose the first step with an error, or “No error”."),
        (FIRST, {"first_error": "4"}, "There is no such step."),
        (LABELS, {"role_4": "plan"}, "There is no step 5."),
        (LABELS, {"correct_0": "1", "segmentation": "2"}, CUT_ANEW),
        (FIRST, {"first_error": "1", "segmentation": ""}, CUT_ANEW),
        (FIRST, {"first_error": "1", "segmentation": "one"}, CUT_ANEW),
        (
            LABELS,
            {"correct_1": "-1", "first_error": "2"},
            "Step 2 is marked wrong, so the first error cannot be step 3.",
        ),
        (
            LABELS,
            {"correct_1": "1", "first_error": "1"},
            "Step 2 is marked right and as the first error.",
        ),
        (
            LABELS,
            {"correct_3": "-1", "first_error": "none"},
            "Step 4 is marked wrong, so “No error” cannot be right as well.",
        ),
    ],
)
def test_what_does_not_fit_is_refused_in_a_sentence(
    output: Output, mode: str, data: dict[str, str], why: str
) -> None:
    form = fields(output, mode, **data)
    assert not form.is_valid()
    assert form.problems == [why]


@pytest.mark.parametrize(("name", "value"), [("role_0", "guess"), ("correct_0", "2")])
def test_unknown_labels_are_refused(output: Output, name: str, value: str) -> None:
    assert not fields(output, **{name: value}).is_valid()


def test_an_output_without_steps_keeps_nobody(judge: Judge) -> None:
    silent = make_output(trace="", trace_visibility="not-written")
    for mode in (LABELS, FIRST):
        form = StepFields(silent, mode, {})
        assert form.is_valid()
        store_steps(Judgment.objects.create(judge=judge, output=silent), form.answers())
        assert "no steps to label" in render_to_string("judgments/steps.html", {"fields": form})
    assert not FirstError.objects.exists()


# Keeping and undoing -------------------------------------------------------------------------


def test_labels_are_kept_with_the_segmentation_that_they_are_about(
    output: Output, judge: Judge
) -> None:
    keep(judge, output, roles={1: "inference", 3: "check"}, correctness={1: 1, 0: 0})
    assert in_force(judge, output) == ({1: "inference", 3: "check"}, {0: 0, 1: 1}, None)
    assert StepLabel.objects.get(step__index=3).correctness is None
    assert StepLabel.objects.get(step__index=0).role == ""


@pytest.mark.parametrize(
    ("said", "why"),
    [
        ({"segmentation": 2, "correctness": {0: 1}}, "cut into steps in another way"),
        ({"segmentation": 1, "correctness": {9: 1}}, "There is no step 10; the working has 4."),
        ({"segmentation": 1, "correctness": {0: 5}}, "right, neither or wrong"),
        ({"segmentation": 1, "roles": {0: "guess"}}, "roles is not known"),
        ({"segmentation": 1}, "Label at least one step."),
        ({"segmentation": 1, "mode": FIRST, "first_error": 1, "no_error": True}, "not both"),
    ],
)
def test_what_a_form_would_refuse_is_not_stored_either(
    output: Output, judge: Judge, said: dict[str, Any], why: str
) -> None:
    judgment = Judgment.objects.create(judge=judge, output=output)
    with pytest.raises(StepsRefused, match=re.escape(why)):
        store_steps(judgment, StepAnswers(**{"mode": LABELS, **said}))
    assert not StepLabel.objects.exists()
    assert not FirstError.objects.exists()


def test_steps_are_not_labelled_on_a_prompt(output: Output, judge: Judge) -> None:
    judgment = Judgment.objects.create(judge=judge, prompt=output.prompt)
    with pytest.raises(StepsRefused, match="on an output"):
        store_steps(judgment, StepAnswers(segmentation=1, mode=FIRST, no_error=True))


def test_a_later_form_is_the_whole_word_and_history_stays(output: Output, judge: Judge) -> None:
    keep(judge, output, correctness={0: 1, 1: 1}, first_error=2, roles={2: "plan"})
    keep(judge, output, correctness={1: -1})
    assert in_force(judge, output) == ({}, {1: -1}, None)
    assert StepLabel.objects.count() == 4
    assert FirstError.objects.count() == 1


def test_asking_only_for_the_first_error_leaves_labels_alone(output: Output, judge: Judge) -> None:
    keep(judge, output, correctness={0: 1})
    keep(judge, output, FIRST, first_error=3)
    keep(judge, output, FIRST, no_error=True)
    assert in_force(judge, output) == ({}, {0: 1}, "none")


def test_undo_brings_back_what_was_replaced(output: Output, judge: Judge) -> None:
    keep(judge, output, correctness={0: 1, 2: -1}, first_error=2)
    before = in_force(judge, output)
    second = keep(judge, output, roles={0: "plan"})
    third = keep(judge, output, FIRST, no_error=True)
    undo(third)
    assert in_force(judge, output) == ({0: "plan"}, {}, None)
    undo(second)
    assert in_force(judge, output) == before == ({}, {0: 1, 2: -1}, 2)


def test_undoing_a_form_that_was_replaced_already_changes_nothing(
    output: Output, judge: Judge
) -> None:
    first = keep(judge, output, correctness={0: 1})
    second = keep(judge, output, correctness={1: 0})
    undo(first)
    assert in_force(judge, output) == ({}, {1: 0}, None)
    undo(second)
    assert in_force(judge, output) == ({}, {}, None)


def test_undo_touches_only_this_judge_and_output(output: Output, judge: Judge) -> None:
    other, elsewhere = make_judge(), make_output(trace=TRACE)
    keep(other, output, FIRST, first_error=1)
    keep(judge, elsewhere, FIRST, first_error=2)
    undo(keep(judge, output, FIRST, no_error=True))
    assert in_force(other, output)[2] == 1
    assert in_force(judge, elsewhere)[2] == 2
    assert in_force(judge, output)[2] is None


def test_a_newer_segmentation_does_not_touch_labels_of_the_older(
    output: Output, judge: Judge
) -> None:
    keep(judge, output, FIRST, first_error=1)
    Step.objects.create(output=output, segmentation=2, index=0, start=0, end=len(TRACE))
    output.refresh_from_db()
    form = StepFields(output, FIRST, {"segmentation": "1", "first-error": "0"})
    assert not form.is_valid()
    assert form.problems == [CUT_ANEW]
    form = StepFields(output, FIRST, {"segmentation": "2", "first-error": "0"})
    assert form.is_valid()
    store_steps(Judgment.objects.create(judge=judge, output=output), form.answers())
    assert [(said.segmentation, said.first_error) for said in labels_on(output, judge)] == [
        (1, 1),
        (2, 0),
    ]


def test_a_form_that_comes_back_is_recognised(output: Output, judge: Judge) -> None:
    said = StepAnswers(segmentation=1, mode=LABELS, roles={0: "plan"}, correctness={1: 0})
    judgment = Judgment.objects.create(judge=judge, output=output)
    store_steps(judgment, said)
    assert says_the_same_of_steps([judgment], said)
    assert not says_the_same_of_steps([judgment], None)
    assert not says_the_same_of_steps(
        [judgment], StepAnswers(segmentation=1, mode=LABELS, roles={0: "plan"}, correctness={1: 1})
    )
    error = keep(judge, output, FIRST, no_error=True)
    none = StepAnswers(segmentation=1, mode=FIRST, no_error=True)
    assert says_the_same_of_steps([error], none)
    assert not says_the_same_of_steps(
        [error], StepAnswers(segmentation=1, mode=FIRST, first_error=0)
    )


# Reading -------------------------------------------------------------------------------------


def test_a_form_starts_from_earlier_labels_or_from_what_was_undone(
    output: Output, judge: Judge
) -> None:
    keep(judge, output, roles={0: "plan"}, correctness={1: -1}, first_error=1)
    undone = keep(judge, output, correctness={3: 0})
    assert earlier_steps(None, output) == {}
    assert earlier_steps(judge, output) == {"correct-3": "0"}
    undo(undone)
    initial = earlier_steps(judge, output)
    assert initial == {"role-0": "plan", "correct-1": "-1", "first-error": "1"}
    assert earlier_steps(judge, output, undone=undone.form_token) == {"correct-3": "0"}
    rows = StepFields(output, LABELS, initial=initial).rows
    assert [row.role for row in rows] == ["plan", "", "", ""]
    assert [row.correct for row in rows] == ["", "-1", "", ""]
    assert [row.is_first_error for row in rows] == [False, True, False, False]


@pytest.mark.parametrize(
    ("correctness", "expected"),
    [
        ({0: 1, 1: -1}, 1),
        ({0: 1, 1: 0, 2: -1}, 2),
        ({1: -1}, None),
        ({0: 1}, None),
        ({0: 1, 1: 0, 2: 1}, "none"),
        ({}, None),
    ],
)
def test_the_first_error_follows_from_labels_only_where_nothing_is_open(
    correctness: dict[int, int], expected: Any
) -> None:
    said = StepAnswers(segmentation=1, mode=LABELS, correctness=correctness)
    assert first_error_of(said, 3) == expected


def test_reading_many_outputs_takes_as_many_queries_as_reading_one(
    output: Output, judge: Judge, django_assert_num_queries: Any
) -> None:
    outputs = [output, *(make_output(trace=TRACE) for _ in range(4))]
    for each in outputs:
        keep(judge, each, correctness={0: 1})
        keep(make_judge(), each, FIRST, first_error=1)
    for some in (outputs[:1], outputs):
        with django_assert_num_queries(3):
            found: list[LabelsOn] = labels_in([each.pk for each in some])
        assert len(found) == 2 * len(some)


def test_the_outputs_page_counts_labels(output: Output, judge: Judge) -> None:
    assert step_table(output, judge) is None
    keep(judge, output, roles={0: "observation"}, correctness={0: 1})
    keep(make_judge(), output, roles={0: "restatement"}, correctness={0: 1, 2: -1}, first_error=2)
    keep(make_judge(), output, FIRST, no_error=True)
    table = step_table(output, judge)
    assert table is not None
    assert (table.judges, table.told, table.no_error, table.imported) == (3, 2, 1, 0)
    assert [row.number for row in table.rows] == [1, 3]
    first, third = table.rows
    assert first.correctness == [("right", 2)]
    assert first.roles == [("observation", 1), ("restatement", 1)]
    assert (first.yours, third.yours, third.first_error) == ("observation, right", "", 1)
    html = render_to_string("leaderboards/step_labels.html", {"step_labels": table})
    assert "Labelled by 3 judges." in html
    assert "No error: 1 of the 2" in html
    assert "Yours: observation, right" in html
    assert "step_labels" not in render_to_string(
        "leaderboards/step_labels.html", {"step_labels": None}
    )


# The page ------------------------------------------------------------------------------------


def controls(html: str) -> set[str]:
    return set(re.findall(r'<(?:input type="radio"|select) name="([\w-]+)"', html))


def test_every_step_has_its_own_controls(output: Output) -> None:
    form = StepFields(output, LABELS, initial={"correct-1": "0", "first-error": "none"})
    html = render_to_string("judgments/steps.html", {"fields": form})
    assert html.count("<fieldset") == 5
    assert controls(html) == {
        *(f"role-{n}" for n in range(4)),
        *(f"correct-{n}" for n in range(4)),
        "first-error",
    }
    assert re.search(r'id="correct-1-neither"[^>]* checked', html)
    assert re.search(r'id="correct-0-unmarked"[^>]* checked', html)
    assert re.search(r'id="first-error-none"[^>]* checked', html)
    assert '<input type="hidden" name="segmentation" form="judging" value="1">' in html
    names = re.findall(r' id="([\w-]+)"', html)
    assert len(names) == len(set(names))


def test_first_error_mode_asks_one_thing_and_keeps_what_was_sent(output: Output) -> None:
    html = render_to_string(
        "judgments/steps.html", {"fields": fields(output, FIRST, first_error="2", segmentation="7")}
    )
    assert controls(html) == {"first-error"}
    assert re.search(r'id="first-error-2"[^>]* checked', html)
    assert "cut into steps in another way" in html
    assert 'name="segmentation" form="judging" value="1"' in html


def test_the_text_of_a_step_is_escaped_and_names_are_masked() -> None:
    run = make_run(make_model(name="Babbler 135M", maker="Tower"))
    shown = make_output(run=run, trace="<b>I am Babbler.</b>\nThe Tower made me.", names_model=True)
    html = render_to_string("judgments/steps.html", {"fields": StepFields(shown, FIRST)})
    assert "&lt;b&gt;I am ███████.&lt;/b&gt;" in html
    assert "The █████ made me." in html
    assert "Babbler" not in html

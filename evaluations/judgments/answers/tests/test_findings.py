"""Findings: who may enter them, what they supersede, what is refused."""

import pytest

from evaluations.judgments.answers.actions import JudgmentRefused
from evaluations.judgments.answers.findings import record_finding
from evaluations.judgments.models import Finding
from evaluations.judgments.tests.cast import (
    make_criterion,
    make_model,
    make_output,
    make_user,
    reword,
)
from tests.cast import make_staff

pytestmark = pytest.mark.django_db


def test_a_finding_supersedes_the_one_about_the_same_subject_only() -> None:
    wording = make_criterion("stays-stable", level="set", answered_by="probe")
    staff, model, output = make_staff(), make_model(), make_output()
    first = record_finding(
        finding=Finding(criterion_version=wording, model=model, value="no", source="probe"),
        actor=staff,
    )
    other = record_finding(
        finding=Finding(criterion_version=wording, output=output, value="no", source="probe"),
        actor=staff,
    )
    second = record_finding(
        finding=Finding(criterion_version=wording, model=model, value="yes", source="probe"),
        actor=staff,
    )
    first.refresh_from_db()
    assert (second.supersedes, second.created_by) == (first, staff)
    assert set(Finding.objects.current()) == {second, other}
    assert first.value == "no"


def test_an_editorial_wording_supersedes_and_a_new_question_stands_beside_the_old() -> None:
    first = make_criterion("stays-stable", level="set", answered_by="probe")
    model = make_model()

    def enter(wording: object, value: str) -> Finding:
        return record_finding(
            finding=Finding(criterion_version=wording, model=model, value=value, source="probe")
        )

    enter(first, "no")
    same = enter(reword(first, "In other words?"), "partly")
    assert list(Finding.objects.current()) == [same]
    new = enter(reword(first, "Something else?", new_question=True), "yes")
    assert set(Finding.objects.current()) == {same, new}


def test_only_staff_may_enter_one_by_hand() -> None:
    wording = make_criterion("stays-stable", level="set", answered_by="probe")
    with pytest.raises(PermissionError, match="Only staff"):
        record_finding(
            finding=Finding(
                criterion_version=wording, model=make_model(), value="no", source="probe"
            ),
            actor=make_user(),
        )
    assert not Finding.objects.exists()


def test_what_judges_answer_takes_no_finding() -> None:
    wording = make_criterion("one")
    with pytest.raises(JudgmentRefused, match="answered by judges"):
        record_finding(
            finding=Finding(
                criterion_version=wording, output=make_output(), value="no", source="probe"
            )
        )


def test_half_a_subject_or_evidence_without_a_link_is_refused_and_nothing_is_lost() -> None:
    wording = make_criterion("faithful", level="mechanism", answered_by="evidence")
    model = make_model()
    kept = record_finding(
        finding=Finding(criterion_version=wording, model=model, value="no", source="probe")
    )
    with pytest.raises(JudgmentRefused, match="exactly one output"):
        record_finding(finding=Finding(criterion_version=wording, value="no", source="probe"))
    with pytest.raises(JudgmentRefused, match="needs its link"):
        record_finding(
            finding=Finding(criterion_version=wording, model=model, value="no", source="evidence")
        )
    assert list(Finding.objects.current()) == [kept]

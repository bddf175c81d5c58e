"""Which judgments of guests count on a board that includes guests."""

import pytest

from evaluations.definitions.models import DefinitionVersion
from evaluations.judgments.me.attach import attach_guest
from evaluations.judgments.models import Answer, GuestCheck, Judge, Judgment
from evaluations.judgments.tests.cast import (
    make_criterion,
    make_definition,
    make_judge,
    make_output,
    make_user,
)
from evaluations.leaderboards.matrix.answers import Selection
from evaluations.leaderboards.matrix.current import current_matrix
from evaluations.runs.models import Output

pytestmark = pytest.mark.django_db

COLUMN = ("one", 1)
GUESTS = Selection(judges="guests")


@pytest.fixture(autouse=True)
def definition() -> DefinitionVersion:
    make_criterion("one")
    return make_definition("taylor", "one")


def judged(guest: Judge, output: Output, check: str, definition: DefinitionVersion) -> None:
    """Both roads, with the check as the judging page stores it."""
    judgment = Judgment.objects.create(judge=guest, output=output, guest_check=check)
    wording = definition.criterion_versions.get()
    shared = {"judgment": judgment, "judge": guest, "output": output, "value": "yes"}
    Answer.objects.create(
        criterion=wording.criterion, criterion_version=wording, meaning=wording.meaning, **shared
    )
    Answer.objects.create(definition_version=definition, **shared)


@pytest.mark.parametrize("check", GuestCheck.values)
def test_boards_with_guests_count_only_what_was_counted(
    check: str, definition: DefinitionVersion
) -> None:
    guest = make_judge("guest")
    judged(guest, make_output(), check, definition)
    held = current_matrix()
    expected = check == GuestCheck.COUNTED
    assert held.column(COLUMN, GUESTS).asked.tolist() == [expected]
    assert held.direct[definition.pk].mask(GUESTS).tolist() == [expected]
    assert not held.column(COLUMN, Selection()).asked.any()
    assert held.column(COLUMN, Selection(judges="models")).asked.tolist() == [False]
    assert held.column(COLUMN, Selection(also_judge=guest.pk)).asked.all(), "with yours"


@pytest.mark.parametrize("check", GuestCheck.values)
@pytest.mark.parametrize("judged_before", [False, True])
def test_signing_up_or_in_counts_them_all(
    check: str, judged_before: bool, definition: DefinitionVersion
) -> None:
    guest, user, output = make_judge("guest"), make_user(), make_output()
    if judged_before:
        make_judge(user=user)
    judged(guest, output, check, definition)
    assert not current_matrix().column(COLUMN, Selection()).asked.any()
    attach_guest(guest=guest, user=user)
    assert current_matrix().column(COLUMN, Selection()).asked.all()

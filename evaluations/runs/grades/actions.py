"""Saying that a grade rests on something that is not the answer."""

from django.db import transaction

from evaluations.accounts.models import User
from evaluations.runs.models import Grade, Misreading


@transaction.atomic
def report_misreading(*, grade: Grade, answer: str, reporter: User | None) -> Misreading:
    """Tell researchers; somebody who says it of the same grade again is heard once.

    Args:
        answer: what the output's answer is, as the reporter reads it; may be empty.
        reporter: None for a guest.
    """
    if reporter is None:
        return Misreading.objects.create(grade=grade, answer=answer)
    kept, _ = Misreading.objects.get_or_create(
        grade=grade, reporter=reporter, defaults={"answer": answer}
    )
    return kept

"""Who is judging: the judge behind a request, a guest's key, and a guest who signs up."""

import uuid
from dataclasses import dataclass

from django.db import transaction
from django.http import HttpRequest
from django.utils import timezone

from evaluations.accounts.models import User
from evaluations.judgments.models import Answer, Judge, JudgeKind, Judgment, Reveal, Skip

GUEST_KEY = "guest_key"


@dataclass(frozen=True)
class Visitor:
    """The person behind a request: signed in or guest, with a judge once they judged."""

    user: User | None
    judge: Judge | None

    @property
    def is_guest(self) -> bool:
        return self.user is None


def visitor(request: HttpRequest) -> Visitor:
    """The visitor of *request*; makes no rows, so that reading leaves no trace."""
    if request.user.is_authenticated:
        return Visitor(request.user, Judge.objects.filter(user=request.user).first())
    key = request.session.get(GUEST_KEY)
    judge = Judge.objects.filter(guest_key=key).first() if key else None
    return Visitor(None, judge)


def judge_for(request: HttpRequest, form_token: uuid.UUID | None = None) -> Judge:
    """The visitor's judge, made at their first judgment.

    A guest without a session takes the form's token as key, so that a first form that is sent
    twice comes from one guest.
    """
    if request.user.is_authenticated:
        judge, _ = Judge.objects.get_or_create(
            user=request.user, defaults={"kind": JudgeKind.PERSON}
        )
        return judge
    key = request.session.get(GUEST_KEY)
    if not key:
        key = request.session[GUEST_KEY] = str(form_token or uuid.uuid4())
    judge, _ = Judge.objects.get_or_create(guest_key=key, defaults={"kind": JudgeKind.GUEST})
    return judge


@transaction.atomic
def attach_guest(*, guest: Judge, user: User) -> Judge:
    """Give a guest's judgments to the account they signed up with or signed in to.

    A new account takes the guest over whole. An account that has judged before keeps its own
    answers; the guest's are copied where it has none, and the guest's own rows are withdrawn.
    """
    guest = Judge.objects.select_for_update().get(pk=guest.pk)
    if guest.kind != JudgeKind.GUEST:
        raise ValueError("Only a guest can be attached to an account.")
    own = Judge.objects.select_for_update().filter(user=user).first()
    if own is None:
        guest.kind, guest.user, guest.guest_key = JudgeKind.PERSON, user, None
        guest.save(update_fields=["kind", "user", "guest_key"])
        return guest
    kept = set(
        own.answers.filter(is_current=True).values_list(
            "output_id", "prompt_id", "criterion_id", "meaning", "definition_version_id"
        )
    )
    for judgment in guest.judgments.filter(withdrawn_at=None).order_by("id"):
        answers = [
            answer
            for answer in judgment.answers.filter(is_current=True)
            if (
                answer.output_id,
                answer.prompt_id,
                answer.criterion_id,
                answer.meaning,
                answer.definition_version_id,
            )
            not in kept
        ]
        if answers:
            copy_judgment(judgment, answers, own)
    guest.answers.filter(is_current=True).update(is_current=False)
    guest.judgments.filter(withdrawn_at=None).update(withdrawn_at=timezone.now())
    for model in (Reveal, Skip):
        seen = model.objects.filter(judge=own).values_list("output_id", flat=True)
        model.objects.filter(judge=guest).exclude(output_id__in=seen).update(judge=own)
    return own


def copy_judgment(judgment: Judgment, answers: list[Answer], judge: Judge) -> Judgment:
    """Write a judgment and some of its answers again under another judge."""
    copy = Judgment.objects.create(
        judge=judge,
        output_id=judgment.output_id,
        prompt_id=judgment.prompt_id,
        form_token=judgment.form_token,
        blind=judgment.blind,
        on_summary=judgment.on_summary,
        comment=judgment.comment,
        seconds=judgment.seconds,
    )
    Answer.objects.bulk_create(
        Answer(
            judgment=copy,
            judge=judge,
            output_id=answer.output_id,
            prompt_id=answer.prompt_id,
            criterion_id=answer.criterion_id,
            criterion_version_id=answer.criterion_version_id,
            meaning=answer.meaning,
            definition_version_id=answer.definition_version_id,
            value=answer.value,
            words=answer.words,
            reason=answer.reason,
        )
        for answer in answers
    )
    return copy

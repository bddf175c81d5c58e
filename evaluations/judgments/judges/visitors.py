"""Who is judging: the judge behind a request, and a guest's key."""

import uuid
from dataclasses import dataclass

from django.http import HttpRequest
from django.utils.crypto import salted_hmac

from evaluations.accounts.models import User
from evaluations.common.throttle import address_of_the_day
from evaluations.judgments.models import Judge, JudgeKind, Judgment

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
    """The visitor of *request*, looked up once; makes no rows, so that reading leaves no trace."""
    user = request.user if request.user.is_authenticated else None
    key = None if user is not None else request.session.get(GUEST_KEY)
    kept: tuple[object, Visitor] | None = getattr(request, "kept_visitor", None)
    if kept is not None and kept[0] == (user, key):
        return kept[1]
    judge = None
    if user is not None:
        judge = Judge.objects.filter(user=user).first()
    elif key:
        judge = Judge.objects.filter(guest_key=key).first()
    return keep_visitor(request, Visitor(user, judge))


def keep_visitor(request: HttpRequest, who: Visitor) -> Visitor:
    """Remember who it is for the rest of the request, as long as nobody signs in or out."""
    if who.is_guest and who.judge is not None:
        who.judge.address = address_of_the_day(request)
    key = None if who.user is not None else request.session.get(GUEST_KEY)
    request.kept_visitor = (who.user, key), who  # type: ignore[attr-defined] # a note of ours
    return who


def judge_for(request: HttpRequest, form_token: uuid.UUID | None = None) -> Judge:
    """The visitor's judge, made at their first judgment; a guest's key is kept in the session."""
    if request.user.is_authenticated:
        judge, _ = Judge.objects.get_or_create(
            user=request.user, defaults={"kind": JudgeKind.PERSON}
        )
        keep_visitor(request, Visitor(request.user, judge))
        return judge
    request.session[GUEST_KEY] = key = guest_key(request, form_token)
    judge, _ = Judge.objects.get_or_create(guest_key=key, defaults={"kind": JudgeKind.GUEST})
    keep_visitor(request, Visitor(None, judge))
    return judge


def guest_key(request: HttpRequest, form_token: uuid.UUID | None) -> str:
    """The key of the guest behind a request: that of the session, else one for a first form.

    A first form that is sent twice, before the session's cookie is there, comes from one guest:
    its key is drawn from the form's token and the secret that only this browser has.
    """
    if known := request.session.get(GUEST_KEY):
        return str(known)
    secret = request.META.get("CSRF_COOKIE")
    if not secret or form_token is None:
        return str(uuid.uuid4())
    drawn = salted_hmac(GUEST_KEY, f"{secret}:{form_token}", algorithm="sha256")
    return str(uuid.UUID(bytes=drawn.digest()[:16]))


def has_judged_blind(user: User, number: int) -> bool:
    """Whether somebody has given so many blind judgments of outputs that still stand. One query."""
    given = (
        Judgment.objects.standing()
        .for_everybody()
        .filter(judge__user=user, blind=True, output__isnull=False)
    )
    return given.values("output").distinct()[:number].count() >= number

"""One's notices, and following things."""

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from evaluations.accounts.models import User
from evaluations.accounts.requests import AuthenticatedHttpRequest
from evaluations.activity.models import Event, Follow
from evaluations.activity.notices.follow_actions import (
    FollowRefused,
    follow,
    mark_read,
    stop_following,
)
from evaluations.activity.notices.following import (
    Subject,
    column_of,
    followed_by,
    name_of,
    page_of,
    subject_or_404,
)
from evaluations.activity.notices.told import notices_for
from evaluations.common.fragments import page_or_fragment, sent_by_htmx
from evaluations.common.parameters import whole_number


@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
@login_required
def notices(request: AuthenticatedHttpRequest) -> HttpResponse:
    """What happened that concerns somebody or that they follow; posting marks it as read."""
    if request.method == "POST":
        mark_read(person=request.user, upto=whole_number(request.POST.get("upto", "")) or 0)
        return redirect("notices")
    found = notices_for(request.user)
    context = {
        # Else the frame would ask for them again, to count them.
        "unread_notices": sum(each.events for each in found if each.is_unread),
        "unread": [each for each in found if each.is_unread],
        "read": [each for each in found if not each.is_unread],
        "upto": Event.objects.order_by("-pk").values_list("pk", flat=True).first() or 0,
        "followed": followed_by(request.user),
        "hidden": request.user.hides.order_by("username"),
    }
    return render(request, "activity/notices.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
@login_required
def following(request: AuthenticatedHttpRequest, what: str, pk: int) -> HttpResponse:
    """A button to follow one thing or person, or to stop; a fragment of the thing's own page."""
    subject = subject_or_404(request, what, pk)
    problem = ""
    if request.method == "POST":
        try:
            if request.POST.get("press") == "stop":
                stop_following(person=request.user, subject=subject)
            else:
                follow(person=request.user, subject=subject)
        except FollowRefused as refused:
            problem = str(refused)
        else:
            if not sent_by_htmx(request):
                messages.success(request, said(request, subject))
                return redirect(page_of(subject) or "notices")
    context = {
        "what": what,
        "subject": subject,
        "name": name_of(subject),
        "follows": follows(request.user, subject),
        "problem": problem,
    }
    return page_or_fragment(
        request, "activity/follow.html", context, fragment="button", status=409 if problem else 200
    )


def follows(person: User, subject: Subject) -> bool:
    return Follow.objects.filter(person=person, **column_of(subject)).exists()


def said(request: AuthenticatedHttpRequest, subject: Subject) -> str:
    """What was done, in words."""
    name = name_of(subject)
    if follows(request.user, subject):
        return f"You follow “{name}”: what happens to it is told in your notices."
    return f"You do not follow “{name}” any more."

"""The page of who reads something; each stage gives its own things an address for it."""

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render

from evaluations.accounts.visibility import Guarded
from evaluations.accounts.visibility_actions import (
    VisibilityRefused,
    dismiss_readers,
    invite_readers,
    set_visibility,
)
from evaluations.accounts.visibility_forms import VisibilityForm


def visibility_page(request: HttpRequest, thing: Guarded, name: str) -> HttpResponse:
    """Say who reads *thing*, which is called *name*; a form that is refused keeps what was typed.

    Raises:
        PermissionDenied: for everybody but its owner and staff.
    """
    user = request.user
    if not user.is_authenticated or not thing.guarded_by(user):
        raise PermissionDenied(f"Only its owner and staff say who reads this {thing.noun}.")
    form = VisibilityForm(thing, request.POST if request.method == "POST" else None)
    if form.is_valid():
        sent = form.cleaned_data
        field = "visibility"
        try:
            with transaction.atomic():
                set_visibility(
                    thing=thing,
                    actor=user,
                    visibility=sent["visibility"],
                    publish_on=sent["publish_on"],
                )
                field = "invite"
                invite_readers(thing=thing, actor=user, names=form.names())
                dismiss_readers(thing=thing, actor=user, people=sent.get("dismiss") or ())
        except VisibilityRefused as error:
            form.add_error(field, str(error))
        else:
            messages.success(request, f"Saved: {name} is {thing.visibility}.")
            return HttpResponseRedirect(thing.get_absolute_url(), status=303)
    return render(
        request,
        "accounts/visibility.html",
        {"form": form, "thing": thing, "name": name, "back": thing.get_absolute_url()},
        status=422 if form.is_bound else 200,
    )

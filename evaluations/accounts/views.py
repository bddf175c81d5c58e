"""The first staff account, a forgotten password, and a person's preferences and keys."""

from allauth.account import views as allauth_views
from django.conf import settings
from django.contrib import messages
from django.contrib.auth import login
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters

from evaluations.accounts.actions import (
    KeysRefused,
    LinkUsed,
    change_keys,
    change_preferences,
    check_setup_token,
    create_first_staff,
)
from evaluations.accounts.forms import FirstStaffForm, KeysForm, PreferencesForm
from evaluations.accounts.requests import AuthenticatedHttpRequest

FIRST_STAFF = "accounts/first_staff.html"


@sensitive_post_parameters("password1", "password2")
@never_cache
def first_staff(request: HttpRequest, token: str) -> HttpResponse:
    """Make the first staff account and sign it in. A used link gets a page that says so."""
    try:
        check_setup_token(token=token)
        form = FirstStaffForm(request.POST if request.method == "POST" else None)
        if not form.is_valid():
            status = 422 if form.is_bound else 200
            return render(request, FIRST_STAFF, {"form": form}, status=status)
        user = create_first_staff(
            token=token,
            username=form.cleaned_data["username"],
            password=form.cleaned_data["password1"],
            email=form.cleaned_data["email"],
        )
    except LinkUsed as refusal:
        return render(request, FIRST_STAFF, {"refusal": str(refusal)}, status=403)
    login(request, user)
    messages.success(
        request,
        f"Welcome, {user.get_username()}. This is the first staff account: it may start runs, and "
        "the administration is at /admin/.",
    )
    return redirect("home")


@never_cache
def password_reset(request: HttpRequest) -> HttpResponse:
    """Send a link for a new password; where there is no mail server, say that none can be sent."""
    if settings.EMAIL_HOST:
        response: HttpResponse = allauth_views.password_reset(request)
        return response
    status = 409 if request.method == "POST" else 200
    return render(request, "account/password_reset.html", status=status)


@login_required
@never_cache
def preferences(request: AuthenticatedHttpRequest) -> HttpResponse:
    """A person's own settings."""
    # An unticked box sends nothing, so an empty POST is a filled-in form too.
    sent = request.POST if request.method == "POST" else None
    form = PreferencesForm(sent, instance=request.user)
    if form.is_valid():
        change_preferences(
            user=request.user, wanted=form.cleaned_data, origin=request.build_absolute_uri("/")
        )
        messages.success(request, "Preferences saved.")
        return redirect("preferences")
    status = 422 if form.is_bound else 200
    return render(request, "accounts/preferences.html", {"form": form}, status=status)


@login_required
@never_cache
def keys(request: AuthenticatedHttpRequest) -> HttpResponse:
    """A person's own single keys, and the way back to the usual ones."""
    if request.POST.get("action") == "usual":
        change_keys(user=request.user, keys={})
        messages.success(request, "The keys are the usual ones again.")
        return redirect("preferences-keys")
    form = KeysForm(request.user, request.POST if request.method == "POST" else None)
    if form.is_valid():
        try:
            change_keys(user=request.user, keys=form.cleaned_data)
        except KeysRefused as refusal:
            for name, sentence in refusal.problems.items():
                form.add_error(name, sentence)
        else:
            messages.success(request, "Keys saved.")
            return redirect("preferences-keys")
    status = 422 if form.is_bound else 200
    return render(request, "accounts/keys.html", {"form": form}, status=status)

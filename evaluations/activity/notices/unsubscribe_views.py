"""Ending the mails by their own link, without signing in."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods

from evaluations.activity.notices.digests import unsubscribe as end


@csrf_exempt  # A mail program sends it, which has no cookie (RFC 8058); the token is the proof.
@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
def unsubscribe(request: HttpRequest, token: str) -> HttpResponse:
    """A button that ends the digests; opening the link alone ends nothing, since readers do."""
    done = request.method == "POST"
    known = end(token=token) is not None if done else True
    context = {"done": done and known, "unknown": not known}
    return render(request, "activity/unsubscribe.html", context, status=200 if known else 404)

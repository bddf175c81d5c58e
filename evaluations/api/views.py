"""One's own keys, and the page that says what can be called."""

from functools import cache
from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from evaluations.accounts.requests import AuthenticatedHttpRequest
from evaluations.api.actions import KeyRefused, make_key, revoke_key
from evaluations.api.doorway import BY_ADDRESS, BY_KEY
from evaluations.api.forms import KeyForm
from evaluations.api.models import ApiKey
from evaluations.api.openapi import api, operations
from evaluations.common.lookups import found_or_404

SHOWN = 50
"""Keys that are shown of those that do nothing any more."""


@require_http_methods(["GET", "HEAD", "POST"])
@login_required
@never_cache
def keys(request: AuthenticatedHttpRequest) -> HttpResponse:
    """Make a key, which is shown this once, and see the others."""
    form = KeyForm(request.POST if request.method == "POST" else None)
    made = secret = None
    if form.is_valid():
        try:
            made, secret = make_key(person=request.user, **form.cleaned_data)
            form = KeyForm()
        except KeyRefused as refusal:
            form.add_error(None, str(refusal))
    own = request.user.api_keys.all()
    in_force = list(own.in_force())  # all of them, so that each can be revoked
    context = {
        "form": form,
        "made": made,
        "secret": secret,
        "rows": [*in_force, *own.exclude(pk__in=[row.pk for row in in_force])[:SHOWN]],
        "today": timezone.now().date(),
        "example": request.build_absolute_uri(reverse("api:definitions")),
    }
    status = 201 if made else 422 if form.is_bound else 200
    return render(request, "api/keys.html", context, status=status)


@require_POST
@login_required
def revoke(request: AuthenticatedHttpRequest, pk: int) -> HttpResponse:
    """End one of one's own keys."""
    rows = ApiKey.objects.filter(person=request.user)
    found = found_or_404(rows, "You have no such key.", pk=pk)
    revoke_key(key=found, actor=request.user)
    messages.success(request, f"The key “{found.name}” is revoked: it is refused from now on.")
    return redirect("api-keys")


@cache
def schema_of_all() -> Any:
    """What the API says of itself, put together once a process."""
    return api.get_openapi_schema()


@require_safe
def docs(request: HttpRequest) -> HttpResponse:
    """Every operation with a line to try it, from the same schema as programs read."""
    schema = schema_of_all()
    site = request.build_absolute_uri("/").removesuffix("/")
    groups: dict[str, list[dict[str, Any]]] = {}
    for path, method, said in operations(schema):
        shown = {
            "id": said["operationId"],
            "method": method.upper(),
            "path": path,
            "summary": said["summary"],
            "needs_key": {} not in said["security"],
            "parameters": [
                (each["name"], each["required"], each.get("description", ""))
                for each in said["parameters"]
            ],
            "body": body_of(said, schema),
            "curl": curl_of(site + path, method, said, schema),
        }
        groups.setdefault(said["tags"][0], []).append(shown)
    context = {
        "groups": groups,
        "by_address": BY_ADDRESS,
        "by_key": BY_KEY,
        "schema": request.build_absolute_uri(reverse("api:openapi-json")),
    }
    return render(request, "api/docs.html", context)


def body_of(said: dict[str, Any], schema: dict[str, Any]) -> list[tuple[str, bool, str]]:
    """The fields of an operation's body: name, whether it must be there, and what it is."""
    if "requestBody" not in said:
        return []
    (held,) = said["requestBody"]["content"].values()
    name = held["schema"].get("$ref", "").rpartition("/")[2]
    kind = schema["components"]["schemas"][name] if name else held["schema"]
    needed = kind.get("required", [])
    return [
        (name, name in needed, each.get("description", ""))
        for name, each in kind["properties"].items()
    ]


def curl_of(address: str, method: str, said: dict[str, Any], schema: dict[str, Any]) -> str:
    """A line that calls an operation, to be filled in where it has capitals."""
    for each in said["parameters"]:
        if each["in"] == "path":
            address = address.replace(f"{{{each['name']}}}", each["name"].upper())
    parts = ["curl"]
    if {} not in said["security"]:
        parts.append('-H "Authorization: Bearer $KEY"')
    if method == "post":
        needed = [(name, name.upper()) for name, is_needed, _ in body_of(said, schema) if is_needed]
        if "multipart/form-data" in said.get("requestBody", {}).get("content", ()):
            parts += [f"-F {name}=@{text}" for name, text in needed]
        else:
            body = ", ".join(f'"{name}": {text}' for name, text in needed)
            parts += ["-H 'Content-Type: application/json'", f"-d '{{{body}}}'"]
    return " ".join([*parts, address])

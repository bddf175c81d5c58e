"""A refused request is one line of the log; a fault keeps its traceback."""

import io
import logging

import pytest
from django.core.exceptions import BadRequest
from django.http import HttpRequest
from django.test import Client
from django.urls import path

from reasoning_site.urls import urlpatterns as site
from tests.cast import make_user

pytestmark = [pytest.mark.django_db, pytest.mark.urls(__name__)]


def bad(request: HttpRequest) -> None:
    raise BadRequest("no such thing")


def fault(request: HttpRequest) -> None:
    raise ZeroDivisionError


urlpatterns = [path("bad/", bad), path("fault/", fault), *site]


@pytest.mark.parametrize(
    ("url", "method", "headers", "status", "named"),
    [
        ("/admin/login/", "get", {}, 403, "/admin/login/"),
        ("/nothing/here/", "get", {}, 404, "/nothing/here/"),
        ("/accounts/login/", "post", {}, 403, "CSRF"),
        ("/bad/", "get", {}, 400, "/bad/"),
        ("/", "get", {"Host": "evil.example"}, 400, "evil.example"),
        ("/fault/", "get", {}, 500, "/fault/"),
    ],
)
def test_only_a_fault_has_a_traceback(
    monkeypatch: pytest.MonkeyPatch, url: str, method: str, headers: dict[str, str], status: int,
    named: str,
) -> None:  # fmt: skip
    written = io.StringIO()
    console = next(each for each in logging.getLogger().handlers if each.name == "console")
    monkeypatch.setattr(console, "stream", written)
    client = Client(enforce_csrf_checks=True, raise_request_exception=False)
    client.force_login(make_user())
    assert getattr(client, method)(url, headers=headers).status_code == status
    lines = written.getvalue().strip().splitlines()
    assert named in lines[0]
    if status < 500:
        assert len(lines) == 1, lines
    else:
        assert any("ZeroDivisionError" in line for line in lines)

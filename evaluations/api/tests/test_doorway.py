"""What every answer has: limits, tags, who may read from where, and problems in one form."""

import re

import pytest
from django.test import Client

from evaluations.accounts.models import User
from evaluations.api import doorway
from evaluations.api.tests.calls import Caller
from evaluations.judgments.tests.cast import make_criterion, make_definition, make_user

pytestmark = pytest.mark.django_db
PROBLEM = "application/problem+json"


def test_sixty_a_minute_by_address_and_more_by_key(monkeypatch: pytest.MonkeyPatch) -> None:
    assert (doorway.BY_ADDRESS, doorway.BY_KEY) == (60, 600)
    monkeypatch.setattr(doorway, "BY_ADDRESS", 2)
    monkeypatch.setattr(doorway, "BY_KEY", 3)
    nobody, ada = Caller(), Caller.of(make_user("ada"))
    assert [nobody.get("criteria").status_code for _ in range(3)] == [200, 200, 429]
    assert [ada.get("criteria").status_code for _ in range(4)] == [200, 200, 200, 429]
    # However many keys she has.
    refused = Caller.of(User.objects.get(username="ada")).get("criteria")
    assert refused.status_code == 429
    assert refused["Content-Type"] == PROBLEM
    assert int(refused["Retry-After"]) >= 1
    # Guessing at keys takes from the address.
    assert Caller("bwd_guess").get("criteria").status_code == 429


def test_what_did_not_change_is_not_sent_again() -> None:
    make_criterion("one")
    first = Caller().get("criteria")
    again = Caller().get("criteria", **{"If-None-Match": first["ETag"]})
    assert (again.status_code, again.content) == (304, b"")
    assert again["Access-Control-Allow-Origin"] == "*"
    make_criterion("two")
    assert Caller().get("criteria", **{"If-None-Match": first["ETag"]}).status_code == 200


def test_a_wrong_host_is_a_problem_here_and_a_page_elsewhere() -> None:
    asked = Client(headers={"Host": "elsewhere.example"})
    refused = asked.get("/api/v1/criteria")
    assert (refused.status_code, refused["Content-Type"]) == (400, PROBLEM)
    assert "“Host”" in refused.json()["detail"]
    page = asked.get("/definitions/")
    assert (page.status_code, page["Content-Type"][:9]) == (400, "text/html")


def test_a_head_is_that_of_its_answer() -> None:
    make_criterion("one")
    whole, head = Caller().get("criteria"), Client().head("/api/v1/criteria")
    assert (head.status_code, head.content) == (200, b"")
    assert head["ETag"] == whole["ETag"]
    assert head["Access-Control-Allow-Origin"] == "*"
    assert Client().head("/api/v1/no-such-thing").status_code == 404
    refused = Client().head("/api/v1/queue/next")
    assert (refused.status_code, refused["Allow"]) == (405, "POST")
    assert "HEAD" in Client().put("/api/v1/criteria")["Allow"]


@pytest.mark.parametrize("header", ["If-Match", "If-Unmodified-Since"])
def test_what_is_not_so_any_more_is_a_problem(header: str) -> None:
    value = '"other"' if header == "If-Match" else "Mon, 01 Jan 2024 00:00:00 GMT"
    refused = Caller().get("criteria", **{header: value})
    assert (refused.status_code, refused["Content-Type"]) == (412, PROBLEM)


@pytest.mark.parametrize("method", ["put", "patch", "delete", "trace", "options"])
def test_other_methods_are_refused_as_problems(method: str) -> None:
    refused = getattr(Client(), method)("/api/v1/criteria")
    assert (refused.status_code, refused["Content-Type"]) == (405, PROBLEM)


def test_other_sites_read_what_needs_no_key_and_nothing_else() -> None:
    assert Caller().get("criteria")["Access-Control-Allow-Origin"] == "*"
    keyed = Caller.of(make_user("ada")).get("criteria")
    assert "Access-Control-Allow-Origin" not in keyed
    assert keyed["Cache-Control"].startswith("private")
    assert "Authorization" in keyed["Vary"]
    for answered in (keyed, Caller().get("criteria")):
        assert "Access-Control-Allow-Credentials" not in answered
    assert Client().options("/api/v1/criteria").status_code == 405


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [("get", "no-such-thing", 404), ("get", "definitions/nobody", 404), ("post", "criteria", 405),
     ("get", "criteria?limit=201", 422), ("get", "outputs?since=never", 422),
     ("get", "boards/nobody", 404), ("get", "criteria/%00", 404), ("get", "search?q=%00", 404),
     ("get", "outputs/0", 422), ("get", "snapshots/taylor/yesterday", 404)],
)  # fmt: skip
def test_whatever_goes_wrong_is_a_problem(method: str, path: str, status: int) -> None:
    make_criterion("one")
    make_definition("taylor", "one")
    answered = getattr(Client(), method)(f"/api/v1/{path}")
    said = answered.json()
    assert (answered.status_code, answered["Content-Type"]) == (status, PROBLEM)
    assert said["status"] == status
    assert said["title"]
    assert said["detail"]
    if status == 405:
        assert "GET" in answered["Allow"]
    if status == 422:
        assert said["errors"][0]["place"]


def test_days_that_cannot_be_read_are_named_on_a_board() -> None:
    make_criterion("one")
    make_definition("taylor", "one")
    said = Caller().get("boards/taylor", {"since": "never"}).json()
    assert said["errors"][0]["place"] == "since"
    assert "never" in said["errors"][0]["sentence"]


@pytest.mark.parametrize(
    ("body", "why"),
    [("", ""), ("{", "no JSON"), ('"text"', ""), ('{"protocol": "\\u0000"}', "NUL"),
     ('{"protocol": "\\ud800"}', "surrogate"), ('{"no": 1}', ""), ("[" * 5000, "too deep"),
     ('{"protocol": NaN}', "NaN"), ('{"protocol": 1e400}', "beyond"),
     ('{"protocol": ' + "1" * 5000 + "}", "no JSON"), ("9" * 20, "")],
)  # fmt: skip
def test_a_body_that_cannot_be_read_is_refused_with_a_sentence(body: str, why: str) -> None:
    headers = Caller.of(make_user("ada")).headers
    answered = Client().post(
        "/api/v1/queue/next", body, content_type="application/json", headers=headers
    )
    assert answered.status_code in (400, 422)
    assert answered["Content-Type"] == PROBLEM
    assert answered.json()["detail"]
    assert why in answered.json()["detail"]


def test_pages_go_on_where_the_last_one_ended() -> None:
    for number in range(5):
        make_criterion(f"question-{number}")
    seen: list[str] = []
    address = "/api/v1/criteria?limit=2"
    while address:
        answered = Client().get(address)
        seen += [each["key"] for each in answered.json()["items"]]
        link = re.fullmatch(r'<http://testserver(.*)>; rel="next"', answered.get("Link", ""))
        assert (link is None) is (answered.json()["next"] is None)
        address = link[1] if link else ""
    assert seen == [f"question-{number}" for number in range(5)]


@pytest.mark.parametrize("access", ["members", "invited"])
def test_a_closed_site_tells_nothing_without_a_key(settings: object, access: str) -> None:
    settings.ACCESS = access  # type: ignore[attr-defined]
    make_criterion("secret")
    for path in ("criteria", "criteria/secret", "openapi.json", "no-such-thing"):
        answered = Caller().get(path)
        assert answered.status_code == 401, path
        assert b"secret" not in answered.content
    assert Caller.of(make_user("ada")).get("criteria/secret").status_code == 200


def test_what_breaks_is_a_problem_too(monkeypatch: pytest.MonkeyPatch) -> None:
    def breaks(*_: object) -> None:
        raise ZeroDivisionError

    monkeypatch.setattr("evaluations.api.definitions.used_by", breaks)
    client = Client(raise_request_exception=False)
    answered = client.get("/api/v1/criteria")
    assert (answered.status_code, answered["Content-Type"]) == (500, PROBLEM)

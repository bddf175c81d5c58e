"""Pages of staff about endpoints."""

import datetime as dt
from decimal import Decimal
from typing import Any

import pytest
from django.db import IntegrityError, connection, transaction
from django.test import Client
from django.test.utils import CaptureQueriesContext

from evaluations.inference.backends import OPENAI_COMPATIBLE, TRANSFORMERS
from evaluations.runs.endpoints import actions
from evaluations.runs.endpoints.tests.worlds import a_model, an_endpoint
from evaluations.runs.models import Endpoint, LanguageModel, Price, Probe
from tests.cast import make_researcher, make_staff

pytestmark = pytest.mark.django_db

SAID = {
    "name": "The lab",
    "address": "https://api.example.org/v1/",
    "dialect": "chat",
    "key_variable": "ENDPOINT_KEY_LAB",
}


@pytest.fixture
def staff(client: Client) -> Client:
    client.force_login(make_staff())
    return client


def page(client: Client, address: str = "/endpoints/lab/") -> str:
    return client.get(address).content.decode()


def test_an_endpoint_is_made_changed_and_listed(staff: Client) -> None:
    assert "No endpoint yet" in page(staff, "/endpoints/")
    assert "/endpoints/" in page(staff, "/models/")
    made = staff.post("/endpoints/new/", SAID)
    assert (made.status_code, made["Location"]) == (302, "/endpoints/lab/") or (
        made["Location"] == "/endpoints/the-lab/"
    )
    endpoint = Endpoint.objects.get()
    assert (endpoint.slug, endpoint.address) == ("the-lab", "https://api.example.org/v1")
    assert "ENDPOINT_KEY_LAB" in page(staff, "/endpoints/the-lab/")
    assert "The lab" in page(staff, "/endpoints/")
    Endpoint.objects.update(capabilities={"m": {"token_field": "max_tokens"}})
    staff.post("/endpoints/the-lab/edit/", {**SAID, "name": "The laboratory"})
    endpoint.refresh_from_db()
    assert (endpoint.name, endpoint.slug) == ("The laboratory", "the-lab")
    assert endpoint.capabilities, "of the same server it holds"
    staff.post("/endpoints/the-lab/edit/", {**SAID, "address": "http://10.0.0.7:8000/v1"})
    endpoint.refresh_from_db()
    assert (endpoint.address, endpoint.capabilities) == ("http://10.0.0.7:8000/v1", {})


@pytest.mark.parametrize(
    ("field", "value", "why"),
    [
        ("address", "api.example.org", "Give a whole address"),
        ("address", "ftp://example.org/v1", "Give a whole address"),
        ("address", "http://[::1/v1", "Give a whole address"),
        ("address", "http://example.org:99999/v1", "Give a whole address"),
        ("address", "https://me:secret@example.org/v1", "Leave out names, passwords"),
        ("address", "https://example.org/v1?api-key=1", "Leave out names, passwords"),
        ("key_variable", "sk-123456", "not the key itself"),
        ("key_variable", "SECRET_KEY", "not the key itself"),
        ("key_variable", "DATABASE_URL", "not the key itself"),
        ("name", "…", "with letters or digits"),
        ("name", "New", "with letters or digits"),
    ],
)
def test_what_cannot_be_is_refused_in_words_and_stays_typed(
    staff: Client, field: str, value: str, why: str
) -> None:
    response = staff.post("/endpoints/new/", {**SAID, field: value})
    text = response.content.decode()
    assert (response.status_code, Endpoint.objects.count()) == (422, 0)
    assert why in text
    assert value.split("&")[0] in text


def test_a_second_endpoint_of_a_name_is_refused(staff: Client) -> None:
    staff.post("/endpoints/new/", SAID)
    again = staff.post("/endpoints/new/", SAID)
    assert (again.status_code, "a name like this" in again.content.decode()) == (422, True)


def test_prices_are_set_by_the_day_and_one_of_the_same_day_is_replaced(staff: Client) -> None:
    an_endpoint()
    said = {"model": "m", "since": "2026-11-01", "tokens_in": "0.25", "tokens_out": "2"}
    assert "None is known" in page(staff)
    for dollars in ("9", "0.25"):
        staff.post("/endpoints/lab/price/", {**said, "tokens_in": dollars})
    price = Price.objects.get()
    assert (price.tokens_in, price.since) == (Decimal("0.25"), dt.date(2026, 11, 1))
    assert "$0.25" in page(staff)
    refused = staff.post("/endpoints/lab/price/", {**said, "tokens_in": "-1"})
    assert (refused.status_code, 'value="-1"' in refused.content.decode()) == (422, True)
    assert Price.objects.count() == 1


@pytest.mark.parametrize(
    ("days", "sentence"),
    [
        ([0], "Attempts from now on are counted by it."),
        ([-9], "Attempts from now on are counted by it."),
        ([9], "on are counted by it."),
        ([-2, -9], "is in force today."),
    ],
)
def test_it_is_said_which_attempts_a_price_counts(
    staff: Client, days: list[int], sentence: str
) -> None:
    an_endpoint()
    for day in days:
        since = dt.date.today() + dt.timedelta(days=day)
        said = {"model": "m", "since": since.isoformat(), "tokens_in": "1", "tokens_out": "2"}
        answer = staff.post("/endpoints/lab/price/", said, follow=True).content.decode()
    assert sentence in answer
    assert ("from now on" in answer) == ("from now on" in sentence)


def test_a_model_is_added_behind_an_endpoint_and_says_where_it_is_asked(staff: Client) -> None:
    an_endpoint()
    said = {"name": "Far away 7B", "path": "vendor/far-7b"}
    assert staff.post("/endpoints/lab/model/", said)["Location"] == "/models/far-away-7b/"
    model = LanguageModel.objects.get()
    assert (model.backend, model.path) == (OPENAI_COMPATIBLE, "vendor/far-7b")
    record = page(staff, "/models/far-away-7b/")
    for words in ("The lab", "vendor/far-7b", "/endpoints/lab/"):
        assert words in record
    assert "/models/far-away-7b/" in page(staff)
    assert staff.get("/models.json").json()["models"][0]["endpoint"] == "lab"
    again = staff.post("/endpoints/lab/model/", said)
    assert (again.status_code, "a name like this" in again.content.decode()) == (422, True)
    assert "vendor/far-7b" in again.content.decode()
    staff.logout()
    assert "/endpoints/lab/" not in page(staff, "/models/far-away-7b/")


def test_engine_and_endpoint_go_together(staff: Client) -> None:
    endpoint = an_endpoint()
    add = "/admin/runs/languagemodel/add/"
    said = {"slug": "new", "name": "New", "path": "a/b", "position": 1}
    for backend, chosen, why in (
        (OPENAI_COMPATIBLE, "", "choose the endpoint"),
        (TRANSFORMERS, endpoint.pk, "Only the engine for servers"),
    ):
        refused = staff.post(add, {**said, "backend": backend, "endpoint": chosen})
        assert why in refused.content.decode()
    for fields in ({"backend": OPENAI_COMPATIBLE}, {"endpoint": endpoint}):
        with pytest.raises(IntegrityError), transaction.atomic():
            LanguageModel.objects.create(slug="x", name="X", **fields)
    assert staff.post(add, {**said, "backend": OPENAI_COMPATIBLE, "endpoint": endpoint.pk}
                      ).status_code == 302  # fmt: skip


def test_a_probe_is_asked_for_once_and_its_raw_answers_are_shown(staff: Client) -> None:
    endpoint = an_endpoint()
    a_model(endpoint, "vendor/far-7b")
    assert "No probe has succeeded yet" in page(staff)
    assert 'value="vendor/far-7b"' in page(staff)
    for _ in range(2):
        assert staff.post("/endpoints/lab/probe/", {"model": "far-7b"}).status_code == 302
    probe = Probe.objects.get()
    assert (probe.model, probe.finished_at) == ("far-7b", None)
    text = page(staff)
    assert "being probed" in text
    assert "No inference worker has been heard of" in text
    call = {"what": "A short reply", "path": "/chat/completions", "sent": {"model": "far-7b"},
            "status": 200, "seconds": 0.5, "headers": {}, "said": "<b>raw</b>"}  # fmt: skip
    found = {"models": ["far-7b"], "token_field": "max_tokens", "seed": "repeats",
             "responses": False, "usage_in_stream": True}  # fmt: skip
    Probe.objects.update(finished_at="2026-11-29T12:00:00Z", calls=[call], found=found)
    choosy = {"token_field": "max_completion_tokens", "temperature": False}
    Endpoint.objects.update(capabilities={"far-7b": found, "choosy": choosy, "items": {}})
    text = page(staff)
    for words in ("&lt;b&gt;raw", "HTTP 200", "gave the same text twice", "max_tokens"):
        assert words in text
    about = [text.index(f"<code>{name}</code></h3>") for name in ("choosy", "far-7b", "items")]
    assert about[0] < text.index("only recipes with temperature 1") < about[1]
    assert about[1] < text.index("not answered") < about[2]
    assert text.count("not known") == 24, "of two seed, count, dialect; of three the rest"
    heeds = {"prefill": "flags", "stop": True, "top_k": True, "min_p": False}
    Endpoint.objects.update(capabilities={"far-7b": found | heeds})
    text = page(staff)
    for words in ("yes, by fields of its own", ">heeded<", "not shown to be heeded"):
        assert words in text
    fragment = staff.get("/endpoints/lab/", headers={"HX-Request": "true"}).content.decode()
    assert fragment.lstrip().startswith("<section")
    assert staff.post("/endpoints/lab/probe/", {"model": ""}).status_code == 422


def test_only_staff_sees_and_changes_endpoints(client: Client) -> None:
    endpoint = an_endpoint()
    researcher = make_researcher()
    client.force_login(researcher)
    assert client.get("/endpoints/").status_code == 403
    days: dict[str, Any] = {"since": dt.date(2026, 1, 1), "tokens_in": 1, "tokens_out": 1}
    for write in (
        lambda: actions.save_endpoint(endpoint=endpoint, actor=researcher),
        lambda: actions.set_price(endpoint=endpoint, model="", actor=researcher, **days),
        lambda: actions.add_model(
            endpoint=endpoint, path="m", name="M", slug="m", actor=researcher
        ),
        lambda: actions.ask_for_probe(endpoint=endpoint, model="m", actor=researcher),
    ):
        with pytest.raises(PermissionError):
            write()


def test_the_page_makes_no_more_queries_for_more_models(staff: Client) -> None:
    endpoint = an_endpoint()
    a_model(endpoint)
    with CaptureQueriesContext(connection) as few:
        page(staff)
    for n in range(3):
        a_model(endpoint, slug=f"m{n}", name=f"M {n}")
        Price.objects.create(endpoint=endpoint, model=f"m{n}", tokens_in=1, tokens_out=1)
    with CaptureQueriesContext(connection) as many:
        page(staff)
    assert len(few) == len(many)

"""Whole page or fragment, by what the request's headers say."""

import pytest
from django.http import HttpResponse
from django.test import RequestFactory
from django_htmx.middleware import HtmxMiddleware

from evaluations.common.fragments import page_or_fragment

TEMPLATE = "judgments/done.html"


def ask(headers: dict[str, str], fragment: str | None = "done") -> HttpResponse:
    request = RequestFactory().get("/", headers=headers)
    request.user = None  # type: ignore[assignment]

    def view(request: object) -> HttpResponse:
        return page_or_fragment(
            request,  # type: ignore[arg-type]
            TEMPLATE,
            {"outputs": {"exists": True}, "saved": None},
            fragment=fragment,
            status=202,
        )

    response = HtmxMiddleware(view)(request)
    assert isinstance(response, HttpResponse)
    return response


@pytest.mark.parametrize(
    ("headers", "whole"),
    [
        ({}, True),
        ({"HX-Request": "true"}, False),
        ({"HX-Request": "true", "HX-History-Restore-Request": "true"}, True),
        ({"HX-Request": "true", "HX-Boosted": "true"}, True),
    ],
)
def test_htmx_gets_the_part_and_everything_else_the_page(
    headers: dict[str, str], whole: bool
) -> None:
    response = ask(headers)
    assert ("<html" in response.content.decode()) is whole
    assert "You have judged everything here" in response.content.decode()
    assert response.status_code == 202
    assert "HX-Request" in response["Vary"]


def test_a_page_without_fragments_is_whole_for_htmx_too() -> None:
    assert "<html" in ask({"HX-Request": "true"}, None).content.decode()

"""Two outputs to one prompt, and what a browser does on the pair page."""

from typing import Any

import pytest
from django.http import HttpResponse
from django.test import Client

from evaluations.judgments.tests.cast import make_output, make_prompt
from evaluations.judgments.tests.form import hidden_fields
from evaluations.runs.models import Output

HTMX = {"HX-Request": "true"}
PAGE = "/judge/pair/"


@pytest.fixture
def pair() -> tuple[Output, Output]:
    prompt = make_prompt("lamp", reference="SECRET REFERENCE")
    return (
        make_output(prompt=prompt, trace="The first working.", answer="One."),
        make_output(prompt=prompt, trace="The second working.", answer="Two."),
    )


def address(pair: tuple[Output, Output], query: str = "") -> str:
    low, high = sorted(output.pk for output in pair)
    return f"{PAGE}?{query}{'&' if query else ''}left={low}&right={high}"


def press(client: Client, url: str, value: str, *, htmx: bool = False, **fields: Any) -> Any:
    form = {**hidden_fields(client.get(url)), "value": value, **fields}
    return client.post(url, form, headers=HTMX if htmx else {})


def sides(response: HttpResponse) -> tuple[int, int]:
    form = hidden_fields(response)
    return int(form["left"]), int(form["right"])

"""The judging form as a browser sends it."""

import re
from html import unescape
from typing import Any

from django.http import HttpResponse

HIDDEN = re.compile(r'<input type="hidden" name="([\w-]+)"(?: value="([^"]*)")?')


def text_of(response: HttpResponse) -> str:
    return response.content.decode()


def hidden_fields(response: HttpResponse) -> dict[str, str]:
    """The hidden fields of the judging form in a page or fragment."""
    form = text_of(response).partition('id="judging"')[2].partition("</form>")[0]
    return {name: unescape(value) for name, value in HIDDEN.findall(form)}


def chosen(response: HttpResponse) -> dict[str, str]:
    """The checked answers in a page or fragment: field name to value."""
    radios = re.findall(
        r'<input type="radio" name="([\w-]+)"[^>]*value="([\w-]+)"( checked)?', text_of(response)
    )
    return {name: value for name, value, checked in radios if checked}


def filled(response: HttpResponse, **answers: Any) -> dict[str, str]:
    """The form of a page with answers: `one="yes"` for a criterion, other fields as they are."""
    form = hidden_fields(response)
    for name, value in answers.items():
        plain = name in {"comment", "words", "reason", "seconds"}
        form[name if plain else f"answer-{name.replace('_', '-')}"] = value
    return form

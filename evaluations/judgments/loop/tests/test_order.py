"""The order of the loop, by a table: whatever is judged, the same checks come in the same order."""

import uuid
from collections.abc import Callable
from html import unescape
from typing import Any
from urllib.parse import quote

import pytest
from django.test import Client
from django.utils import timezone
from pytest_django import Settings

from evaluations.judgments.loop.tests.judged import Judged
from evaluations.judgments.models import Protocol, ProtocolVersion
from evaluations.judgments.tests.cast import (
    make_criterion,
    make_output,
    make_prompt,
)
from evaluations.judgments.tests.form import hidden_fields, text_of
from evaluations.judgments.tests.protocol_cast import make_item
from evaluations.prompts.models import Prompt

pytestmark = pytest.mark.django_db

HTMX = {"HX-Request": "true"}
SECRETS = ("SECRET PROMPT", "SECRET WORKING", "SECRET ANSWER", "SECRET QUESTION", "SECRET STATE")
TYPED = {
    "comment": "My </textarea> long thought.",
    "words": "my words",
    "reason": "my reason",
    "marks": '[{"part": "trace", "start": 0, "end": 6}]',
}


def invited(version: ProtocolVersion) -> str:
    Protocol.objects.update(access="invited")
    return "is by invitation: open the invitation link"


def for_signed_in(version: ProtocolVersion) -> str:
    Protocol.objects.update(access="signed-in")
    return "is for people who are signed in"


def not_open_yet(version: ProtocolVersion) -> str:
    Protocol.objects.update(opened_at=None)
    return "This protocol is not open yet"


def closed(version: ProtocolVersion) -> str:
    Protocol.objects.update(closed_at=timezone.now())
    return "is closed"


def qualified(version: ProtocolVersion) -> str:
    about = version.items.first()
    assert about is not None
    first = {
        "output": lambda: {"output": make_output()},
        "pair": lambda: {"pair": tuple(make_output(prompt=about.left.prompt) for _ in range(2))},
        "prompt": lambda: {"prompt": make_prompt()},
    }[version.subject]()
    make_item(version, is_gold=True, is_qualification=True, **first)
    ProtocolVersion.objects.update(qualification_share=50)
    return "begins with a qualification set"


GATES = [invited, for_signed_in, not_open_yet, closed, qualified]


def told(response: Any) -> list[str]:
    """The secrets that a response tells."""
    return [text for text in SECRETS if text in text_of(response)]


@pytest.mark.parametrize("shut", GATES)
@pytest.mark.parametrize("headers", [{}, HTMX])
def test_a_shut_gate_tells_nothing_but_what_was_typed(
    client: Client, judged: Judged, shut: Callable[[Any], str], headers: dict[str, str]
) -> None:
    assert told(client.get(judged.url)), "what is kept back is there to be told"
    form = judged.filled(client, **TYPED)
    why = shut(judged.version)
    seen = client.get(judged.url, headers=headers)
    assert seen.status_code == (404 if shut in {closed, not_open_yet} else 403)
    assert told(seen) == []
    for sent in ({}, form):
        # Where nothing was saved, undoing names no item that only some are qualified for.
        undo = [judged.undo] if shut is not qualified else []
        for url in (judged.url, judged.at("skip"), *undo):
            response = client.post(url, sent, headers=headers)
            page = unescape(text_of(response))
            assert response.status_code == 403, url
            assert why in page, url
            assert told(response) == []
            assert ("<html" in page) == (not headers)
            assert response["HX-Retarget"] == "#item", "so that the page lets it in"
            if sent and url != judged.undo:
                assert all(f"{name}: {text}" in page for name, text in TYPED.items()), url
                assert all(text in page for text in judged.fields.values())
        assert told(client.post(judged.undo, sent, headers=headers)) == []
        kept = client.post(judged.at("draft"), sent, headers=headers)
        assert kept.status_code == 403
        assert why in kept.json()["problem"]
    assert not judged.rows().exists()


def test_a_draft_of_a_protocol_does_not_tell_its_title(client: Client, judged: Judged) -> None:
    not_open_yet(judged.version)
    for url in (judged.url, judged.at("skip"), judged.undo):
        assert "Protocol small" not in text_of(client.post(url, {}))


def test_typed_text_is_escaped(client: Client, judged: Judged) -> None:
    invited(judged.version)
    page = text_of(client.post(judged.url, TYPED))
    assert "comment: My &lt;/textarea&gt; long thought." in page


def test_a_session_that_ended_is_no_refusal(judged: Judged) -> None:
    strict = Client(enforce_csrf_checks=True)
    response = strict.post(judged.url, judged.fields, headers=HTMX)
    assert response.status_code == 403
    assert "HX-Retarget" not in response


def test_the_checks_come_in_one_order(client: Client, judged: Judged, settings: Settings) -> None:
    good = judged.filled(client)
    assert client.post(judged.url, good).status_code == 303
    # A form that is wrong in all ways; from step to step one of them is put right.
    settings.GUEST_JUDGMENTS_A_DAY = 0
    nowhere = {
        "/judge/pair/": "/judge/pair/?protocol=small&item=987654",
        "/judge/prompt/lamp/": "/judge/prompt/none/?protocol=small",
    }.get(judged.path, "/judge/987654/?protocol=small")
    assert client.post(nowhere, {}).status_code == 404
    invited(judged.version)
    assert client.post(judged.url, {}).status_code == 403
    Protocol.objects.update(access="anyone")
    form = good | {"form_token": str(uuid.uuid4()), "content": "0" * 16}
    unanswered = {name: value for name, value in form.items() if name not in judged.fields}
    assert client.post(judged.url, unanswered).status_code == 422
    changed = client.post(judged.url, form)
    assert changed.status_code == 409
    assert "changed after this page was opened" in text_of(changed)
    form["content"] = good["content"]
    assert client.post(judged.url, form).status_code == 429
    settings.GUEST_JUDGMENTS_A_DAY = 100
    late = client.post(judged.url, form)
    assert late.status_code == 409
    assert "You saved or undid" in text_of(late)
    assert judged.rows().count() == 1
    again = {**hidden_fields(late), **judged.fields}
    assert client.post(judged.url, again).status_code == 303


def test_who_has_no_allowance_left_signs_up_and_comes_back(
    client: Client, judged: Judged, settings: Settings
) -> None:
    settings.GUEST_JUDGMENTS_A_DAY = 0
    response = client.post(judged.url, judged.filled(client, comment="kept words"))
    assert response.status_code == 429
    problem = text_of(response).partition('id="problem"')[2].partition("</div>")[0]
    assert f'/accounts/signup/?next={quote(judged.url)}">Sign up' in problem
    assert ">kept words</textarea>" in text_of(response)


@pytest.mark.parametrize("headers", [{}, HTMX])
def test_undo_brings_the_words_back(
    client: Client, judged: Judged, headers: dict[str, str]
) -> None:
    form = judged.filled(client, comment="a slip")
    client.post(judged.url, form)
    response = client.post(judged.undo, form, headers=headers)
    here = f"{judged.url}&undone={form['form_token']}"
    if headers:
        assert (response.status_code, response["HX-Push-Url"]) == (200, here)
    else:
        assert (response.status_code, response["Location"]) == (303, here)
        response = client.get(here)
    assert ">a slip</textarea>" in text_of(response)
    assert not judged.rows().exists()
    late = client.post(judged.undo, form, follow=True)
    assert "That could not be undone: it is undone already" in text_of(late)


@pytest.mark.parametrize("shut", [invited, closed, qualified])
def test_undo_behind_a_shut_gate_undoes_and_shows_nothing(
    client: Client, judged: Judged, shut: Callable[[Any], str]
) -> None:
    form = judged.filled(client)
    client.post(judged.url, form)
    why = shut(judged.version)
    response = client.post(judged.undo, {"form_token": form["form_token"]}, headers=HTMX)
    assert response.status_code == 403
    assert why in text_of(response)
    assert "Undone: what it had replaced is in force again." in text_of(response)
    assert told(response) == []
    assert not judged.rows().exists()


def test_the_hold_is_told_also_where_a_form_comes_back(client: Client, judged: Judged) -> None:
    client.post(judged.at("draft"), judged.filled(client))
    response = client.post(judged.url, {})
    assert response.status_code == 422
    assert "Held for you until" in text_of(response)


def test_who_is_not_invited_is_not_told_what_belongs_to_a_protocol(
    client: Client, judged: Judged
) -> None:
    other = make_prompt("elsewhere")
    outside = {
        "/judge/pair/": "/judge/pair/?protocol=small&item=987654",
        "/judge/prompt/lamp/": "/judge/prompt/elsewhere/?protocol=small",
    }.get(judged.path, f"/judge/{make_output(prompt=other).pk}/?protocol=small")
    assert client.get(outside).status_code == 404
    invited(judged.version)
    inside = client.get(judged.url)
    assert (inside.status_code, client.get(outside).status_code) == (403, 403)
    Protocol.objects.update(opened_at=None)
    for path in ("/judge/pair/", "/judge/prompt/elsewhere/", f"{judged.path}"):
        response = client.post(f"{path}?protocol=small", {})
        assert "does not ask" not in text_of(response), "its subject is not told"


def test_what_was_held_before_the_qualification_is_given_back(
    client: Client, judged: Judged
) -> None:
    form = judged.filled(client)
    client.post(judged.url, form)
    qualified(judged.version)
    client.post(judged.undo, {"form_token": form["form_token"]})
    first = judged.version.items.get(is_qualification=True)
    response = client.get(f"{judged.path.replace('lamp/', '')}?protocol=small")
    if judged.version.subject == "output":
        response = client.get("/judge/?protocol=small")
    assert response.status_code == 302
    place = {"output": first.output_id, "pair": first.pk, "prompt": first.prompt}[
        judged.version.subject
    ]
    named = place.slug if isinstance(place, Prompt) else str(place)
    assert named in response["Location"]
    assert client.get(response["Location"]).status_code == 200


def test_undoing_a_form_about_output_and_prompt_brings_the_words_back(client: Client) -> None:
    make_criterion("one")
    make_criterion("clear", level="prompt")
    url = f"/judge/{make_output().pk}/?criteria=one,clear"
    fields = {"answer-one": "yes", "answer-clear": "no", "comment": "of both"}
    form = hidden_fields(client.get(url)) | fields
    assert client.post(url, form).status_code == 303
    undone = {"form_token": form["form_token"]}
    response = client.post("/judge/undo/?criteria=one,clear", undone, headers=HTMX)
    assert ">of both</textarea>" in text_of(response)

"""A protocol's item is judged page by page, blind until the last one is saved."""

import re

import pytest
from django.test import Client

from evaluations.judgments.answers.actions import Stale, undo_judgment
from evaluations.judgments.items.pages import pages_of
from evaluations.judgments.models import (
    Answer,
    Draft,
    GoldAnswer,
    Item,
    Judge,
    Judgment,
    Lease,
    ProtocolVersion,
)
from evaluations.judgments.tests.cast import (
    classify,
    give,
    make_block,
    make_criterion,
    make_definition,
    make_judge,
    make_model,
    make_output,
    make_prompt,
    make_run,
)
from evaluations.judgments.tests.form import hidden_fields
from evaluations.judgments.tests.item_pages import (
    HTMX,
    SMALL,
    answer,
    body,
    opened,
    signed_in,
    version,
    whole_item,
)
from evaluations.judgments.tests.protocol_cast import make_item, make_protocol
from evaluations.judgments.tests.queue_cast import drift

pytestmark = pytest.mark.django_db
__all__ = ["signed_in", "version"]


def test_the_pages_of_an_item_follow_one_another_and_the_last_one_finishes_it(
    version: ProtocolVersion, signed_in: Client
) -> None:
    item = make_item(version, make_output())
    drawn = signed_in.get(f"/judge/{SMALL}")
    bodies = whole_item(signed_in, drawn["Location"])
    for place, page in enumerate(bodies[:4], start=2):
        assert f"page {place} of 5" in page
        assert "The next page asks about the same output." in page
        assert "settled" not in page
    assert "Nothing here for you now" in bodies[4]
    assert "settled" in bodies[4]
    item.refresh_from_db()
    assert (item.done, item.leased) == (1, 0)
    forms = Judgment.objects.filter(item=item).order_by("id")
    assert [form.position for form in forms] == [1, 2, 3, 4, 5]
    assert [form.finishes_item for form in forms] == [False] * 4 + [True]
    assert (forms[2].confidence, forms[2].expected_agreement) == (80, 60)
    assert Answer.objects.get(is_holistic=True).value == "partly"
    assert Answer.objects.direct().count() == 2
    version.refresh_from_db()
    assert version.frozen_at is not None


def test_more_than_a_hundred_percent_is_refused_and_kept(
    version: ProtocolVersion, signed_in: Client
) -> None:
    item = make_item(version, make_output())
    url = f"/judge/{item.output_id}/{SMALL}"
    answer(signed_in, url, answer_one="yes", confidence="70")
    response = answer(signed_in, url, answer_two="no", confidence="101")
    assert response.status_code == 422
    assert 'value="101"' in body(response)


def test_definitions_are_as_often_first_as_last(version: ProtocolVersion) -> None:
    items = [make_item(version, make_output()) for _ in range(4)]
    judges = [Judge(pk=number) for number in range(1, 5)]

    def first(judge: Judge, item: Item) -> str:
        definition = pages_of(version, judge, item)[3].definition
        assert definition is not None
        return str(definition.definition.slug)

    for judge in judges:
        orders = [first(judge, item) for item in items]
        assert sorted(orders) == ["peirce", "peirce", "taylor", "taylor"]
        assert orders == [first(judge, item) for item in items]
    assert len({first(judge, items[0]) for judge in judges}) == 2


def test_nothing_of_what_others_found_is_sent_before_the_item_is_finished(
    version: ProtocolVersion, signed_in: Client
) -> None:
    model = make_model("told", name="Telltale 7B", maker="Tattle Works")
    prompt = make_prompt(reference="SECRET-REFERENCE", grader="exact")
    output = make_output(
        run=make_run(model), prompt=prompt, grade=0.375, grade_note="graded by hand",
        names_model=True, trace="I, Telltale, think.", answer="Tattle Works made me.",
    )  # fmt: skip
    item = make_item(version, output)
    other = make_judge()
    give(other, output, {"one": "no"}, comment="Quite hollow, said another.")
    taylor = version.definitions.get(definition__slug="taylor")
    classify(other, output, taylor, "no", words="hollow")
    give(make_judge("model"), output, {"one": "partly"}, comment="A model judged.")
    url = f"/judge/{output.pk}/{SMALL}"
    first = body(opened(signed_in, url))
    refused = body(answer(signed_in, url))
    draft = body(signed_in.post(f"/judge/{output.pk}/draft/{SMALL}", {"comment": "typed"}))
    bodies = [first, refused, draft, *whole_item(signed_in, url)]
    everywhere = (
        "Telltale", "Tattle", "told", "Babbler", "0.375", "graded by hand", "hollow",
        "A model judged",
    )  # fmt: skip
    for page in bodies[:7]:
        for secret in (*everywhere, "SECRET-REFERENCE"):
            assert secret not in page, secret
    for page in bodies[:5]:
        for secret in ("Taylor", "Peirce"):
            assert secret not in page, secret
    for secret in everywhere:
        assert secret not in bodies[7], secret
    assert "SECRET-REFERENCE" in bodies[7]
    assert Judgment.objects.filter(item=item, masked=True).count() == 5


def test_the_reference_is_not_told_above_another_output_of_the_same_prompt(
    signed_in: Client,
) -> None:
    make_criterion("one", process=True)
    version = make_protocol(blocks=(make_block("one", is_default=False),))
    prompt = make_prompt(reference="SECRET-REFERENCE", grader="exact")
    for _ in range(2):
        make_item(version, make_output(prompt=prompt))
    elsewhere = make_item(version, make_output())
    Item.objects.filter(pk=elsewhere.pk).update(done=1)
    seen = []
    for _ in range(3):
        response = opened(signed_in, f"/judge/{SMALL}")
        reply = answer(signed_in, response.request["PATH_INFO"] + SMALL, answer_one="yes")
        seen.append("SECRET-REFERENCE" in body(reply))
    assert seen == [False, False, True]


def test_a_protocol_may_keep_the_reference_to_itself(signed_in: Client) -> None:
    make_criterion("one", process=True)
    block = make_block("one", is_default=False)
    version = make_protocol(blocks=(block,), shows_reference=False)
    prompt = make_prompt(reference="SECRET-REFERENCE", grader="exact")
    item = make_item(version, make_output(prompt=prompt))
    reply = answer(signed_in, f"/judge/{item.output_id}/{SMALL}", answer_one="yes")
    assert "Saved." in body(reply)
    assert "SECRET-REFERENCE" not in body(reply)


def test_name_and_source_of_a_definition_are_shown_or_hidden_together(signed_in: Client) -> None:
    make_criterion("one")
    taylor = make_definition(
        "taylor", "one", name="Taylor as quoted", author="Ross Taylor", statement="Drawing ends."
    )
    for shown in (True, False):
        slug = f"source-{shown}".lower()
        version = make_protocol(slug, definitions=(taylor,), shows_source=shown)
        item = make_item(version, make_output())
        page = body(opened(signed_in, f"/judge/{item.output_id}/?protocol={slug}"))
        assert "Drawing ends." in page
        assert ("Taylor" in page) is shown


def test_undoing_the_last_page_opens_the_item_again(
    version: ProtocolVersion, signed_in: Client
) -> None:
    item = make_item(version, make_output())
    whole_item(signed_in, f"/judge/{item.output_id}/{SMALL}")
    last = Judgment.objects.get(finishes_item=True)
    token = {"form_token": str(last.form_token)}
    response = signed_in.post(f"/judge/undo/{SMALL}", token, headers=HTMX)
    assert "page 5 of 5" in body(response)
    item.refresh_from_db()
    assert (item.done, item.leased) == (0, 1)


def test_a_page_is_not_undone_under_the_one_that_finished_the_item(
    version: ProtocolVersion, signed_in: Client
) -> None:
    item = make_item(version, make_output())
    whole_item(signed_in, f"/judge/{item.output_id}/{SMALL}")
    first = Judgment.objects.order_by("id")[0]
    with pytest.raises(Stale):
        undo_judgment(judge=first.judge, form_token=first.form_token)
    assert Judgment.objects.standing().count() == 5


def test_a_judgment_beyond_the_need_is_kept_as_surplus(
    version: ProtocolVersion, signed_in: Client
) -> None:
    item = make_item(version, make_output(), needed=1, done=1)
    bodies = whole_item(signed_in, f"/judge/{item.output_id}/{SMALL}")
    item.refresh_from_db()
    assert (item.done, item.leased) == (1, 0)
    assert Judgment.objects.get(finishes_item=True).is_surplus
    assert Answer.objects.current().count() == 5
    assert "Others finished this output meanwhile" in bodies[4]


def test_a_draft_is_kept_on_the_server_and_holds_the_item(
    version: ProtocolVersion, signed_in: Client
) -> None:
    item = make_item(version, make_output())
    url = f"/judge/{item.output_id}/{SMALL}"
    fields = hidden_fields(opened(signed_in, url))
    typed = fields | {"answer-one": "partly", "comment": "Half a thought."}
    reply = signed_in.post(f"/judge/{item.output_id}/draft/{SMALL}", typed).json()
    assert reply["held_until"] > reply["saved_at"]
    elsewhere = Client()
    elsewhere.force_login(Judge.objects.get().user)
    page = body(opened(elsewhere, url))
    assert "Half a thought." in page
    assert re.search(r'id="answer-one-partly" value="partly" checked', page)
    assert "restored" in page
    answer(elsewhere, url, answer_one="yes", comment="A whole one.")
    assert not Draft.objects.exists()


def test_a_guest_leaves_no_trace_by_reading_and_holds_the_item_by_typing(
    version: ProtocolVersion, client: Client
) -> None:
    item = make_item(version, make_output())
    page = opened(client, f"/judge/{SMALL}")
    assert not Judge.objects.exists()
    client.post(f"/judge/{item.output_id}/draft/{SMALL}", hidden_fields(page))
    lease = Lease.objects.get()
    assert (lease.item, lease.judge.kind) == (item, "guest")
    assert not drift(version)


def test_a_save_leaves_the_next_item_held_and_the_one_after_it_shortly(signed_in: Client) -> None:
    make_criterion("one")
    version = make_protocol(blocks=(make_block("one", is_default=False),))
    for _ in range(4):
        make_item(version, make_output())
    path = opened(signed_in, f"/judge/{SMALL}").request["PATH_INFO"]
    answer(signed_in, path + SMALL, answer_one="yes")
    assert sorted(Lease.objects.values_list("is_prefetch", flat=True)) == [False, True]
    assert not drift(version)


def test_gold_tells_what_was_expected_after_the_save(signed_in: Client) -> None:
    wording = make_criterion("one")
    version = make_protocol(blocks=(make_block("one", is_default=False),), gold_share=50)
    item = make_item(version, make_output(), is_gold=True)
    GoldAnswer.objects.create(
        item=item, criterion=wording.criterion, criterion_version=wording, value="no",
        feedback="It only repeats the question.",
    )  # fmt: skip
    url = f"/judge/{item.output_id}/{SMALL}"
    assert "only repeats" not in body(opened(signed_in, url))
    reply = body(answer(signed_in, url, answer_one="yes"))
    assert "Expected No" in reply
    assert "It only repeats the question." in reply


def test_who_failed_the_qualification_is_told_how(signed_in: Client) -> None:
    wording = make_criterion("one")
    version = make_protocol(blocks=(make_block("one", is_default=False),), qualification_share=100)
    item = make_item(version, make_output(), is_gold=True, is_qualification=True)
    GoldAnswer.objects.create(
        item=item, criterion=wording.criterion, criterion_version=wording, value="no"
    )
    make_item(version, make_output())
    path = opened(signed_in, f"/judge/{SMALL}").request["PATH_INFO"]
    reply = answer(signed_in, path + SMALL, answer_one="yes")
    assert reply.status_code == 403
    assert "0 of 1" in body(reply)
    assert signed_in.get(f"/judge/{SMALL}").status_code == 403

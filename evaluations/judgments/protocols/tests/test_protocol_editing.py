"""The form of a protocol: what it saves, refuses and counts, and what a change becomes."""

import re
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from evaluations.accounts.models import Role, User
from evaluations.judgments.items.queue import fill_items
from evaluations.judgments.models import Block, Item, Protocol, ProtocolVersion
from evaluations.judgments.protocols.actions import freeze
from evaluations.judgments.protocols.reading import selected_count
from evaluations.judgments.tests.cast import (
    make_block,
    make_definition,
    make_judge,
    make_output,
    make_prompt,
    make_recipe,
    make_run,
    make_user,
)
from evaluations.judgments.tests.form import text_of
from evaluations.judgments.tests.protocol_cast import make_protocol
from evaluations.prompts.models import PromptSet

pytestmark = pytest.mark.django_db


def filled(block: Block | None = None, **fields: Any) -> dict[str, Any]:
    """The form as a browser sends it with its initial values, and one block."""
    form: dict[str, Any] = {
        "title": "Small talk", "slug": "", "description": "About lamps.", "access": "anyone",
        "subject": "output", "sample": "", "seed": "0", "steps": "", "shows_source": "on",
        "shows_reference": "on", "judges_per_item": "3", "skip_policy": "others",
        "gold_share": "10", "gold_feedback": "on", "qualification_share": "0", "repeat_share": "5",
        "action": "save",
    }  # fmt: skip
    if block is not None:
        form["block-1"] = str(block.pk)
    return form | {name.replace("__", "-"): value for name, value in fields.items()}


def checked(page: str, name: str) -> list[str]:
    found = re.findall(rf'<input type="(?:checkbox|radio)" name="{name}"[^>]*>', page)
    return [
        (re.findall(r'value="([^"]*)"', tag) or ["on"])[0] for tag in found if " checked" in tag
    ]


def test_a_researcher_makes_a_protocol(signed_in: Client, researcher: User, block: Block) -> None:
    second = make_block("clear", slug="second", is_default=False)
    definition = make_definition("mine", "sound")
    make_output(stop_reason="stop")
    response = signed_in.post(
        "/protocols/new/",
        filled(
            None, block__2=str(block.pk), block__3=str(second.pk), definitions=[definition.pk],
            models=["babbler"], recipes=["plainly"], prompt_sets=["set"], stop_reasons=["stop"],
            sample="5", seed="9", steps="labels", asks_holistic="on", asks_agreement="on",
            judges_per_item="4", access="invited", skip_policy="counts", gold_share="20",
            qualification_share="70",
        ),
    )  # fmt: skip
    protocol = Protocol.objects.get()
    assert response["Location"] == "/protocols/small-talk/"
    assert (protocol.owner, protocol.access, protocol.description, protocol.is_open) == (
        researcher, "invited", "About lamps.", False,
    )  # fmt: skip
    version = protocol.versions.get()
    assert [place.block for place in version.protocolblock_set.all()] == [block, second]
    assert list(version.definitions.all()) == [definition]
    assert version.selection == {
        "models": ["babbler"], "recipes": ["plainly"], "prompt_sets": ["set"],
        "stop_reasons": ["stop"], "sample": 5, "seed": 9,
    }  # fmt: skip
    assert (
        version.steps, version.asks_holistic, version.asks_confidence, version.asks_agreement,
        version.judges_per_item, version.skip_policy, version.gold_share,
        version.qualification_share, version.suggestion_judge,
    ) == ("labels", True, False, True, 4, "counts", 20, 70, None)  # fmt: skip


@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        ({"title": ""}, "This field is required"),
        ({"slug": "join"}, "is a word that addresses here need"),
        ({"slug": "taken"}, "There is a protocol “taken” already"),
        ({"slug": "no good"}, "Enter a valid"),
        ({"judges_per_item": "0"}, "greater than or equal to 1"),
        ({"gold_share": "51"}, "less than or equal to 50"),
        ({"sample": "none"}, "Enter a whole number"),
        ({"models": ["unknown"]}, "is not one of the available choices"),
        ({"description": "a\0b"}, "Null characters are not allowed"),
        ({"block-1": "", "steps": ""}, "Ask at least one question"),
        ({"subject": "pair"}, "A pair is compared plainly"),
        ({"subject": "prompt", "asks_holistic": "on"}, "A prompt is asked about in blocks alone"),
    ],
)
def test_a_wrong_form_comes_back_with_all_that_was_typed(
    signed_in: Client, block: Block, wrong: dict[str, Any], words: str
) -> None:
    make_protocol("taken", asks_holistic=True)
    make_output()
    typed = {"seed": "77", "steps": "labels", "recipes": ["plainly"], "title": "Kept title"}
    response = signed_in.post("/protocols/new/", {**filled(block), **typed, **wrong})
    page = text_of(response)
    assert response.status_code == 422
    assert words in page
    assert 'id="errors"' in page
    assert 'value="77"' in page
    assert "About lamps." in page or "description" in wrong
    assert checked(page, "steps") == [wrong.get("steps", "labels")]
    assert checked(page, "recipes") == ["plainly"]
    assert "Kept title" in page or "title" in wrong
    if "block-1" not in wrong:
        assert f'<option value="{block.pk}" selected>' in page
    assert Protocol.objects.count() == 1


def test_a_block_is_asked_once(signed_in: Client, block: Block) -> None:
    page = text_of(signed_in.post("/protocols/new/", filled(block, block__2=str(block.pk))))
    assert "This block is chosen above already." in page
    assert not Protocol.objects.exists()


def test_the_form_counts_what_it_selects(signed_in: Client, block: Block) -> None:
    prompt = make_prompt()
    for reason in ("stop", "stop", "length"):
        make_output(prompt=prompt, stop_reason=reason)
    make_output(state="pending")
    assert "<strong>3 outputs</strong>" in text_of(signed_in.get("/protocols/new/"))

    def count(**fields: Any) -> str:
        page = text_of(
            signed_in.get(
                "/protocols/count/",
                {"subject": "output", "sample": "", "seed": "0", **fields},
                headers={"HX-Request": "true"},
            )
        )
        assert "<html" not in page
        return " ".join(re.findall(r"<strong>(.*?)</strong>", page))

    assert count(stop_reasons="stop") == "2 outputs"
    assert count(stop_reasons="stop", sample="1") == "1 output"
    assert count(subject="pair") == "0 pairs"
    make_output(prompt=prompt, run=make_run(recipe=make_recipe("slowly")))
    assert count(subject="pair") == "3 pairs"
    assert count(subject="prompt") == "2 prompts"
    assert count(models="babbler", recipes="plainly", prompt_sets="set") == "3 outputs"
    assert count(sample="x") == ""


@pytest.mark.parametrize("subject", ["output", "pair", "prompt"])
@pytest.mark.parametrize("sample", [None, 2])
def test_the_count_is_what_opening_makes(block: Block, subject: str, sample: int | None) -> None:
    fast, slow = (make_run(recipe=make_recipe(slug)) for slug in ("plainly", "slowly"))
    for prompt in (make_prompt(), make_prompt(), make_prompt()):
        for run in (fast, fast, slow):
            make_output(prompt=prompt, run=run)
        make_output(prompt=prompt, run=slow, state="pending")
    make_output(withdrawn_at=timezone.now())
    selection = {"sample": sample, "seed": 3} if sample else {"prompt_sets": ["set"]}
    version = make_protocol(subject=subject, blocks=(block,), selection=selection)
    assert fill_items(version) == selected_count(subject, selection) > 0


def test_counting_without_a_script_keeps_the_form_and_saves_nothing(
    signed_in: Client, block: Block
) -> None:
    make_output(stop_reason="length")
    form = filled(block, title="", stop_reasons=["stop"], seed="77", action="count")
    response = signed_in.post("/protocols/new/", form)
    page = text_of(response)
    assert response.status_code == 200
    assert "<strong>0 outputs</strong>" in page
    assert 'id="errors"' not in page
    assert checked(page, "stop_reasons") == ["stop"]
    assert 'value="77"' in page
    assert not Protocol.objects.exists()


def test_suggestions_are_offered_only_where_there_is_a_model_judge(
    signed_in: Client, block: Block
) -> None:
    assert "suggestion_judge" not in text_of(signed_in.get("/protocols/new/"))
    judge = make_judge("model")
    assert "Babbler 135M" in text_of(signed_in.get("/protocols/new/"))
    missing = signed_in.post("/protocols/new/", filled(block, suggestion_share="50"))
    assert "Choose the model judge" in text_of(missing)
    signed_in.post(
        "/protocols/new/", filled(block, suggestion_share="50", suggestion_judge=str(judge.pk))
    )
    version = ProtocolVersion.objects.get()
    assert (version.suggestion_judge, version.suggestion_share) == (judge, 50)


# Changing ----------------------------------------------------------------------------------------


def test_editing_starts_from_what_is_there_and_saving_it_changes_nothing(
    signed_in: Client, researcher: User, block: Block
) -> None:
    make_output()
    signed_in.post(
        "/protocols/new/",
        filled(block, models=["babbler"], sample="5", seed="9", asks_confidence="on"),
    )
    version = ProtocolVersion.objects.get()
    page = text_of(signed_in.get("/protocols/small-talk/edit/"))
    assert "everything can be changed in place" in page
    assert 'name="slug"' not in page
    assert checked(page, "models") == ["babbler"]
    assert checked(page, "asks_confidence") == ["on"]
    assert f'<option value="{block.pk}" selected>' in page
    assert "<strong>1 output</strong>" in page
    freeze(version)
    signed_in.post(
        "/protocols/small-talk/edit/",
        filled(block, models=["babbler"], sample="5", seed="9", asks_confidence="on", title="New"),
    )
    assert ProtocolVersion.objects.get() == version
    assert Protocol.objects.get().title == "New"


def test_what_is_selected_stays_selected_where_the_editor_is_not_listed_it(
    signed_in: Client, researcher: User, block: Block
) -> None:
    run = make_output().run
    chosen = {"models": ["babbler"], "prompt_sets": [run.prompt_set.slug]}
    signed_in.post("/protocols/new/", filled(block, **chosen))
    PromptSet.objects.filter(pk=run.prompt_set_id).update(visibility="private")
    page = text_of(signed_in.get("/protocols/small-talk/edit/"))
    assert checked(page, "models") == chosen["models"]
    assert checked(page, "prompt_sets") == chosen["prompt_sets"]


def test_after_the_first_judgment_saving_makes_the_next_version(
    signed_in: Client, researcher: User, block: Block
) -> None:
    make_output()
    signed_in.post("/protocols/new/", filled(block))
    freeze(ProtocolVersion.objects.get())
    page = text_of(signed_in.get("/protocols/small-talk/edit/"))
    assert "makes version 2" in page
    assert "stay with version 1" in page
    refused = signed_in.post("/protocols/small-talk/edit/", filled(None))
    assert refused.status_code == 422
    assert "makes version 2" in text_of(refused)
    done = signed_in.post("/protocols/small-talk/edit/", filled(block, steps="labels"), follow=True)
    assert "Saved as version 2." in text_of(done)
    numbers = ProtocolVersion.objects.order_by("number").values_list("number", "is_current")
    assert list(numbers) == [(1, False), (2, True)]


def test_an_open_protocol_is_not_emptied(signed_in: Client, researcher: User, block: Block) -> None:
    make_output(stop_reason="stop")
    signed_in.post("/protocols/new/", filled(block))
    signed_in.post("/protocols/small-talk/open/")
    response = signed_in.post("/protocols/small-talk/edit/", filled(block, stop_reasons=["length"]))
    assert response.status_code == 422
    assert "Nothing matches" in text_of(response)
    assert ProtocolVersion.objects.get().selection == {}
    assert Item.objects.count() == 1


PAGES = ("/protocols/new/", "/protocols/blocks/new/", "/protocols/mine/edit/",
         "/protocols/mine/gold/")  # fmt: skip


@pytest.mark.parametrize("path", PAGES)
def test_others_are_told_who_may(client: Client, block: Block, path: str) -> None:
    make_protocol("mine", blocks=(block,))
    before = Protocol.objects.count(), Block.objects.count(), Item.objects.count()
    for user in (None, make_user()):
        if user is not None:
            client.force_login(user)
        for response in (client.get(path), client.post(path, filled(block))):
            assert response.status_code == 403
            page = text_of(response)
            assert "run by staff and researchers" in page
            assert (f"/accounts/login/?next={path}" in page) is (user is None)
    assert client.get("/protocols/count/").status_code == 403
    client.force_login(make_user("rival", role=Role.RESEARCHER))
    assert client.get(path).status_code == (403 if "/mine/" in path else 200)
    assert (Protocol.objects.count(), Block.objects.count(), Item.objects.count()) == before


def test_queries_of_the_form_do_not_grow(signed_in: Client, block: Block) -> None:
    def more(n: int) -> int:
        make_output(prompt=make_prompt())
        make_block("sound", slug=f"more-{n}", is_default=False)
        make_definition(f"mine-{n}", "sound")
        with CaptureQueriesContext(connection) as queries:
            signed_in.get("/protocols/new/")
        return len(queries)

    more(1)
    assert more(2) == more(3)

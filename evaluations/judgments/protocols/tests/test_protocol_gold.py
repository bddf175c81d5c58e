"""The pages of gold items and of blocks of criteria."""

import pytest
from django.test import Client

from evaluations.accounts.models import User
from evaluations.judgments.models import Block, Item
from evaluations.judgments.tests.cast import (
    make_block,
    make_criterion,
    make_output,
    make_prompt,
)
from evaluations.judgments.tests.form import text_of
from evaluations.judgments.tests.protocol_cast import make_item, make_protocol

pytestmark = pytest.mark.django_db


def test_gold_is_chosen_explained_and_taken_out(
    signed_in: Client, researcher: User, block: Block
) -> None:
    version = make_protocol("mine", owner=researcher, blocks=(block,))
    output = make_output()
    make_item(version, output)
    page = text_of(signed_in.get("/protocols/mine/gold/"))
    assert f'href="?output={output.pk}"' in page
    here = f"/protocols/mine/gold/?output={output.pk}"
    page = text_of(signed_in.get(here))
    assert "The lamp is on." in page
    assert "Question about sound?" in page
    empty = signed_in.post(here, {"feedback-sound": "Kept words"})
    assert empty.status_code == 422
    assert "at least one criterion" in text_of(empty)
    assert "Kept words" in text_of(empty)
    saved = signed_in.post(
        here,
        {"value-sound": "no", "feedback-sound": "It leaps.", "is_qualification": "on"},
        follow=True,
    )
    assert f"Output {output.pk} is gold." in text_of(saved)
    assert "It leaps." in text_of(saved)
    item = Item.objects.get()
    assert (item.is_gold, item.is_qualification) == (True, True)
    again = text_of(signed_in.get(here))
    assert 'value="It leaps."' in again
    signed_in.post("/protocols/mine/gold/", {"action": "remove", "item": item.pk})
    assert not Item.objects.filter(is_gold=True).exists()


@pytest.mark.parametrize("query", ["?output=999999", "?output=x", "?output=%00", "?output=²"])
def test_what_is_not_there_is_not_made_gold(
    signed_in: Client, researcher: User, block: Block, query: str
) -> None:
    make_protocol("mine", owner=researcher, blocks=(block,))
    assert signed_in.get(f"/protocols/mine/gold/{query}").status_code == 404


def test_a_prompt_can_be_gold_and_a_pair_cannot(signed_in: Client, researcher: User) -> None:
    make_criterion("open-ended", level="prompt")
    asked = make_block("open-ended")
    version = make_protocol("asked", owner=researcher, subject="prompt", blocks=(asked,))
    prompt = make_prompt()
    signed_in.post(f"/protocols/asked/gold/?prompt={prompt.pk}", {"value-open-ended": "yes"})
    assert version.items.get().prompt == prompt
    make_protocol("pairs", owner=researcher, subject="pair")
    assert signed_in.get("/protocols/pairs/gold/").status_code == 404


def test_removing_what_is_not_gold_is_harmless(
    signed_in: Client, researcher: User, block: Block
) -> None:
    make_protocol("mine", owner=researcher, blocks=(block,))
    for item in ("", "x", "9" * 30, "999"):
        response = signed_in.post("/protocols/mine/gold/", {"action": "remove", "item": item})
        assert response.status_code == 303


def test_a_block_is_made_in_order(signed_in: Client, block: Block) -> None:
    make_criterion("probed", level="mechanism", answered_by="probe")
    page = text_of(signed_in.get("/protocols/blocks/new/"))
    assert "probed" not in page
    form = {"title": "Mine", "description": "", "criterion-2": "clear", "criterion-4": "sound"}
    response = signed_in.post("/protocols/blocks/new/", form)
    assert response["Location"] == "/protocols/new/"
    made = Block.objects.get(slug="mine")
    assert [place.criterion.key for place in made.blockcriterion_set.all()] == ["clear", "sound"]
    assert "Mine" in text_of(signed_in.get("/protocols/new/"))


@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        ({"criterion-1": ""}, "Choose at least one criterion"),
        ({"criterion-2": "sound"}, "This criterion is chosen above already"),
        ({"title": ""}, "This field is required"),
        ({"criterion-1": "probed"}, "is not one of the available choices"),
    ],
)
def test_a_wrong_block_comes_back(
    signed_in: Client, block: Block, wrong: dict[str, str], words: str
) -> None:
    form = {"title": "Mine", "description": "Kept words", "criterion-1": "sound", **wrong}
    response = signed_in.post("/protocols/blocks/new/", form)
    assert response.status_code == 422
    assert words in text_of(response)
    assert "Kept words" in text_of(response)
    assert Block.objects.get() == block

"""The default protocol asks nobody again what they answered elsewhere about the same output."""

import pytest
from django.test import Client

from evaluations.definitions.models import CriterionVersion
from evaluations.judgments.answers.actions import Served, undo_judgment
from evaluations.judgments.items import queue
from evaluations.judgments.items.pages import task_on
from evaluations.judgments.models import Answer, Block, Item, ProtocolVersion
from evaluations.judgments.tests.cast import (
    classify,
    give,
    make_block,
    make_criterion,
    make_definition,
    make_judge,
    make_output,
    make_user,
    reword,
)
from evaluations.judgments.tests.form import filled, text_of
from evaluations.judgments.tests.protocol_cast import make_item, make_protocol
from evaluations.judgments.tests.queue_cast import drift

pytestmark = pytest.mark.django_db


@pytest.fixture
def version() -> ProtocolVersion:
    """The default protocol: a block about output and prompt, then another; one output."""
    make_criterion("clear", level="prompt")
    make_criterion("sound")
    make_criterion("new")
    blocks = (make_block("clear", "sound"), make_block("new", slug="second", is_default=False))
    version = make_protocol("open", blocks=blocks, is_default=True, judges_per_item=1)
    make_item(version, make_output())
    return version


@pytest.fixture
def elsewhere(version: ProtocolVersion) -> Item:
    """The same output in a study that asks the first block."""
    study = make_protocol("study", blocks=(Block.objects.get(slug="first"),))
    return make_item(study, version.items.get().output)


def test_of_what_was_answered_elsewhere_only_the_rest_is_asked(
    version: ProtocolVersion, elsewhere: Item
) -> None:
    judge, item = make_judge(), version.items.get()
    served = Served(item=elsewhere, page="block:first", finishes=True)
    give(judge, item.output, {"clear": "yes", "sound": "no"}, served=served)
    lease = queue.next_item(version, judge)
    assert lease is not None
    task = task_on(lease.item, item.output, judge)
    assert [wording.criterion.key for wording in task.questions.wordings] == ["new"]
    assert (task.pages, task.finishes) == (1, True)
    assert task_on(item, item.output, make_judge()).pages == 2, "another judge is asked it all"
    # Answered without any protocol, while the item is held: it is not served any more.
    (last,) = give(judge, item.output, {"new": "partly"})
    assert queue.next_item(version, judge) is None
    assert queue.prefetch(version, judge, after=elsewhere) is None
    # Undone, it is asked again; and so it is where the question has another meaning.
    undo_judgment(judge=judge, form_token=last.form_token)
    assert queue.next_item(version, judge) is not None
    give(judge, item.output, {"new": "no"})
    assert queue.next_item(version, judge) is None
    reword(CriterionVersion.objects.get(criterion__key="new"), "Other?", new_question=True)
    assert queue.next_item(version, judge) is not None
    assert not drift(version)


def test_an_item_with_all_its_judges_is_not_asked_again_either(version: ProtocolVersion) -> None:
    """The default protocol asks for one more judge rather than run dry, but not for these."""
    judge, item = make_judge(), version.items.get()
    Item.objects.update(done=1)
    assert queue.next_item(version, make_judge()) is not None
    give(judge, item.output, {"clear": "yes", "sound": "no", "new": "no"})
    assert queue.next_item(version, judge) is None


@pytest.mark.parametrize("fields", [{"asks_holistic": True}, {"steps": "labels"}, {}])
def test_every_kind_of_question_counts(fields: dict[str, object]) -> None:
    make_criterion("one")
    definition = make_definition("taylor", "one")
    asked = {"definitions": () if fields else (definition,), **fields}
    version = make_protocol("open", is_default=True, **asked)
    study = make_protocol("study", **asked)
    output, judge = make_output(), make_judge()
    make_item(version, output)
    item = make_item(study, output)
    if "steps" in fields:
        judge.judgments.create(output=output, item=item, page="steps", finishes_item=True)
    elif fields:
        row = judge.judgments.create(output=output, item=item, page="holistic")
        Answer.objects.create(
            judgment=row, judge=judge, output=output, is_holistic=True, value="no"
        )
    else:
        classify(judge, output, definition, "yes")
    assert queue.next_item(version, judge) is None
    assert queue.next_item(version, make_judge()) is not None


def test_another_protocol_asks_its_own_questions_anew_and_says_so(
    client: Client, version: ProtocolVersion, elsewhere: Item
) -> None:
    user = make_user()
    client.force_login(user)
    judge = make_judge(user=user)
    output = elsewhere.output
    url = f"/judge/{elsewhere.output_id}/?protocol=study"
    assert "takes the place" not in text_of(client.get(url))
    served = Served(item=version.items.get(), page="block:first")
    give(judge, output, {"clear": "yes", "sound": "no"}, served=served)
    give(judge, output, {"new": "no"})
    page = client.get(url)
    assert 'name="answer-sound"' in text_of(page)
    assert "You answered this before, under “Protocol open”" in text_of(page)
    assert client.post(url, filled(page, sound="yes")).status_code == 303
    # From here on they are the study's own, and it is the default protocol that would take them.
    assert "takes the place" not in text_of(client.get(url))
    page = text_of(client.get(f"/judge/{output.pk}/?criteria=sound"))
    assert "You answered this before, under “Protocol study”." in page

"""A protocol that asks one question more asks its judges that one question alone."""

import uuid
from dataclasses import replace
from typing import Any

import pytest
from django.test import Client

from evaluations.accounts.models import User
from evaluations.definitions.models import CriterionVersion
from evaluations.judgments.answers.actions import (
    Direct,
    Served,
    submit_judgment,
    undo_judgment,
)
from evaluations.judgments.items import carried, queue
from evaluations.judgments.items.pages import OutputTask, task_on
from evaluations.judgments.me.leave import withdraw_all
from evaluations.judgments.models import Block, GoldAnswer, Item, Judge, ProtocolVersion
from evaluations.judgments.protocols.actions import change_version
from evaluations.judgments.protocols.plans import plan_of
from evaluations.judgments.protocols.reading import judges_by_version, progress_by_version
from evaluations.judgments.review.agreement import agreement_of
from evaluations.judgments.review.progress import standing_of
from evaluations.judgments.tests.cast import (
    make_block,
    make_criterion,
    make_definition,
    make_judge,
    make_output,
    make_user,
    reword,
)
from evaluations.judgments.tests.protocol_cast import make_item, make_protocol
from evaluations.leaderboards.boards.standings import Question, rule_on_outputs
from evaluations.leaderboards.matrix.answers import Selection
from evaluations.leaderboards.matrix.current import current_matrix

pytestmark = pytest.mark.django_db

OUTPUTS = 3


@pytest.fixture
def one() -> Block:
    for key in ("one", "two", "old"):
        make_criterion(key)
    return make_block("one", "old", slug="first")


@pytest.fixture
def owner() -> User:
    return make_user("owner", is_staff=True)


@pytest.fixture
def judges() -> list[Judge]:
    return [make_judge(), make_judge()]


@pytest.fixture
def version(one: Block, owner: User, judges: list[Judge]) -> ProtocolVersion:
    """Every output was judged by both judges that it needs."""
    for _ in range(OUTPUTS):
        make_output()
    version = make_protocol(blocks=(one,), owner=owner)
    queue.fill_items(version)
    for judge in judges:
        for _ in range(OUTPUTS):
            judge_next(version, judge)
    assert progress(version) == (2 * OUTPUTS, 2 * OUTPUTS)
    return version


def judge_next(version: ProtocolVersion, judge: Judge) -> list[OutputTask]:
    """Save all that is asked of this judge about the item that comes next; the pages."""
    pages: list[OutputTask] = []
    lease = queue.next_item(version, judge)
    if lease is None:
        return pages
    assert lease.item.output is not None
    while not pages or not pages[-1].finishes:
        task = task_on(lease.item, lease.item.output, judge)
        pages.append(task)
        asked = task.questions
        submit_judgment(
            judge=judge,
            output=task.output,
            answers=dict.fromkeys(asked.wordings, "yes"),
            direct=[Direct(version=asked.definition, value="yes")] if asked.definition else [],
            holistic="yes" if asked.is_holistic else "",
            form_token=uuid.uuid4(),
            served=Served(item=lease.item, page=asked.page, finishes=task.finishes),
        )
    return pages


def progress(version: ProtocolVersion) -> tuple[int, int]:
    found = progress_by_version([version])[version.pk]
    return found.done, found.needed


def changed(version: ProtocolVersion, **plan: Any) -> ProtocolVersion:
    """The version that comes of another plan."""
    assert version.protocol.owner is not None
    return change_version(
        protocol=version.protocol,
        actor=version.protocol.owner,
        plan=replace(plan_of(version), **plan),
    )


def keys_on(pages: list[OutputTask]) -> list[str]:
    return [wording.criterion.key for page in pages for wording in page.questions.wordings]


@pytest.mark.parametrize("keys", [("two",), ("old", "two")])
def test_a_new_question_is_all_that_is_asked(
    version: ProtocolVersion, one: Block, judges: list[Judge], keys: tuple[str, ...]
) -> None:
    new = changed(version, blocks=[one, make_block(*keys, slug="second", is_default=False)])
    assert (new.number, *progress(new)) == (2, 0, 2 * OUTPUTS)
    assert carried.waiting(new) == standing_of(new).begun == 2 * OUTPUTS
    stranger = make_judge()
    lease = queue.next_item(new, stranger)
    assert lease is not None
    assert lease.item.output is not None
    asked = [task_on(lease.item, lease.item.output, stranger, page=f"block:{slug}")
             for slug in ("first", "second")]  # fmt: skip
    assert sorted(set(keys_on(asked))) == ["old", "one", "two"]
    queue.release(token=lease.token, judge=stranger)
    for judge in judges:
        for _ in range(OUTPUTS):
            assert keys_on(judge_next(new, judge)) == ["two"]
        assert judge_next(new, judge) == []
    assert progress(new) == (2 * OUTPUTS, 2 * OUTPUTS)
    assert carried.waiting(new) == 0


def test_earlier_answers_count_with_the_new_version(
    version: ProtocolVersion, one: Block, judges: list[Judge], client: Client, owner: User
) -> None:
    new = changed(version, blocks=[one, make_block("two", slug="second", is_default=False)])
    found = {row.question.key: row for row in agreement_of(new)}
    assert (found["one"].items, found["one"].judges) == (OUTPUTS, 2)
    assert judges_by_version([new, version]) == {new.pk: 2, version.pk: 2}
    both = make_definition("both", {"all": ["one", "two"]})
    question = Question(Selection(protocol=new.protocol_id))
    assert not rule_on_outputs(both, current_matrix(), question).asked.any()
    judge_next(new, judges[0])
    assert rule_on_outputs(both, current_matrix(), question).asked.sum() == 1
    client.force_login(owner)
    for url in (new.protocol.get_absolute_url(), f"{new.protocol.get_absolute_url()}progress/"):
        page = " ".join(client.get(url).content.decode().split())
        assert "5 judgments of earlier versions stand" in page, url


def test_a_version_that_asks_nothing_new_begins_where_the_last_one_stood(
    version: ProtocolVersion, judges: list[Judge]
) -> None:
    new = changed(version, judges_per_item=3)
    assert progress(new) == (2 * OUTPUTS, 3 * OUTPUTS)
    assert carried.waiting(new) == 0
    assert judge_next(new, judges[0]) == []
    assert keys_on(judge_next(new, make_judge())) == ["one", "old"]
    assert progress(new)[0] == 2 * OUTPUTS + 1
    last = judges[0].judgments.latest("id")
    undo_judgment(judge=judges[0], form_token=last.form_token)
    assert progress(new)[0] == 2 * OUTPUTS
    assert keys_on(judge_next(new, judges[0])) == ["one", "old"]
    withdraw_all(judges[1])
    assert progress(new)[0] == OUTPUTS + 1
    fewer = changed(new, judges_per_item=1)
    assert progress(fewer) == (OUTPUTS, OUTPUTS), "no more than are needed"


def test_a_version_edited_before_its_first_judgment_is_carried_anew(
    version: ProtocolVersion, one: Block
) -> None:
    new = changed(version, judges_per_item=3)
    second = make_block("two", slug="second", is_default=False)
    assert changed(new, blocks=[one, second]) == new
    assert progress(new) == (0, 3 * OUTPUTS)
    assert carried.waiting(new) == 2 * OUTPUTS


def test_another_meaning_is_asked_again(version: ProtocolVersion, judges: list[Judge]) -> None:
    wording = CriterionVersion.objects.for_keys(["old"]).get()
    reword(wording, "The same in other words?")
    reword(CriterionVersion.objects.for_keys(["one"]).get(), "Otherwise?", new_question=True)
    new = changed(version, judges_per_item=3)
    assert progress(new) == (0, 3 * OUTPUTS)
    assert keys_on(judge_next(new, judges[0])) == ["one"]


def test_whole_pages_drop_out(version: ProtocolVersion, judges: list[Judge]) -> None:
    definition = make_definition("both", {"all": ["one", "two"]})
    new = changed(version, definitions=[definition], asks_holistic=True)
    assert [task.questions.page for task in judge_next(new, judges[0])] == [
        "holistic", f"definition:{definition.pk}",
    ]  # fmt: skip
    last = changed(new, definitions=[definition], asks_holistic=True, gold_share=5)
    assert progress(last) == (1, 2 * OUTPUTS)


@pytest.mark.parametrize(("why", "lost"), [("gold", 1), ("not qualified", OUTPUTS)])
def test_what_counts_nowhere_finishes_no_item_of_a_later_version(
    version: ProtocolVersion, judges: list[Judge], why: str, lost: int
) -> None:
    if why == "gold":
        Item.objects.filter(pk=version.items.earliest("id").pk).update(is_gold=True)
    else:
        item = make_item(version, make_output(), is_gold=True, is_qualification=True)
        wording = CriterionVersion.objects.for_keys(["one"]).get()
        GoldAnswer.objects.create(
            item=item, criterion=wording.criterion, criterion_version=wording, value="no"
        )
        ProtocolVersion.objects.filter(pk=version.pk).update(qualification_share=100)
        version.refresh_from_db()
    new = changed(version, judges_per_item=3, qualification_share=0, gold_share=0)
    counted = current_matrix().answers_to(("one", 1))[0].counted(Selection())
    assert len(counted.value) == progress(new)[0] == 2 * (OUTPUTS - lost)
    for _ in range(lost):
        assert keys_on(judge_next(new, judges[0])) == ["one", "old"]

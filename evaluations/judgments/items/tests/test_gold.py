"""When gold items come, who has qualified, and what a judge who has not is told."""

import uuid

import pytest
from django.test import Client
from django.utils import timezone

from evaluations.judgments.answers.actions import Served, submit_judgment
from evaluations.judgments.items import gold, queue, skips
from evaluations.judgments.models import (
    GoldAnswer,
    Item,
    Judge,
    Lease,
    ProtocolVersion,
    SkippedItem,
)
from evaluations.judgments.tests.cast import (
    make_block,
    make_criterion,
    make_judge,
    make_output,
    make_prompt,
    make_user,
    reword,
)
from evaluations.judgments.tests.form import filled, hidden_fields, text_of
from evaluations.judgments.tests.protocol_cast import make_item, make_protocol
from evaluations.judgments.tests.queue_cast import drain, drift, finish, make_queue
from evaluations.runs.models import Output

pytestmark = pytest.mark.django_db


def make_gold(version: ProtocolVersion, *, qualifies: bool = False, **fields: object) -> Item:
    return make_item(version, make_output(), is_gold=True, is_qualification=qualifies, **fields)


@pytest.fixture
def version() -> ProtocolVersion:
    """Three ordinary items, and a qualification set of four; half of it is to be right."""
    wording = make_criterion("sound")
    block = make_block("sound")
    version = make_protocol(blocks=(block,), qualification_share=50)
    for _ in range(3):
        make_item(version, make_output())
    for place in range(4):
        item = make_gold(version, qualifies=True, random=place / 4)
        GoldAnswer.objects.create(
            item=item, criterion=wording.criterion, criterion_version=wording, value="yes"
        )
    return version


def answer(item: Item, judge: Judge, value: str) -> None:
    """Save the only page of an item with an answer to its one criterion."""
    wording = item.version.blocks.get().criteria.get().versions.latest("id")
    submit_judgment(
        judge=judge,
        output=item.output,
        answers={wording: value},
        form_token=uuid.uuid4(),
        served=Served(item=item, page="block:first", position=1, finishes=True),
    )


def qualify(version: ProtocolVersion, judge: Judge, right: int) -> list[Item]:
    """Do the qualification set, so many of it as expected; the items in the order served."""
    served = []
    for place in range(4):
        served.append(queue.next_item(version, judge).item)
        answer(served[-1], judge, "yes" if place < right else "no")
    return served


def test_the_qualification_set_comes_before_everything_else(version: ProtocolVersion) -> None:
    judge = make_judge()
    served = qualify(version, judge, right=4)
    assert [item.is_qualification for item in served] == [True] * 4
    assert [item.random for item in served] == [0, 0.25, 0.5, 0.75]
    assert gold.qualification(version, judge) == (4, 4)
    assert not queue.next_item(version, judge).item.is_gold


@pytest.mark.parametrize(("right", "enough"), [(0, False), (1, False), (2, True), (4, True)])
def test_the_share_decides_who_qualifies(
    version: ProtocolVersion, right: int, enough: bool
) -> None:
    judge = make_judge()
    qualify(version, judge, right)
    if enough:
        assert queue.next_item(version, judge) is not None
        return
    with pytest.raises(queue.NotQualified, match=rf"^You answered {right} of 4 .* 50%\.$") as why:
        queue.next_item(version, judge)
    assert (why.value.right, why.value.asked) == (right, 4)
    assert not judge.leases.exists()


def test_without_a_share_nobody_is_sent_away(version: ProtocolVersion) -> None:
    ProtocolVersion.objects.filter(pk=version.pk).update(qualification_share=0)
    version.refresh_from_db()
    judge = make_judge()
    qualify(version, judge, right=0)
    assert queue.next_item(version, judge) is not None


def test_what_was_withdrawn_is_no_part_of_the_qualification(version: ProtocolVersion) -> None:
    first, second = version.items.filter(is_qualification=True).order_by("random")[:2]
    Output.objects.filter(pk__in=[first.output_id, second.output_id]).update(
        withdrawn_at=timezone.now()
    )
    judge = make_judge()
    for _ in range(2):
        answer(queue.next_item(version, judge).item, judge, "yes")
    assert gold.qualification(version, judge) == (2, 2)
    assert not queue.next_item(version, judge).item.is_gold


def test_answers_to_another_question_do_not_qualify(version: ProtocolVersion) -> None:
    wording = version.blocks.get().criteria.get().versions.get()
    reword(wording, "Another question altogether?", new_question=True)
    judge = make_judge()
    qualify(version, judge, right=4)
    with pytest.raises(queue.NotQualified):
        queue.next_item(version, judge)


def test_a_skip_does_not_get_around_the_qualification(version: ProtocolVersion) -> None:
    judge = make_judge()
    skipped = queue.next_item(version, judge).item
    skips.skip_item(item=skipped, judge=judge)
    for _ in range(3):
        item = queue.next_item(version, judge).item
        assert item != skipped
        answer(item, judge, "yes")
    assert queue.next_item(version, judge).item == skipped


def test_the_last_of_the_set_comes_again_though_it_is_held_and_was_just_left(
    version: ProtocolVersion,
) -> None:
    judge = make_judge()
    for _ in range(3):
        answer(queue.next_item(version, judge).item, judge, "yes")
    last = queue.next_item(version, judge)
    assert queue.next_item(version, judge, after=last.item).pk == last.pk


def test_nothing_is_prefetched_from_the_qualification_set(version: ProtocolVersion) -> None:
    judge = make_judge()
    lease = queue.next_item(version, judge)
    assert queue.prefetch(version, judge, after=lease.item) is None
    assert judge.leases.count() == 1


def test_a_prompt_question_on_an_outputs_page_counts_for_its_output() -> None:
    wording = make_criterion("open-ended", level="prompt")
    version = make_protocol(
        subject="prompt", blocks=(make_block("open-ended"),), qualification_share=100
    )
    prompt = make_prompt()
    item = make_item(version, prompt=prompt, is_gold=True, is_qualification=True)
    GoldAnswer.objects.create(
        item=item, criterion=wording.criterion, criterion_version=wording, value="no"
    )
    judge = make_judge()
    assert gold.qualification(version, judge) == (0, 1)
    submit_judgment(
        judge=judge,
        output=make_output(prompt=prompt),
        answers={wording: "no"},
        form_token=uuid.uuid4(),
    )
    assert gold.qualification(version, judge) == (1, 1)


def test_a_reload_never_changes_whether_gold_comes() -> None:
    version = make_queue(3, gold_share=50)
    make_gold(version)
    kinds = set()
    for _ in range(12):
        judge = make_judge()
        first = queue.next_item(version, judge)
        kinds.add(first.item.is_gold)
        for _ in range(4):
            queue.release(token=judge.leases.get().token, judge=judge)
            assert queue.next_item(version, judge).item.is_gold == first.item.is_gold
        queue.release(token=judge.leases.get().token, judge=judge)
    assert kinds == {True, False}


def test_the_share_of_draws_is_the_versions() -> None:
    version = make_queue(0, gold_share=20)
    judges = [Judge(pk=number) for number in range(1, 401)]
    drawn = sum(gold.draw(version, judge) < 20 for judge in judges)
    assert 50 <= drawn <= 110
    assert all(0 <= gold.draw(version, judge) < 100 for judge in judges)


def test_saving_draws_anew() -> None:
    version, judge = make_queue(6, judges_per_item=1), make_judge()
    drawn = {gold.draw(version, judge)}
    for item in version.items.all():
        finish(item, judge)
        drawn.add(gold.draw(version, judge))
    assert len(drawn) > 3


def test_without_a_share_gold_is_only_for_qualifying() -> None:
    version = make_queue(3, judges_per_item=1, gold_share=0)
    gold_item = make_gold(version)
    assert gold_item.pk not in drain(version, make_judge())


def test_gold_comes_once_to_a_judge_and_keeps_no_count() -> None:
    version = make_queue(30, judges_per_item=2, gold_share=50)
    golden = {make_gold(version).pk for _ in range(3)}
    for _ in range(2):
        judge = make_judge()
        served = drain(version, judge)
        assert len(served) == len(set(served)) == 33
        assert golden <= set(served)
    assert set(Item.objects.filter(is_gold=True).values_list("done", "leased")) == {(0, 0)}
    assert not drift(version)


def test_a_skipped_gold_item_outside_the_set_does_not_come_again() -> None:
    version, judge = make_queue(0, gold_share=50), make_judge()
    item = make_gold(version)
    SkippedItem.objects.create(item=item, judge=judge)
    assert not gold.unseen(version, judge).exists()
    assert gold.unseen(version, make_judge()).get() == item


def direct_link(version: ProtocolVersion) -> str:
    item = version.items.filter(is_gold=False).first()
    return f"/judge/{item.output_id}/?protocol=small"


def test_a_direct_link_is_closed_before_the_qualification_set_is_done(
    client: Client, version: ProtocolVersion
) -> None:
    shown = client.get(direct_link(version))
    assert shown.status_code == 403
    assert "begins with a qualification set" in text_of(shown)
    # What is served to somebody who never judged is of the set, and open to them.
    served = client.get("/judge/?protocol=small", follow=True)
    assert hidden_fields(served)["page"] == "block:first"
    first = version.items.filter(is_qualification=True).order_by("random").first()
    assert served.redirect_chain[-1][0] == f"/judge/{first.output_id}/?protocol=small"
    saved = client.post(served.redirect_chain[-1][0], filled(served, sound="yes"))
    assert saved.status_code == 303


@pytest.mark.parametrize(("right", "status"), [(1, 403), (2, 200)])
def test_a_direct_link_is_for_those_who_qualified(
    client: Client, version: ProtocolVersion, right: int, status: int
) -> None:
    user = make_user()
    judge = make_judge(user=user)
    client.force_login(user)
    qualify(version, judge, right)
    shown = client.get(direct_link(version))
    assert shown.status_code == status
    assert ("You answered 1 of 4" in text_of(shown)) is (status == 403)


def test_a_failed_judge_saves_drafts_and_skips_nothing(
    client: Client, version: ProtocolVersion
) -> None:
    user = make_user()
    judge = make_judge(user=user)
    client.force_login(user)
    ProtocolVersion.objects.filter(pk=version.pk).update(qualification_share=0)
    page = client.get(direct_link(version))
    ProtocolVersion.objects.filter(pk=version.pk).update(qualification_share=50)
    Lease.objects.all().delete()
    version.items.update(leased=0)
    qualify(version, judge, right=0)
    stored = judge.judgments.count()
    url = direct_link(version)
    form = filled(page, sound="yes")
    assert form["page"] == "block:first"
    refused = client.post(url, form, headers={"HX-Request": "true"})
    assert refused.status_code == 403
    assert "You answered 0 of 4" in text_of(refused)
    assert "sound: yes</textarea>" in text_of(refused), "what was typed is kept"
    path, _, query = url.partition("?")
    assert client.post(f"{path}draft/?{query}", form).status_code == 403
    assert client.post(f"{path}skip/?{query}", {}).status_code == 403
    assert judge.judgments.count() == stored
    assert not judge.skips.exists()
    assert not drift(version)

"""Writing protocols: versions before and after their first judgment, opening, members, gold."""

import uuid
from typing import Any

import pytest
from django.contrib.auth.models import AnonymousUser
from django.test import Client

from evaluations.accounts.models import Role, User
from evaluations.judgments.models import Block, GoldAnswer, Item, Judgment, Member, Protocol
from evaluations.judgments.protocols.actions import (
    ProtocolRefused,
    change_version,
    close_protocol,
    create_block,
    create_protocol,
    describe_protocol,
    freeze,
    join_protocol,
    open_protocol,
)
from evaluations.judgments.protocols.gold_actions import Expected, add_gold, remove_gold
from evaluations.judgments.protocols.loading import load_default_protocol
from evaluations.judgments.protocols.permissions import refusal
from evaluations.judgments.protocols.plans import Plan, plan_of
from evaluations.judgments.tests.cast import (
    make_block,
    make_criterion,
    make_definition,
    make_judge,
    make_output,
    make_user,
)
from evaluations.judgments.tests.protocol_cast import make_item, make_protocol

pytestmark = pytest.mark.django_db


def make(actor: User, block: Block, **fields: Any) -> Protocol:
    plan = Plan(blocks=(block,), **fields)
    return create_protocol(actor=actor, title="Small talk", plan=plan)


def test_a_protocol_is_made_as_a_draft_with_an_address_from_its_title(
    researcher: User, block: Block
) -> None:
    first, second = make(researcher, block), make(researcher, block)
    assert (first.slug, second.slug) == ("small-talk", "small-talk-2")
    assert (first.owner, first.is_open) == (researcher, False)
    version = first.versions.get()
    assert (version.number, version.is_current, list(version.blocks.all())) == (1, True, [block])


@pytest.mark.parametrize("slug", ["new", "join", "small-talk"])
def test_reserved_and_taken_addresses_are_refused(
    researcher: User, block: Block, slug: str
) -> None:
    make(researcher, block)
    with pytest.raises(ProtocolRefused, match=slug):
        create_protocol(actor=researcher, title="T", slug=slug, plan=Plan(blocks=(block,)))


def test_a_title_that_is_reserved_gets_another_address(researcher: User, block: Block) -> None:
    made = create_protocol(actor=researcher, title="New", plan=Plan(blocks=(block,)))
    assert made.slug == "new-2"


@pytest.mark.parametrize(
    "fields",
    [{}, {"subject": "prompt"}, {"subject": "pair", "steps": "labels"},
     {"subject": "prompt", "asks_holistic": True}],
)  # fmt: skip
def test_a_plan_that_nobody_could_judge_is_refused(
    researcher: User, fields: dict[str, Any]
) -> None:
    with pytest.raises(ProtocolRefused):
        create_protocol(actor=researcher, title="T", plan=Plan(**fields))


@pytest.mark.parametrize(
    "fields", [{"asks_holistic": True}, {"steps": "first-error"}, {"subject": "pair"}]
)
def test_one_question_is_enough_and_pairs_need_none(
    researcher: User, fields: dict[str, Any]
) -> None:
    made = create_protocol(actor=researcher, title="T", plan=Plan(**fields))
    assert plan_of(made.versions.get()).columns() == Plan(**fields).columns()


def test_others_may_neither_make_nor_change_open_close_or_set_gold(
    researcher: User, block: Block
) -> None:
    protocol = make(researcher, block)
    version = protocol.versions.get()
    output = make_output()
    item = make_item(version, output, is_gold=True)
    wording = make_criterion("other")
    for actor in (make_user("member"), make_user("rival", role=Role.RESEARCHER)):
        for write in (
            lambda a: change_version(protocol=protocol, actor=a, plan=Plan(asks_holistic=True)),
            lambda a: open_protocol(protocol=protocol, actor=a),
            lambda a: close_protocol(protocol=protocol, actor=a),
            lambda a: remove_gold(item=item, actor=a),
            lambda a: add_gold(
                version=version, actor=a, about=output, expected=[Expected(wording, "yes")]
            ),
        ):
            with pytest.raises(PermissionError):
                write(actor)
    member = User.objects.get(username="member")
    with pytest.raises(PermissionError):
        make(member, block)
    with pytest.raises(PermissionError):
        create_block(actor=member, title="B", criteria=[wording.criterion])
    make_output()
    staff = make_user("staff", is_staff=True)
    open_protocol(protocol=protocol, actor=staff)
    assert protocol.is_open


def test_until_the_first_judgment_a_version_changes_in_place(
    researcher: User, block: Block
) -> None:
    protocol = make(researcher, block)
    changed = change_version(
        protocol=protocol, actor=researcher,
        plan=Plan(subject="output", asks_holistic=True, judges_per_item=5),
    )  # fmt: skip
    version = protocol.versions.get()
    assert changed == version
    assert (version.number, version.judges_per_item, version.asks_holistic) == (1, 5, True)
    assert not version.blocks.exists()


def test_after_it_a_change_is_a_version_and_old_items_and_answers_stay(
    researcher: User, block: Block
) -> None:
    make_output()
    protocol = make(researcher, block)
    assert open_protocol(protocol=protocol, actor=researcher) == 1
    old = protocol.versions.get()
    item = old.items.get()
    judgment = Judgment.objects.create(judge=make_judge(), output=item.output, item=item)
    freeze(old)
    old.refresh_from_db()
    frozen_at = old.frozen_at
    assert frozen_at is not None

    same = change_version(protocol=protocol, actor=researcher, plan=plan_of(old))
    assert same == old
    new = change_version(
        protocol=protocol, actor=researcher, plan=Plan(blocks=(block,), judges_per_item=7)
    )
    assert (new.number, new.is_current, new.frozen_at) == (2, True, None)
    assert new.items.get().needed == 7
    old.refresh_from_db()
    assert (old.is_current, old.judges_per_item, old.frozen_at) == (False, 3, frozen_at)
    judgment.refresh_from_db()
    assert judgment.item == item == old.items.get()


def test_freezing_again_changes_nothing(researcher: User, block: Block) -> None:
    version = make(researcher, block).versions.get()
    stale = make(researcher, block).versions.model.objects.get(pk=version.pk)
    freeze(version)
    first = version.frozen_at
    freeze(version)
    freeze(stale)
    version.refresh_from_db()
    assert first is not None
    assert version.frozen_at == first


def test_other_filters_make_other_items_before_the_first_judgment(
    researcher: User, block: Block
) -> None:
    make_output(stop_reason="stop")
    cut = make_output(stop_reason="length")
    protocol = make(researcher, block)
    open_protocol(protocol=protocol, actor=researcher)
    version = change_version(
        protocol=protocol, actor=researcher,
        plan=Plan(blocks=(block,), selection={"stop_reasons": ["length"]}),
    )  # fmt: skip
    assert [item.output for item in version.items.all()] == [cut]


def test_opening_needs_something_to_judge_and_closing_keeps_everything(
    researcher: User, block: Block
) -> None:
    protocol = make(researcher, block)
    with pytest.raises(ProtocolRefused, match="Nothing matches"):
        open_protocol(protocol=protocol, actor=researcher)
    protocol.refresh_from_db()
    assert protocol.opened_at is None
    make_output()
    make_output()
    assert open_protocol(protocol=protocol, actor=researcher) == 2
    protocol.refresh_from_db()
    assert protocol.is_open
    close_protocol(protocol=protocol, actor=researcher)
    protocol.refresh_from_db()
    assert not protocol.is_open
    assert Item.objects.filter(version__protocol=protocol).count() == 2
    open_protocol(protocol=protocol, actor=researcher)
    protocol.refresh_from_db()
    assert protocol.is_open


def test_the_default_protocol_and_a_draft_are_not_closed(researcher: User, block: Block) -> None:
    with pytest.raises(ProtocolRefused, match="draft"):
        close_protocol(protocol=make(researcher, block), actor=researcher)
    version = make_protocol(is_default=True, owner=researcher, blocks=(block,))
    with pytest.raises(ProtocolRefused, match="default"):
        close_protocol(protocol=version.protocol, actor=researcher)


def test_joining_twice_is_joining_once(researcher: User, block: Block) -> None:
    protocol = make_protocol(access="invited", blocks=(block,)).protocol
    guest = make_judge("guest")
    first = join_protocol(invitation=protocol.invitation, judge=guest)
    assert join_protocol(invitation=protocol.invitation, judge=guest) == first
    assert Member.objects.count() == 1
    with pytest.raises(ProtocolRefused, match="not valid"):
        join_protocol(invitation=uuid.uuid4(), judge=guest)
    close_protocol(protocol=protocol, actor=make_user("staff", is_staff=True))
    protocol.refresh_from_db()
    with pytest.raises(ProtocolRefused, match="closed"):
        join_protocol(invitation=protocol.invitation, judge=make_judge("guest"))


def test_who_may_judge(researcher: User, block: Block) -> None:
    person, guest = make_judge(), make_judge("guest")
    nobody = AnonymousUser()
    anyone = make_protocol("anyone", blocks=(block,)).protocol
    signed_in = make_protocol("signed-in", access="signed-in", blocks=(block,)).protocol
    invited = make_protocol("invited", access="invited", owner=researcher, blocks=(block,)).protocol
    assert refusal(anyone, None, None) == refusal(anyone, nobody, guest) == ""
    assert "sign in" in refusal(signed_in, nobody, guest)
    assert refusal(signed_in, person.user, person) == ""
    assert "invitation link" in refusal(invited, person.user, person)
    assert "invitation link" in refusal(invited, nobody, None)
    for judge in (person, guest):
        join_protocol(invitation=invited.invitation, judge=judge)
        assert refusal(invited, judge.user, judge) == ""
    assert refusal(invited, researcher, None) == ""
    close_protocol(protocol=anyone, actor=make_user("staff", is_staff=True))
    assert "closed" in refusal(anyone, person.user, person)
    draft = make(researcher, block)
    assert "not open yet: come back later" in refusal(draft, person.user, person)
    assert "is a draft: open it on its page" in refusal(draft, researcher, None)


# Gold --------------------------------------------------------------------------------------------


def test_gold_is_set_replaced_copied_and_taken_out(researcher: User, block: Block) -> None:
    output = make_output()
    protocol = make(researcher, block)
    open_protocol(protocol=protocol, actor=researcher)
    version = protocol.versions.get()
    sound, clear = (place.criterion.versions.get() for place in block.blockcriterion_set.all())
    add_gold(version=version, actor=researcher, about=output, expected=[Expected(clear, "no")])
    item = add_gold(
        version=version, actor=researcher, about=output, is_qualification=True,
        expected=[Expected(sound, "yes", "Each step follows.")],
    )  # fmt: skip
    assert version.items.get() == item
    assert (item.is_gold, item.is_qualification) == (True, True)
    answer = item.gold_answers.get()
    assert (answer.criterion_version, answer.value, answer.feedback) == (
        sound, "yes", "Each step follows.",
    )  # fmt: skip

    make_output()
    freeze(version)
    new = change_version(
        protocol=protocol, actor=researcher, plan=Plan(blocks=(block,), judges_per_item=1)
    )
    assert new.items.filter(is_gold=False).count() == 1
    copied = new.items.get(is_gold=True)
    assert (copied.output, copied.gold_answers.get().value) == (output, "yes")

    remove_gold(item=copied, actor=researcher)
    assert new.items.filter(is_gold=False, output=output).count() == 1
    assert GoldAnswer.objects.count() == 1


def test_gold_that_was_judged_stays_as_an_ordinary_item(researcher: User, block: Block) -> None:
    version = make_protocol(owner=researcher, blocks=(block,))
    item = make_item(version, make_output(), is_gold=True, needed=1)
    for _ in range(3):
        Judgment.objects.create(
            judge=make_judge(), output=item.output, item=item, finishes_item=True
        )
    remove_gold(item=item, actor=researcher)
    item.refresh_from_db()
    assert (item.is_gold, item.needed, item.done) == (False, 3, 3)


def test_gold_expects_answers_to_what_is_asked(researcher: User, block: Block) -> None:
    output, foreign = make_output(), make_criterion("foreign")
    sound = block.criteria.get(key="sound").versions.get()
    version = make(researcher, block).versions.get()
    plain = make(researcher, block, subject="output").versions.get()
    pair = create_protocol(actor=researcher, title="P", plan=Plan(subject="pair")).versions.get()
    for target, expected, words in (
        (version, [], "at least one"),
        (version, [Expected(foreign, "yes")], "does not ask"),
        (plain, [Expected(sound, "perhaps")], "not an answer"),
        (pair, [Expected(sound, "yes")], "single output"),
    ):
        with pytest.raises(ProtocolRefused, match=words):
            add_gold(version=target, actor=researcher, about=output, expected=expected)
    assert not Item.objects.exists()


# Blocks and the default protocol -----------------------------------------------------------------


def test_a_block_holds_one_to_twelve_criteria_of_judges(researcher: User) -> None:
    criteria = [make_criterion(f"c-{n}").criterion for n in range(13)]
    made = create_block(actor=researcher, title="Mine", criteria=[criteria[2], criteria[0]])
    assert [place.criterion for place in made.blockcriterion_set.all()] == [
        criteria[2], criteria[0],
    ]  # fmt: skip
    assert create_block(actor=researcher, title="Mine", criteria=criteria[:1]).slug == "mine-2"
    probed = make_criterion("probed", answered_by="probe", level="mechanism").criterion
    for wrong in ([], criteria, [probed]):
        with pytest.raises(ProtocolRefused):
            create_block(actor=researcher, title="Mine", criteria=wrong)


@pytest.mark.parametrize("title", ["\u3164", "Small \u202etalk"], ids=ascii)
def test_titles_that_hide_something_are_refused(
    signed_in: Client, researcher: User, block: Block, title: str
) -> None:
    with pytest.raises(ProtocolRefused, match="The title holds"):
        create_protocol(actor=researcher, title=title, plan=Plan(blocks=(block,)))
    protocol = make(researcher, block)
    said = {"protocol": protocol, "actor": researcher, "description": "", "access": "anyone"}
    with pytest.raises(ProtocolRefused, match="The title holds"):
        describe_protocol(title=title, **said)
    with pytest.raises(ProtocolRefused, match="The title holds"):
        create_block(actor=researcher, title=title, criteria=[make_criterion("c").criterion])
    for address in ("/protocols/new/", "/protocols/blocks/new/"):
        sent = signed_in.post(address, {"title": title, "criterion-1": "c"})
        assert sent.status_code == 422, address
        assert "It holds" in sent.content.decode(), address
    protocol.title = title  # from before it was refused
    assert describe_protocol(title=title, **said).title == title


def test_the_default_protocol_is_loaded_once_and_stays_as_staff_left_it() -> None:
    assert load_default_protocol() == 0  # nothing to ask yet
    make_criterion("sound")
    block = make_block("sound")
    assert load_default_protocol() == 1
    protocol = Protocol.objects.get()
    assert (protocol.slug, protocol.is_default, protocol.is_open) == ("open-judging", True, True)
    assert refusal(protocol, None, None) == ""
    version = protocol.versions.get()
    assert (version.judges_per_item, version.gold_share) == (3, 0)
    assert list(version.blocks.all()) == [block]
    staff = make_user("staff", is_staff=True)
    make_output()
    change_version(protocol=protocol, actor=staff, plan=Plan(asks_holistic=True))
    assert load_default_protocol() == 0
    assert Protocol.objects.get().versions.get(is_current=True).asks_holistic


def test_definitions_keep_the_wording_that_was_chosen(researcher: User) -> None:
    make_criterion("sound")
    definition = make_definition("mine", "sound")
    made = create_protocol(
        actor=researcher, title="T", plan=Plan(subject="pair", definitions=(definition,))
    )
    assert list(made.versions.get().definitions.all()) == [definition]

"""Appeals: one a decision, by those whom it concerns, looked at by somebody else."""

import pytest
from django.test import Client

from evaluations.accounts.models import User
from evaluations.activity.actions import ends_at, suspend
from evaluations.activity.appeals.actions import (
    AppealRefused,
    appeal,
    decide_appeal,
    may_not_appeal,
    may_not_hear,
)
from evaluations.activity.flags.actions import decide_flags, flag
from evaluations.activity.models import Appeal, Decision
from evaluations.activity.notices.told import notices_for
from evaluations.curation.actions import retire as retire_collection
from evaluations.curation.placement_actions import strike
from evaluations.curation.rounds.actions import begin_round, open_round
from evaluations.curation.tests.cast import make_shown
from evaluations.debates.models import Statement
from evaluations.debates.retiring_actions import restore, retire
from evaluations.debates.tests.cast import make_statement, make_version
from evaluations.definitions.models import DefinitionVersion
from evaluations.definitions.tests.cast import make_criteria, make_published
from evaluations.definitions.workshop_actions import restore_definition, retire_definition
from evaluations.judgments.tests.cast import make_block, make_criterion, make_output, make_user

pytestmark = pytest.mark.django_db
WORDS = "It <insults> nobody."


@pytest.fixture
def mod() -> User:
    return make_user("mod", role="moderator")


@pytest.fixture
def other() -> User:
    return make_user("other", role="moderator")


@pytest.fixture
def ada() -> User:
    return make_user("ada")


@pytest.fixture
def said(ada: User, mod: User) -> Statement:
    """A statement of ada's that a moderator retired."""
    made = make_statement(make_version(), ada)
    retire(statement=made, actor=mod, sentence="It insults a person.", reason="abuse")
    made.refresh_from_db()
    return made


def signed_in(person: User) -> Client:
    client = Client()
    client.force_login(person)
    return client


def win(decision: Decision, person: User, actor: User) -> str:
    """Object, and have somebody find that the decision was wrong; what came of it."""
    objection = appeal(decision=decision, person=person, words=WORDS)
    decide_appeal(appeal=objection, actor=actor, undo=True, sentence="It was wrong.")
    objection.refresh_from_db()
    return objection.outcome


def test_an_author_objects_and_somebody_else_brings_it_back(
    client: Client, said: Statement, ada: User, mod: User, other: User
) -> None:
    (notice,) = notices_for(ada)
    own, decision = signed_in(ada), Decision.objects.get()
    page = own.get(notice.address).content.decode()
    assert said.get_absolute_url() in page, "the author reads what it is about"
    public = client.get(notice.address).content.decode()
    assert said.get_absolute_url() not in public
    assert 'id="object"' not in public
    too_much = own.post(f"{notice.address}appeal/", {"words": "<x>" * 200})
    assert too_much.status_code == 422
    assert "&lt;x&gt;" * 200 in too_much.content.decode()
    assert own.post(f"{notice.address}appeal/", {"words": WORDS}).status_code == 302
    assert own.post(f"{notice.address}appeal/", {"words": WORDS}).status_code == 409
    assert "It &lt;insults&gt; nobody." in own.get(notice.address).content.decode()
    assert "nobody." not in client.get(notice.address).content.decode()
    assert "Appealed: waits." in client.get("/moderation/").content.decode()
    queue = signed_in(other).get("/moderation/queue/").content.decode()
    assert "It &lt;insults&gt; nobody." in queue
    hearing = f"{notice.address}decide/"
    undo = {"press": "undo", "sentence": "It quotes a definition."}
    assert "somebody else" in signed_in(mod).get(notice.address).content.decode()
    assert signed_in(mod).post(hearing, undo).status_code == 403
    assert signed_in(other).post(hearing, {"press": "undo"}).status_code == 422
    assert signed_in(other).post(hearing, undo).status_code == 302
    said.refresh_from_db()
    assert said.is_standing
    assert [each.verb for each in Decision.objects.order_by("pk")] == ["retire", "restore"]
    assert notices_for(ada)[0].reason == "Restore: It quotes a definition."
    decision.refresh_from_db()
    assert decision.objection is not None
    assert decision.objection.outcome == "undone"
    assert not Appeal.objects.waiting()
    rows = client.get("/moderation.json").json()["decisions"]
    assert [row["appeal"] for row in rows] == ["", "undone"]


def test_what_stands_is_said_in_public_too(said: Statement, ada: User, other: User) -> None:
    made = appeal(decision=Decision.objects.get(), person=ada, words=WORDS)
    decide_appeal(appeal=made, actor=other, undo=False, sentence="It does.")
    said.refresh_from_db()
    assert not said.is_standing
    last = Decision.objects.latest("pk")
    assert (last.verb, last.is_withheld, last.statement) == ("let stand", True, said)
    assert notices_for(ada)[0].reason == "Let stand: It does."
    with pytest.raises(AppealRefused, match="meanwhile"):
        decide_appeal(appeal=made, actor=other, undo=True, sentence="It does not.")
    assert "nothing to object to" in may_not_appeal(last, ada)


def test_only_whom_it_concerns_objects_and_only_to_what_takes_something(
    said: Statement, ada: User, mod: User
) -> None:
    first = Decision.objects.get()
    with pytest.raises(PermissionError):
        appeal(decision=first, person=make_user("eve"), words=WORDS)
    with pytest.raises(AppealRefused, match="Say why"):
        appeal(decision=first, person=ada, words=" \0 ")
    restore(statement=said, actor=mod)
    with pytest.raises(AppealRefused, match="nothing to object to"):
        appeal(decision=Decision.objects.latest("pk"), person=ada, words=WORDS)
    assert not Appeal.objects.exists()


def test_who_decided_decides_again_only_where_nobody_else_can(
    said: Statement, ada: User, mod: User
) -> None:
    made = appeal(decision=Decision.objects.get(), person=ada, words=WORDS)
    assert may_not_hear(made, mod) == ""
    assert "your own" in may_not_hear(made, ada) or "moderators" in may_not_hear(made, ada)
    User.objects.filter(pk=ada.pk).update(role="moderator")
    ada.refresh_from_db()
    assert "your own" in may_not_hear(made, ada)
    assert may_not_hear(made, mod) == "", "the one who objects is no other"
    make_user("boss", is_staff=True)
    assert "somebody else" in may_not_hear(made, mod)


def test_neither_who_flagged_it_nor_whom_it_concerns_hears_an_appeal(
    ada: User, mod: User, other: User
) -> None:
    made = make_shown(ada)
    flag(person=other, target=made, reason="abuse")
    made.placements.update(added_by=mod)
    strike(item=made.placements.earliest("pk"), actor=other, sentence="x", code="abuse")
    retire_collection(collection=made, actor=mod, sentence="It insults.", code="abuse")
    struck, whole = (
        appeal(decision=each, person=ada, words=WORDS) for each in Decision.objects.order_by("pk")
    )
    assert "what is yours" in may_not_hear(struck, mod)
    assert "You flagged it" in may_not_hear(whole, other)
    assert may_not_hear(whole, make_user("fair", role="moderator")) == ""


def test_each_kind_of_thing_comes_back(ada: User, mod: User) -> None:
    boss = make_user("boss", is_staff=True)
    made = make_shown(ada)
    retire_collection(collection=made, actor=mod, sentence="It insults.", code="abuse")
    make_criteria()
    version = make_published(ada)
    retire_definition(definition=version.definition, actor=mod if mod.is_staff else boss,
                      reason="It is spam.", code="spam")  # fmt: skip
    suspend(person=ada, actor=mod, days=7, reason="spam", sentence="Too much of it.")
    root = make_user("root", is_staff=True)
    for decision in Decision.objects.order_by("pk"):
        objection = appeal(decision=decision, person=ada, words=WORDS)
        decide_appeal(appeal=objection, actor=root, undo=True, sentence="It was wrong.")
    made.refresh_from_db()
    ada.refresh_from_db()
    assert not made.withheld
    assert DefinitionVersion.objects.published().filter(definition=version.definition).exists()
    assert not ada.is_suspended
    verbs = list(Decision.objects.order_by("pk").values_list("verb", flat=True))
    assert verbs[3:] == ["restore", "restore", "lift a suspension"]


def test_what_is_gone_is_said_to_have_been_taken_wrongly(ada: User, mod: User, other: User) -> None:
    made = make_shown(ada)
    strike(item=made.placements.earliest("pk"), actor=mod, sentence="x", code="abuse")
    objection = appeal(decision=Decision.objects.get(), person=ada, words=WORDS)
    decide_appeal(appeal=objection, actor=other, undo=True, sentence="Put it in again.")
    last = Decision.objects.latest("pk")
    assert (last.verb, last.collection) == ("overturn", made)
    assert notices_for(ada)[0].reason == "Overturn: Put it in again."
    page = Client().get(objection.decision.get_absolute_url()).content.decode()
    assert "and found it wrong; nothing was brought back by that." in page
    log = Client().get("/moderation/").content.decode()
    assert "Appealed: found wrong." in log
    assert "undone" not in log


def test_a_suspended_account_may_object(ada: User, mod: User) -> None:
    suspend(person=ada, actor=mod, days=7, reason="spam", sentence="Too much of it.")
    address = f"{Decision.objects.get().get_absolute_url()}appeal/"
    assert signed_in(ada).post(address, {"words": WORDS}).status_code == 302
    assert Appeal.objects.get().person == ada


def test_a_won_appeal_brings_back_nothing_that_another_decision_took(
    ada: User, mod: User, other: User
) -> None:
    made = make_statement(make_version(), ada)
    for target in (made, ada):
        flag(person=make_user(f"on-{type(target).__name__}"), target=target, reason="abuse")
        decide_flags(target=target, actor=mod, verb="ask to reword", reason="abuse", sentence="x")
    asked = list(Decision.objects.order_by("pk"))
    retire(statement=made, actor=mod, sentence="It insults a person.", reason="abuse")
    suspend(person=ada, actor=mod, days=7, reason="spam", sentence="Too much of it.")
    assert [win(each, ada, other) for each in asked] == ["found wrong", "found wrong"]
    made.refresh_from_db()
    ada.refresh_from_db()
    assert (made.retired_for, ada.is_suspended) == ("abuse", True)


def test_only_the_last_time_that_it_was_taken_is_undone(
    said: Statement, ada: User, mod: User, other: User
) -> None:
    restore(statement=said, actor=mod)
    retire(statement=said, actor=mod, sentence="It insults again.", reason="abuse")
    first, last = Decision.objects.filter(verb="retire").order_by("pk")
    assert win(first, ada, other) == "found wrong"
    said.refresh_from_db()
    assert not said.is_standing
    assert win(last, ada, other) == "undone"
    said.refresh_from_db()
    assert said.is_standing


def test_what_its_owner_retired_since_stays_retired(ada: User) -> None:
    make_criteria()
    boss, definition = make_user("boss", is_staff=True), make_published(ada).definition
    retire_definition(definition=definition, actor=boss, reason="It is spam.", code="spam")
    restore_definition(definition=definition, actor=boss)
    retire_definition(definition=definition, actor=ada, reason="I was wrong.")
    root = make_user("root", is_staff=True)
    assert win(Decision.objects.earliest("pk"), ada, root) == "found wrong"
    assert not DefinitionVersion.objects.published().exists()


@pytest.mark.parametrize("days", [(30, 7), (7, 30)])
def test_of_two_suspensions_the_one_goes_on_when_the_other_was_wrong(
    ada: User, mod: User, other: User, days: tuple[int, int]
) -> None:
    for each in days:
        suspend(person=ada, actor=mod, days=each, reason="spam", sentence=f"For {each}.")
    longer, shorter = (Decision.objects.get(verb=f"suspend for {each} days") for each in (30, 7))
    assert ada.suspended_because == "For 30."
    assert win(longer, ada, other) == "undone"
    ada.refresh_from_db()
    assert (ada.suspended_until, ada.suspended_because) == (ends_at(shorter), "For 7.")
    assert Decision.objects.latest("pk").verb == "shorten a suspension"
    assert win(shorter, ada, other) == "undone"
    ada.refresh_from_db()
    assert not ada.is_suspended


def test_a_shorter_suspension_that_was_wrong_shortens_no_longer_one(
    ada: User, mod: User, other: User
) -> None:
    for days in (30, 7):
        suspend(person=ada, actor=mod, days=days, reason="spam", sentence=f"For {days}.")
    until = ada.suspended_until
    assert win(Decision.objects.latest("pk"), ada, other) == "found wrong"
    ada.refresh_from_db()
    assert (ada.suspended_until, ada.suspended_because) == (until, "For 30.")


def test_who_began_a_round_reads_why_it_was_ended_and_that_it_stays_so(
    client: Client, ada: User, mod: User
) -> None:
    make_criterion("one")
    begun = begin_round(
        actor=ada, outputs=[make_output().pk], block=make_block("one"), title="Lamps at night"
    )
    open_round(round_=begun, actor=mod, sentence="It names a pupil.")
    (notice,) = notices_for(ada)
    assert notice.sentence == "A moderator decided about “Lamps at night”"
    assert notice.reason == "End: It names a pupil."
    own = signed_in(ada)
    page = own.get(notice.address).content.decode()
    assert f'<a href="{begun.get_absolute_url()}">Lamps at night</a>' in page
    assert "A round that has ended is not opened again" in page
    assert 'id="object"' not in page
    refused = own.post(f"{notice.address}appeal/", {"words": WORDS})
    assert refused.status_code == 409
    assert "A round that has ended is not opened again" in refused.content.decode()
    assert not Appeal.objects.exists()
    for address in (notice.address, "/moderation/", "/moderation.json", "/moderation/feed/"):
        public = client.get(address).content.decode()
        assert "It names a pupil." in public, address
        for hidden in ("Lamps", begun.code, "is not opened again"):
            assert hidden not in public, address

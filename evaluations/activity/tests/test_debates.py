"""What debates tell of: to followers, to those who are meant, in feeds, and through flags."""

import pytest
from django.test import Client
from django.utils import timezone

from evaluations.accounts.models import User
from evaluations.activity.flags import actions
from evaluations.activity.flags.actions import FlagRefused, decide_flags, flag, may_not_decide
from evaluations.activity.flags.waiting import queue
from evaluations.activity.models import Decision, Event
from evaluations.activity.notices.follow_actions import follow
from evaluations.activity.notices.told import notices_for
from evaluations.activity.tests.cast import argued_about, kinds_for
from evaluations.common.folding import folded_among
from evaluations.debates.actions import reword, state
from evaluations.debates.models import Statement
from evaluations.debates.retiring_actions import restore, retire
from evaluations.debates.tests.cast import next_version
from evaluations.debates.vote_actions import react, take_back_reaction, vote
from evaluations.definitions.models import DefinitionVersion
from evaluations.definitions.tests.cast import make_criteria, make_published
from evaluations.judgments.tests.cast import make_user

pytestmark = pytest.mark.django_db
WHY = {"reason": "abuse", "sentence": "It insults a person."}


@pytest.fixture
def ada() -> User:
    make_criteria()
    return make_user("ada")


@pytest.fixture
def bob() -> User:
    return make_user("bob")


@pytest.fixture
def version(ada: User) -> DefinitionVersion:
    return make_published(ada)


@pytest.fixture
def said(version: DefinitionVersion, ada: User, bob: User) -> Statement:
    return argued_about(version, ada, bob)


def signed_in(person: User) -> Client:
    client = Client()
    client.force_login(person)
    return client


def feed(path: str = "/debates/taylor/feed/") -> str:
    response = Client().get(path)
    assert response.status_code == 200
    return response.content.decode()


def test_an_author_hears_of_answers_and_questions_and_of_nothing_else(
    said: Statement, ada: User, bob: User
) -> None:
    assert kinds_for(bob) == [
        "statement-answered", "asked-what-it-means", "asked-for-an-example",
    ]  # fmt: skip
    vote(statement=said, voter=ada, useful=True)
    react(statement=said, person=ada, kind="example", quote="drawn")
    take_back_reaction(statement=said, person=ada, kind="example")
    react(statement=said, person=ada, kind="example")
    assert len(kinds_for(bob)) == 3, "votes are never told, and a question is told once"
    assert kinds_for(ada) == []


def test_own_words_that_one_answers_oneself_are_no_news(
    version: DefinitionVersion, bob: User
) -> None:
    said = state(author=bob, version=version, kind="question", text="What is drawn, and how?")
    state(
        author=bob, version=version, kind="question", text="I mean by which steps.", quotes=said,
        quote="how",
    )  # fmt: skip
    assert kinds_for(bob) == []


def test_who_follows_a_definition_hears_of_statements_about_it(
    version: DefinitionVersion, bob: User
) -> None:
    eve = make_user("eve")
    follow(person=eve, subject=version.definition)
    state(author=bob, version=version, kind="question", text="What is drawn, and how?")
    told = [notice.sentence for notice in notices_for(eve)]
    assert "A statement was made in the debate about “Taylor”" in told


def test_authors_are_asked_once_whether_what_they_said_holds(
    said: Statement, version: DefinitionVersion, ada: User, bob: User
) -> None:
    assert "still-holds" not in kinds_for(bob)
    next_version(version, {"any": ["one", "three"]})
    assert kinds_for(bob).count("still-holds") == 1
    assert kinds_for(ada).count("still-holds") == 1
    path = Event.objects.get(kind="still-holds").get_absolute_url()
    assert signed_in(bob).get(path).headers["Location"] == "/debates/taylor/"
    assert Client().get(path).status_code == 404, "it is for those who are meant"


def test_a_debate_has_a_feed_of_what_is_said_that_forgets_what_was_retired(
    said: Statement, bob: User
) -> None:
    assert feed().count("<entry>") == 3, "two statements and a frozen debate"
    assert said.text not in feed()
    assert feed("/definitions/taylor/feed/").count("A statement was made") == 2
    assert "A statement was made" not in feed("/feed/")
    path = f"/events/{Event.objects.filter(statement=said, public=True).get().pk}/"
    assert Client().get(path).headers["Location"] == said.get_absolute_url()
    assert 'href="/debates/taylor/feed/"' in feed("/debates/taylor/")
    retire(statement=said, actor=bob)
    assert feed().count("<entry>") == 2
    assert Client().get(path).status_code == 404


def test_other_words_are_no_new_statement(version: DefinitionVersion, bob: User) -> None:
    said = state(author=bob, version=version, kind="question", text="What is drawn, and how?")
    reword(statement=said, author=bob, text="What is drawn, and by which steps?")
    assert Event.objects.filter(kind="statement-made").count() == 1


def test_a_flagged_statement_folds_and_is_decided_in_public(
    said: Statement, ada: User, bob: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(actions, "standing_of", lambda _: "established")
    with pytest.raises(FlagRefused, match="yours"):
        flag(person=bob, target=said, reason="abuse")
    page = signed_in(ada).get("/debates/taylor/").content.decode()
    assert f'href="/flag/statement/{said.pk}/"' in page
    for number in range(3):
        assert not set(folded_among(Statement, [said.pk], None))
        reader = signed_in(make_user(f"reader-{number}", date_joined=timezone.now()))
        sent = reader.post(f"/flag/statement/{said.pk}/", {"reason": "abuse"}, follow=True)
        assert sent.redirect_chain[-1][0] == said.get_absolute_url()
    assert set(folded_among(Statement, [said.pk], None)) == {said.pk}
    assert f'id="folded-{said.pk}"' in Client().get("/debates/taylor/").content.decode()
    for path in (said.get_absolute_url(), "/debates/taylor/"):
        page = signed_in(ada).get(path).content.decode()
        assert "Folded by readers" in page
        assert page.count(said.text) == 1, "it is read at one place, behind a click"
    (waiting,) = queue()
    assert (waiting.what, waiting.name, waiting.is_folded) == (
        "statement", "A statement about Taylor", True,
    )  # fmt: skip
    mod = make_user("mod", role="moderator")
    decide_flags(target=said, actor=mod, verb="retire", **WHY)
    said.refresh_from_db()
    assert said.retired_for == "abuse"
    assert not queue()
    assert Decision.objects.get().sentence == WHY["sentence"]
    assert said.text not in Client().get("/moderation/").content.decode()


def test_a_statement_that_is_retired_on_its_page_waits_no_longer(
    said: Statement, bob: User
) -> None:
    flag(person=make_user("eve"), target=said, reason="abuse")
    retire(statement=said, actor=bob)
    assert len(queue()) == 1, "its author decides nothing about the flag"
    retire(statement=said, actor=make_user("mod", role="moderator"), **WHY)
    assert queue() == []


def test_who_votes_in_a_debate_does_not_decide_there(said: Statement, bob: User) -> None:
    mod = make_user("mod", role="moderator")
    flag(person=make_user("eve"), target=said, reason="off-topic")
    assert may_not_decide(said, mod) == ""
    vote(statement=said, voter=mod, useful=False)
    assert "take part" in may_not_decide(said, mod)
    assert may_not_decide(said, make_user("root", is_staff=True)) == ""
    page = signed_in(mod).get(f"/moderation/queue/statement/{said.pk}/").content.decode()
    assert "You take part in this debate" in page
    path = f"{said.get_absolute_url()}retire/"
    pressed = {"press": "retire", "reason": "other", "sentence": "It is about something else."}
    assert 'id="retire"' not in signed_in(mod).get(said.get_absolute_url()).content.decode()
    assert signed_in(mod).post(path, pressed).status_code == 403
    with pytest.raises(PermissionError, match="take part"):
        retire(statement=said, actor=mod, sentence="It is about something else.")
    assert signed_in(make_user("fair", role="moderator")).post(path, pressed).status_code == 303
    with pytest.raises(PermissionError, match="take part"):
        restore(statement=said, actor=mod)


def test_who_said_something_in_a_debate_does_not_decide_there(
    said: Statement, version: DefinitionVersion
) -> None:
    mod = make_user("mod", role="moderator")
    own = state(author=mod, version=version, kind="question", text="What does it draw on, then?")
    with pytest.raises(PermissionError, match="take part"):
        retire(statement=said, actor=mod, sentence="Mine says it too.", into=own)
    retire(statement=own, actor=mod)
    assert "take part" in may_not_decide(said, mod), "also where it was taken back"
    root = make_user("root", is_staff=True)
    state(author=root, version=version, kind="question", text="Which of these is drawn on?")
    assert may_not_decide(said, root) == "", "a small site has nobody else"
    retire(statement=said, actor=root, **WHY)
    words = "staff, takes part in this debate"
    assert words in Client().get("/moderation/").content.decode()
    assert [row["by"] for row in Client().get("/moderation.json").json()["decisions"]] == [words]
    assert words in Client().get(Decision.objects.get().get_absolute_url()).content.decode()


def test_who_flagged_a_statement_does_not_retire_it_on_its_page(said: Statement) -> None:
    mod = make_user("mod", role="moderator")
    flag(person=mod, target=said, reason="abuse")
    with pytest.raises(PermissionError, match="You flagged it"):
        retire(statement=said, actor=mod, **WHY)
    assert 'id="retire"' not in signed_in(mod).get(said.get_absolute_url()).content.decode()


@pytest.mark.parametrize("meanwhile", ["retired", "reworded"])
def test_flagged_words_are_withheld_though_their_author_was_quicker(
    said: Statement, bob: User, meanwhile: str
) -> None:
    if meanwhile == "retired":
        flag(person=make_user("eve"), target=said, reason="personal-data")
        retire(statement=said, actor=bob)
    else:
        # As the flag finds it that was on its way while the author reworded.
        now = reword(statement=said, author=bob, text="Quite other words than those.")
        flag(person=make_user("eve"), target=said, reason="personal-data")
    assert said.text in Client().get(said.get_absolute_url()).content.decode()
    mod = make_user("mod", role="moderator")
    (waiting,) = queue()
    page = signed_in(mod)
    path = f"/moderation/queue/{waiting.what}/{waiting.pk}/"
    assert said.text in page.get(path).content.decode()
    assert signed_in(make_user("ned")).get(f"/flag/statement/{said.pk}/").status_code == 404
    page.post(path, {**WHY, "reason": "personal-data", "press": "retire"})
    assert not queue()
    assert Client().get(said.get_absolute_url()).status_code == 410
    if meanwhile == "reworded":
        assert Client().get(now.get_absolute_url()).status_code == 410
        assert Decision.objects.filter(verb="retire").count() == 2
    with pytest.raises(PermissionError):
        restore(statement=said, actor=bob)
    restore(statement=said, actor=mod)


def test_the_log_keeps_no_words_that_are_withheld_later(said: Statement) -> None:
    mod = make_user("mod", role="moderator")
    retire(statement=said, actor=mod, sentence="It says the same.", reason="duplicate")
    restore(statement=said, actor=mod)
    retire(statement=said, actor=mod, **WHY)
    assert Decision.objects.count() == 3
    for path in ("/moderation/", "/moderation.csv"):
        page = Client().get(path).content.decode()
        assert "a statement about Taylor" in page
        assert said.text not in page

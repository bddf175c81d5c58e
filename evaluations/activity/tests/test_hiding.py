"""Hiding an author from oneself: a filter, which nobody else notices."""

import pytest
from django.test import Client

from evaluations.accounts.models import User
from evaluations.activity.hiding import by_hidden
from evaluations.activity.notices.follow_actions import follow
from evaluations.activity.notices.told import notices_for
from evaluations.common.folding import HIDDEN
from evaluations.curation.actions import FEATURED_WHEN, feature
from evaluations.curation.models import Collection
from evaluations.curation.placement_actions import look_through, place
from evaluations.curation.tests.cast import WHY, make_shown
from evaluations.debates.models import Statement
from evaluations.debates.retiring_actions import retire
from evaluations.debates.tests.cast import make_statement, make_version
from evaluations.judgments.tests.cast import give, make_judge, make_output, make_user

pytestmark = pytest.mark.django_db


@pytest.fixture
def ada() -> User:
    """Somebody with a public page."""
    person = make_user("ada")
    make_shown(person)
    return person


@pytest.fixture
def said(ada: User) -> Statement:
    return make_statement(make_version(), ada)


def signed_in(person: User) -> Client:
    client = Client()
    client.force_login(person)
    return client


def test_what_a_hidden_author_writes_is_behind_a_click_for_that_reader_alone(
    said: Statement, ada: User
) -> None:
    reader, other = signed_in(make_user("reader")), signed_in(make_user("other"))
    assert 'id="hide"' in reader.get("/people/ada/").content.decode()
    assert reader.post(f"/hide/{ada.pk}/", {"press": "hide"}).status_code == 302
    for path in (said.get_absolute_url(), "/debates/taylor/", "/collections/ada/three-lamps/"):
        assert HIDDEN in reader.get(path).content.decode(), path
        for client in (other, Client(), signed_in(ada)):
            assert HIDDEN not in client.get(path).content.decode(), path
    assert "You hide what they write." in reader.get("/people/ada/").content.decode()
    assert "Whom you hide" in reader.get("/notices/").content.decode()
    reader.post(f"/hide/{ada.pk}/", {"press": "show"})
    assert HIDDEN not in reader.get("/debates/taylor/").content.decode()
    assert "Whom you hide" not in reader.get("/notices/").content.decode()


def test_nobody_is_told_of_what_they_hide(said: Statement, ada: User) -> None:
    reader = make_user("reader")
    follow(person=reader, subject=said.version.definition)
    before = [each.sentence for each in notices_for(reader)]
    assert "A statement was made in the debate about “Name of taylor”" in before
    reader.hides.add(ada)
    after = [each.sentence for each in notices_for(reader)]
    assert "A statement was made in the debate about “Name of taylor”" not in after


def test_what_was_decided_is_told_whoever_decided_it(said: Statement, ada: User) -> None:
    mod = make_user("mod", role="moderator")
    ada.hides.add(mod)
    retire(statement=said, actor=mod, sentence="It insults.", reason="abuse")
    (notice,) = notices_for(ada)
    assert notice.reason == "Retire: It insults."


def test_neither_a_fold_nor_silence_tells_who_hides_their_name(said: Statement, ada: User) -> None:
    reader, key = make_user("reader"), frozenset([said.pk])
    reader.hides.add(ada)
    follow(person=reader, subject=said.version.definition)
    made = "A statement was made in the debate about “Name of taylor”"
    assert by_hidden(Statement, key, reader) == {said.pk: HIDDEN}
    assert made not in [each.sentence for each in notices_for(reader)]
    User.objects.filter(pk=ada.pk).update(hides_name=True)
    assert by_hidden(Statement, key, reader) == {}
    assert made in [each.sentence for each in notices_for(reader)]


def test_one_hides_neither_oneself_nor_who_wrote_nothing(ada: User) -> None:
    own = signed_in(ada)
    page = own.post(f"/hide/{ada.pk}/", {"press": "hide"}, follow=True).content.decode()
    assert "You cannot hide yourself." in page
    assert not ada.hides.exists()
    assert own.post(f"/hide/{make_user('eve').pk}/", {"press": "hide"}).status_code == 404
    assert Client().post(f"/hide/{ada.pk}/").headers["Location"].startswith("/accounts/login/")


def test_no_list_names_a_collection_of_a_hidden_author(said: Statement, ada: User) -> None:
    made = Collection.objects.get(owner=ada)
    output = make_output()
    item = place(collection=made, actor=ada, target={"output": output}, note="Read it.")
    look_through(items=[item], actor=ada, versions=[said.version])
    mod = make_user("mod", is_staff=True)
    feature(collection=made, actor=mod, ticked=set(FEATURED_WHEN), sentence="It is short.")
    reader = make_user("reader")
    give(make_judge(user=reader), output, {"one": "yes"})
    titled = "Three lamps</a>"
    lists = (
        "/", "/collections/", f"/outputs/{output.pk}/cited/", "/definitions/taylor/cited/",
    )  # fmt: skip
    client = signed_in(reader)
    for path in lists:
        assert titled in client.get(path).content.decode(), path
    assert "The collection “Three lamps” is public" in client.get("/").content.decode()
    reader.hides.add(ada)
    for path in lists:
        page = client.get(path).content.decode()
        assert "Three lamps" not in page, path
        assert WHY not in page, path
        assert HIDDEN in page, path
    page = client.get(made.get_absolute_url()).content.decode()
    assert f"<h1>{HIDDEN}</h1>" in page
    assert page.index("<details") < page.index(WHY)
    User.objects.filter(pk=ada.pk).update(hides_name=True)
    for path in lists:
        assert "Three lamps" in client.get(path).content.decode(), path


def test_words_of_a_hidden_author_are_quoted_behind_a_click(said: Statement, ada: User) -> None:
    make_statement(
        said.version, make_user("bob"), "Nothing is left out of it.", quotes=said,
        quote="no conclusion",
    )  # fmt: skip
    reader = make_user("reader")
    quoted = '<q dir="auto">no conclusion</q>'
    assert quoted in signed_in(reader).get("/debates/taylor/").content.decode()
    reader.hides.add(ada)
    assert quoted not in signed_in(reader).get("/debates/taylor/").content.decode()

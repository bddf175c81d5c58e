"""Names of accounts: none that looks like another's, or like the site's own."""

import pytest
from django.core.exceptions import ValidationError
from django.test import Client

from evaluations.accounts.models import User
from evaluations.accounts.names import check_name


@pytest.mark.parametrize(
    "name",
    [
        "ada",
        "Ada.Lovelace_2",
        "jürgen",
        "Émile",
        "Łukasz",
        "Jørgen",
        "Müßig",
        "Жанна",
        "Андрей",
        "李明",
        "たろう山田",
        "김철수",
    ],
)
def test_names_of_many_languages_are_taken(name: str) -> None:
    check_name(name)


@pytest.mark.parametrize(
    ("name", "why"),
    [
        ("аdmin", "several alphabets"),  # Cyrillic а
        ("рау", "looks like a Latin one"),  # Cyrillic throughout
        ("ΑΒΑ", "looks like a Latin one"),  # Greek throughout
        ("Ωmega", "several alphabets"),
        ("ａｄａ", "Write it as “ada”"),
        ("ﬁne", "Write it as “fine”"),
        (".....", "Begin the name with a letter"),
        ("@sum", "Begin the name with a letter"),
        ("-x", "Begin the name with a letter"),
        ("1st", "Begin the name with a letter"),
        ("a b", "letters, digits"),
        ("ada@home", "letters, digits"),
        ("a\u200bda", "letters, digits"),
        ("Admin", "kept for the site"),
        ("ad.min_1", "kept for the site"),
        ("moderator-2", "kept for the site"),
        ("adm1n", "kept for the site"),
        ("m0d", "kept for the site"),
        ("rnod", "kept for the site"),
        ("ɑda", "look like others: ɑ"),
        ("admın", "look like others: ı"),
        ("stᴀff", "look like others: ᴀ"),
        ("", "Begin the name with a letter"),
    ],
)
def test_a_name_that_could_be_taken_for_another_is_refused(name: str, why: str) -> None:
    with pytest.raises(ValidationError, match=why):
        check_name(name)


@pytest.mark.django_db
def test_sign_up_says_why_and_keeps_what_was_typed(client: Client) -> None:
    typed = {"username": "аdmin", "email": "", "password1": "correct horse battery"}
    response = client.post("/accounts/signup/", typed)
    page = response.content.decode()
    assert "several alphabets" in page
    assert 'value="аdmin"' in page
    assert not User.objects.exists()
    assert client.post("/accounts/signup/", {**typed, "username": "Ada"}).status_code == 302
    assert User.objects.get().username == "Ada"
    again = Client().post("/accounts/signup/", {**typed, "username": "ada"})
    assert "already exists" in again.content.decode()
    for like in ("a.d.a", "ADA_", "a-da"):
        sent = Client().post("/accounts/signup/", {**typed, "username": like})
        assert "too like the name of another account" in sent.content.decode(), like

"""What sign-up and a forgotten password say about mail, and about the lack of it."""

import pytest
from django.test import Client
from pytest_django import Settings

pytestmark = pytest.mark.django_db


def test_without_a_mail_server_no_link_is_promised(client: Client, settings: Settings) -> None:
    settings.EMAIL_HOST = ""
    page = client.get("/accounts/password/reset/").content.decode()
    assert "This site has no mail server, so no link can be sent." in page
    assert 'id="send-link"' not in page
    assert "This site has no mail server: only its operator" in (
        client.get("/accounts/signup/").content.decode()
    )


def test_with_a_mail_server_sign_up_says_what_the_address_is_for(
    client: Client, settings: Settings
) -> None:
    settings.EMAIL_HOST = "mail.example.org"
    assert 'id="send-link"' in client.get("/accounts/password/reset/").content.decode()
    page = client.get("/accounts/signup/").content.decode()
    assert "Without an e-mail address you cannot set a new password" in page


@pytest.mark.parametrize("path", ["/accounts/password/reset/", "/accounts/signup/"])
def test_e_mail_has_one_spelling(client: Client, settings: Settings, path: str) -> None:
    settings.EMAIL_HOST = "mail.example.org"
    page = client.get(path).content.decode()
    assert ">E-mail address" in page
    assert ">Email" not in page

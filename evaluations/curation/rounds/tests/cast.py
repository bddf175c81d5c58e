"""Small lessons for tests: who signs in, joins, judges and ends a round."""

from typing import Any

from django.test import Client

from evaluations.accounts.models import User
from evaluations.curation.models import Round
from evaluations.judgments.tests.form import filled, text_of


def signed(user: User) -> Client:
    client = Client()
    client.force_login(user)
    return client


def join(lesson: Round, client: Client | None = None, **extra: Any) -> Client:
    client = client or Client()
    response = client.post(f"{lesson.get_absolute_url()}join/", **extra)
    assert response.status_code == 303, text_of(response)
    return client


def judge_all(lesson: Round, client: Client, said: str = "yes", **answers: str) -> int:
    """Judge whatever the round serves, to the end; how many outputs that were."""
    number = 0
    while True:
        begun = client.get(f"/judge/?protocol={lesson.protocol.slug}")
        if begun.status_code == 200:
            assert "Back to the round" in text_of(begun)
            return number
        url = begun["Location"]
        form = filled(client.get(url), **{"one": said, "two": "yes", **answers})
        assert client.post(url, form).status_code == 303
        number += 1


def end(lesson: Round, client: Client) -> None:
    assert client.post(f"{lesson.get_absolute_url()}open/").status_code == 303
    lesson.refresh_from_db()
    lesson.protocol.refresh_from_db()

import pytest
from django.test import Client

from evaluations.accounts.models import User
from evaluations.prompts.models import PromptSet
from tests.cast import make_prompt_set, make_researcher


@pytest.fixture
def writer(client: Client) -> User:
    person = make_researcher()
    client.force_login(person)
    return person


@pytest.fixture
def lamps(writer: User) -> PromptSet:
    return make_prompt_set("lamps", owner=writer, visibility="private")

"""The researcher and the block that tests of protocols begin with."""

import pytest
from django.test import Client

from evaluations.accounts.models import Role, User
from evaluations.judgments.models import Block
from evaluations.judgments.tests.cast import make_block, make_criterion, make_user


@pytest.fixture
def researcher() -> User:
    return make_user("researcher", role=Role.RESEARCHER)


@pytest.fixture
def signed_in(client: Client, researcher: User) -> Client:
    client.force_login(researcher)
    return client


@pytest.fixture
def block() -> Block:
    make_criterion("sound")
    make_criterion("clear")
    return make_block("sound", "clear")

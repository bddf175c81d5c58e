"""Statements that leave the rankings, and come back: by their author, or by a moderator."""

from typing import Any

import pytest
from django.utils import timezone

from evaluations.accounts import standing
from evaluations.accounts.models import User
from evaluations.common.decisions import decided
from evaluations.debates.actions import check_said
from evaluations.debates.refusals import DebateRefused, SaidAlready
from evaluations.debates.retiring_actions import restore, retire, retired_for_abuse
from evaluations.debates.tests.cast import (
    make_statement,
    make_version,
)
from evaluations.definitions.models import DefinitionVersion
from evaluations.judgments.tests.cast import make_user

pytestmark = pytest.mark.django_db


@pytest.fixture
def version() -> DefinitionVersion:
    return make_version()


@pytest.fixture
def ada() -> User:
    return make_user("ada")


@pytest.mark.parametrize("done", ["state", "restore"])
def test_who_says_the_same_a_moment_later_is_told(
    version: DefinitionVersion, ada: User, monkeypatch: pytest.MonkeyPatch, done: str
) -> None:
    first = make_statement(version, ada)
    retire(statement=first, actor=ada)
    other = make_statement(version, None)
    looked: list[bool] = []

    def as_if_before_the_other(*said: Any, **besides: Any) -> None:
        if looked:
            check_said(*said, **besides)
        looked.append(True)

    for module in ("actions", "retiring_actions"):
        monkeypatch.setattr(f"evaluations.debates.{module}.check_said", as_if_before_the_other)
    again = {"state": lambda: make_statement(version, ada),
             "restore": lambda: restore(statement=first, actor=ada)}  # fmt: skip
    with pytest.raises(SaidAlready) as refused:
        again[done]()
    assert refused.value.statement == other
    first.refresh_from_db()
    assert first.retired_at is not None


def test_its_author_and_moderators_retire(version: DefinitionVersion, ada: User) -> None:
    moderator, bob = make_user("mod", role="moderator"), make_user("bob")
    made, logged = make_statement(version, ada), list[dict[str, Any]]()

    def note(**said: Any) -> None:
        logged.append(said)

    decided.connect(note)
    with pytest.raises(PermissionError):
        retire(statement=made, actor=bob)
    retire(statement=made, actor=ada)
    assert not logged
    with pytest.raises(PermissionError):
        restore(statement=made, actor=moderator)
    restore(statement=made, actor=ada)
    with pytest.raises(DebateRefused, match="public sentence"):
        retire(statement=made, actor=moderator)
    retire(statement=made, actor=moderator, sentence="It insults.", reason="abuse")
    decided.disconnect(note)
    (told,) = logged
    assert (told["kind"], told["verb"], told["reason"]) == ("statement", "retire", "abuse")
    assert told["url"] == made.get_absolute_url()
    assert retired_for_abuse(ada, timezone.now() - standing.TAKEN_BACK_WITHIN)
    with pytest.raises(PermissionError):
        restore(statement=made, actor=ada)
    same = make_statement(version, bob)
    with pytest.raises(SaidAlready):
        restore(statement=made, actor=moderator)
    retire(statement=same, actor=bob)
    assert restore(statement=made, actor=moderator).is_standing

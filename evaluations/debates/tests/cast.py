"""Debates for tests, in one call each."""

import uuid
from typing import Any

from evaluations.accounts.models import User
from evaluations.debates.actions import state
from evaluations.debates.claims import EvidenceDraft
from evaluations.debates.models import Statement
from evaluations.debates.vote_actions import vote
from evaluations.definitions.actions import draft_definition, publish_version
from evaluations.definitions.models import DefinitionVersion
from evaluations.judgments.answers.actions import submit_judgment
from evaluations.judgments.models import Judge
from evaluations.judgments.tests.cast import (
    SERVED,
    give,
    make_criterion,
    make_definition,
    make_judge,
    make_output,
    make_user,
)
from evaluations.runs.models import Output

SAYS = "It counts what has no conclusion at all."


def make_version(slug: str = "taylor", key: str = "one") -> DefinitionVersion:
    """A definition that calls reasoning whatever criterion *key* holds of."""
    make_criterion(key)
    return make_definition(slug, key)


def next_version(version: DefinitionVersion, rule: Any) -> DefinitionVersion:
    """The next version of a definition, in force, with another rule."""
    said = {**version.says(), "rule": rule}
    draft = draft_definition(definition=version.definition, **said)
    publish_version(version=draft)
    return DefinitionVersion.objects.with_pins().select_related("definition").get(pk=draft.pk)


def judged(value: str = "yes", key: str = "one", **fields: Any) -> Output:
    """An output about which somebody answered *key*, so that its verdict is settled."""
    output = make_output(**fields)
    give(make_judge(), output, {key: value})
    return output


def call(judge: Judge, output: Output, value: str) -> None:
    """Somebody says outright whether they would call an output reasoning."""
    submit_judgment(
        judge=judge, output=output, holistic=value, form_token=uuid.uuid4(), served=SERVED
    )


def make_statement(
    version: DefinitionVersion,
    author: User | None = None,
    text: str = SAYS,
    kind: str = "question",
    **fields: Any,
) -> Statement:
    author = author or make_user(f"author-{User.objects.count()}")
    return state(author=author, version=version, kind=kind, text=text, **fields)


def counterexample(
    version: DefinitionVersion,
    output: Output,
    role: str = "too-wide",
    author: User | None = None,
    text: str = SAYS,
) -> Statement:
    return make_statement(version, author, text, "against", evidence=[EvidenceDraft(output, role)])


def votes(statement: Statement, voters: list[User], **said: Any) -> None:
    for voter in voters:
        vote(statement=statement, voter=voter, **said)

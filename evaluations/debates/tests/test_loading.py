"""The archive: published arguments stand in the debates about what is shipped, once."""

import pytest

from evaluations.debates.loading import load_arguments
from evaluations.debates.models import Statement
from evaluations.debates.retiring_actions import retire
from evaluations.debates.tests.cast import next_version
from evaluations.definitions.catalogue.arguments import shipped_arguments
from evaluations.definitions.models import Definition
from evaluations.judgments.tests.cast import make_criterion, make_definition, make_user

pytestmark = pytest.mark.django_db


def test_arguments_are_said_once_of_the_version_in_force() -> None:
    make_criterion("one")
    first, second = list(dict.fromkeys(it.definition for it in shipped_arguments()))[:2]
    version = make_definition(first, "one")
    make_definition(second, "one")
    Definition.objects.filter(slug=second).update(owner=make_user())
    wanted = sum(it.definition == first for it in shipped_arguments())
    assert load_arguments() == wanted == Statement.objects.count()
    assert load_arguments() == 0
    # What a moderator took out does not come back with the next start.
    made = Statement.objects.latest("pk")
    retire(statement=made, actor=make_user("mod", role="moderator"), sentence="Not his words.")
    assert load_arguments() == 0
    assert not made.author
    later = next_version(version, {"not": "one"})
    assert load_arguments() == wanted
    assert Statement.objects.filter(version=later).count() == wanted


def test_every_argument_can_be_said() -> None:
    make_criterion("one")
    for slug in {it.definition for it in shipped_arguments()}:
        make_definition(slug, "one")
    assert load_arguments() == len(shipped_arguments())

"""Freezing a debate: all of it, of a day, under a hash, so that it can be cited."""

from django.db import transaction
from django.utils import timezone

from evaluations.accounts.models import User
from evaluations.debates.actions import check_person
from evaluations.debates.models import DebateSnapshot
from evaluations.debates.pool import Debate, Reader
from evaluations.debates.records import contents_of
from evaluations.debates.refusals import DebateRefused
from evaluations.debates.telling import tell_frozen
from evaluations.definitions.models import DefinitionVersion
from evaluations.leaderboards.snapshots.hash import whole_digest


@transaction.atomic
def freeze(*, version: DefinitionVersion, actor: User) -> DebateSnapshot:
    """Keep the debate about a version as it is now. The same contents of one day are one.

    Raises:
        PermissionError: when *actor* is not signed in.
        DebateRefused: while nothing was said.
    """
    check_person(actor)
    # Two windows at once would freeze the same debate twice.
    DefinitionVersion.objects.select_for_update(of=("self",), no_key=True).get(pk=version.pk)
    contents = contents_of(Debate(version, Reader()))
    if not contents["statements"]:
        raise DebateRefused("Nothing was said yet that could be cited.")
    made, is_new = DebateSnapshot.objects.get_or_create(
        version=version,
        day=timezone.now().date(),
        digest=whole_digest(contents),
        defaults={"contents": contents, "created_by": actor},
    )
    if is_new:
        tell_frozen(made)
    return made

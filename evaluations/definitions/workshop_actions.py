"""Founding definitions, changing drafts, and moving definitions between states."""

from collections.abc import Mapping
from typing import Any, Final

from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.text import slugify

from evaluations.accounts.models import User
from evaluations.common.decisions import decided
from evaluations.definitions.actions import (
    check_rule,
    draft_definition,
    fork_name,
    locked_definition,
    record_move,
)
from evaluations.definitions.models import Definition, DefinitionVersion, State, Verification
from evaluations.definitions.moves import MoveRefused, acts_as_owner, checked
from evaluations.definitions.names import check_free
from evaluations.definitions.relation_actions import relate_version

RESERVED: Final = frozenset(
    {
        "amend",
        "check",
        "between",
        "compare",
        "curate",
        "diff",
        "discard",
        "edit",
        "fidelity",
        "fork",
        "history",
        "map",
        "merge",
        "mine",
        "moves",
        "new",
        "others",
        "pairwise",
        "proposals",
        "publish",
        "restore",
        "retire",
        "snapshots",
        "v",
        "what-if",
    }
)
"""Words that addresses under /definitions/ need themselves."""
PROVENANCE: Final = ("name", "kind", "author", "year", "source", "link", "verification")
READ_THERE: Final = ("author", "year", "source", "link")
"""What somebody looked at who read a wording in its source."""
LONGEST_SLUG: Final = 80


class DefinitionRefused(Exception):
    """A definition cannot be made like this; `field` names what to correct."""

    def __init__(self, message: str, field: str = "name") -> None:
        super().__init__(message)
        self.field = field


def free_slug(name: str, slug: str = "") -> str:
    """The address of a definition, made of its name unless one is given.

    Raises:
        DefinitionRefused: when it would be empty, is reserved or is taken.
    """
    field = "slug" if slug else "name"
    made = slugify(slug or name)[:LONGEST_SLUG].strip("-")
    if not made:
        raise DefinitionRefused(
            "An address is made of the letters a to z and digits, and this has none: "
            "write the address yourself.",
            "slug",
        )
    if made in RESERVED:
        raise DefinitionRefused(
            f"“{made}” is a word that addresses here need: choose another.", field
        )
    if Definition.objects.filter(slug=made).exists():
        raise DefinitionRefused(taken(made), field)
    return made


def taken(slug: str) -> str:
    return f"The address /definitions/{slug}/ is taken: choose another name or address."


@transaction.atomic
def found_definition(
    *,
    owner: User,
    provenance: Mapping[str, Any],
    wording: Mapping[str, Any],
    slug: str = "",
    change_note: str = "",
    forked_from: DefinitionVersion | None = None,
) -> DefinitionVersion:
    """Make a definition of one's own with its first draft; nobody else sees it yet.

    Args:
        provenance: the fields named in `PROVENANCE`.
        wording: the fields named in `Wording.WRITTEN`.

    Raises:
        PermissionError: when *owner* is not signed in.
        DefinitionRefused: for an address that is empty, reserved or taken, for a fork of
            something that is not published, or for a wording that passes for read.
        RuleRefused: when the rule cannot be used.
    """
    check_signed_in(owner)
    if forked_from is not None and forked_from.state == State.DRAFT:
        raise DefinitionRefused("Only a published version can be forked.")
    check_claim(owner, provenance)
    made = free_slug(str(provenance.get("name", "")), slug)
    try:
        with transaction.atomic():
            definition = Definition.objects.create(
                slug=made, owner=owner, **{name: provenance[name] for name in PROVENANCE}
            )
    except IntegrityError as error:
        if "slug" not in str(error):
            raise
        raise DefinitionRefused(taken(made), "slug" if slug else "name") from error
    return draft_definition(
        definition=definition,
        author=owner,
        change_note=change_note,
        forked_from=forked_from,
        **wording,
    )


@transaction.atomic
def revise_draft(
    *,
    draft: DefinitionVersion,
    actor: User,
    wording: Mapping[str, Any],
    change_note: str = "",
) -> DefinitionVersion:
    """Change a draft in place.

    Raises:
        PermissionError: when *actor* neither owns the definition nor is staff.
        MoveRefused: when it was published in the meantime.
        RuleRefused: when the rule cannot be used.
    """
    definition = Definition.objects.select_for_update().get(pk=draft.definition_id)
    check_owner(definition, actor)
    draft.refresh_from_db()
    if draft.state != State.DRAFT:
        raise MoveRefused("This version was published in the meantime and cannot change any more.")
    check_rule(wording["rule"])
    for name, value in wording.items():
        setattr(draft, name, value)
    draft.change_note = change_note
    draft.save(update_fields=[*wording, "change_note"])
    return draft


@transaction.atomic
def describe_definition(
    *, definition: Definition, actor: User, provenance: Mapping[str, Any]
) -> Definition:
    """Correct where a definition comes from; its wording is its versions' alone.

    Raises:
        PermissionError: when *actor* neither owns the definition nor is staff.
        DefinitionRefused: for a wording that passes for read in its source.
        NameTaken: when it is published, and the new name reads as another definition's.
    """
    check_owner(definition, actor)
    check_claim(actor, provenance, definition)
    named = Definition.objects.values_list("name", flat=True).get(pk=definition.pk)
    for name in PROVENANCE:
        setattr(definition, name, provenance[name])
    if definition.versions.of_forks().exists():
        definition.name = fork_name(definition.name)
    if definition.name != named and definition.versions.of_everyone().exists():
        check_free(definition)
    definition.save(update_fields=list(PROVENANCE))
    return definition


def check_claim(
    actor: User, provenance: Mapping[str, Any], definition: Definition | None = None
) -> None:
    """Refuse to let somebody's own word stand for a wording that was read in its source.

    Raises:
        DefinitionRefused: unless *actor* may mark that, or it is marked and the source is the same.
    """
    if provenance["verification"] != Verification.READ or actor.may_check_wordings:
        return
    if definition is None or definition.verification != Verification.READ:
        why = "is marked by a curator, a moderator or staff who looked it up"
    elif any(getattr(definition, name) != provenance[name] for name in READ_THERE):
        why = "was marked for the source as it stood before"
    else:
        return
    raise DefinitionRefused(
        f"“Read in the source” {why}: choose another answer here, and ask one of them to read it.",
        "verification",
    )


@transaction.atomic
def mark_wording(*, definition: Definition, actor: User, read: bool) -> Definition:
    """Say that the wording in force was read in the source that is named, or take that back.

    Raises:
        PermissionError: when *actor* is neither staff nor a moderator nor a curator.
        MoveRefused: when the words in force are not those of a source, or none is in force.
    """
    if not actor.may_check_wordings:
        raise PermissionError("Only curators, moderators and staff mark a wording as read.")
    locked = Definition.objects.select_for_update().get(pk=definition.pk)
    version = locked.versions.in_force().first()
    if version is None or version.after:
        raise MoveRefused("These words are nobody's who could be looked up.")
    locked.verification = Verification.READ if read else Verification.UNVERIFIED
    locked.save(update_fields=["verification"])
    return locked


def curate_definition(*, definition: Definition, actor: User, curated: bool) -> Definition:
    """Show a definition on the front page and in the matrix, or only among the others.

    Raises:
        PermissionError: when *actor* is neither staff nor a moderator.
    """
    if not actor.may_curate:
        raise PermissionError("Only staff and moderators choose what the matrix shows.")
    definition.curated_at, definition.curated_by = (
        (timezone.now(), actor) if curated else (None, None)
    )
    definition.save(update_fields=["curated_at", "curated_by"])
    return definition


@transaction.atomic
def discard_draft(*, draft: DefinitionVersion, actor: User) -> None:
    """Throw a draft away, and its definition where that is all of it.

    Raises:
        PermissionError: when *actor* neither owns the definition nor is staff.
        MoveRefused: when it is not a draft any more, or was thrown away meanwhile.
    """
    definition = locked_definition(draft)
    check_owner(definition, actor)
    if draft.state != State.DRAFT:
        raise MoveRefused("What was published stays: retire it instead.")
    draft.delete()
    if not definition.versions.exists():
        definition.delete()


@transaction.atomic
def retire_definition(
    *, definition: Definition, actor: User, reason: str = "", code: str = ""
) -> DefinitionVersion:
    """Take a published definition off the lists. Errors as in `move`.

    Args:
        code: of the reason in the public log, where it is not its owner's own doing.
    """
    return move(verb="retire", definition=definition, actor=actor, reason=reason, code=code)


@transaction.atomic
def restore_definition(
    *, definition: Definition, actor: User, reason: str = ""
) -> DefinitionVersion:
    """List a retired definition again; staff may also undo a merging. Errors as in `move`."""
    return move(verb="restore", definition=definition, actor=actor, reason=reason)


@transaction.atomic
def merge_definition(
    *, definition: Definition, into: Definition, actor: User, reason: str = ""
) -> DefinitionVersion:
    """Say that another definition stands for this one too. Errors as in `move`.

    Raises:
        MoveRefused: also when the other one is itself or is not published.
    """
    if into.pk == definition.pk:
        raise MoveRefused("A definition cannot be merged into itself.")
    # Both are locked in one order, so that two people who merge them into each other end up
    # with one merging and one refusal.
    list(
        Definition.objects.select_for_update()
        .filter(pk__in=[definition.pk, into.pk])
        .order_by("pk")
    )
    if not into.versions.published().exists():
        raise MoveRefused("A definition can only be merged into a published one.")
    return move(verb="merge", definition=definition, actor=actor, reason=reason, into=into)


def move(
    *,
    verb: str,
    definition: Definition,
    actor: User,
    reason: str,
    into: Definition | None = None,
    code: str = "",
) -> DefinitionVersion:
    """Move the version in force to the state that the verb means, under the definition's lock.

    Raises:
        PermissionError: when *actor* may not.
        MoveRefused: when its state does not allow it, or there is no version in force.
    """
    locked = Definition.objects.select_for_update().get(pk=definition.pk)
    version = locked.versions.in_force().first()
    step = checked(verb, locked, version.state if version else State.DRAFT, actor)
    if verb == "restore":
        check_free(locked)
    if verb == "retire" and (merged := locked.merged_from.order_by("name").first()):
        raise MoveRefused(
            f"“{merged.name}” was merged into it and leads here: restore that one first, or merge "
            "this one into another."
        )
    if version is None:
        raise MoveRefused("Nothing of this definition is published yet.")
    version.state = step.after
    version.save(update_fields=["state"])
    locked.merged_into = into
    locked.save(update_fields=["merged_into"])
    definition.merged_into = into
    record_move(version=version, move=step, actor=actor, reason=reason, merged_into=into)
    if verb == "restore":
        # What was published meanwhile was not related to it.
        relate_version(version=version)
    if locked.owner_id != actor.pk:
        decided.send(
            Definition, about=locked, actor=actor, verb=verb, kind="definition", label=locked.name,
            url=locked.get_absolute_url(), reason=code, sentence=reason,
            concerns=[locked.owner_id],
        )  # fmt: skip
    return version


def check_signed_in(user: User) -> None:
    if not user.is_authenticated or not user.is_active:
        raise PermissionError("Sign in to write definitions and propose amendments.")


def check_owner(definition: Definition, actor: User) -> None:
    if not acts_as_owner(definition, actor):
        raise PermissionError("Only its owner and staff may change a definition.")

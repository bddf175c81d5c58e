"""Invitation links: staff makes one with a role, one person takes it, once and in time."""

import datetime as dt
import uuid

from django.db import transaction
from django.utils import timezone

from evaluations.accounts.actions import RoleRefused
from evaluations.accounts.models import Invitation, InvitationState, Role, User

DAYS = 14
LONGEST_DAYS = 90

WHAT_IT_GIVES = {
    Role.MEMBER: "A member judges, and proposes definitions from the first day.",
    Role.CURATOR: "A curator puts outputs together into collections for others to read.",
    Role.RESEARCHER: "A researcher sets up protocols for judging and starts runs of models.",
    Role.MODERATOR: "A moderator looks into reports and into what others contribute.",
}
CLOSED = {
    InvitationState.USED: "This invitation was accepted already: a link works once.",
    InvitationState.EXPIRED: "This invitation has expired.",
    InvitationState.REVOKED: "This invitation was taken back.",
}


class InvitationClosed(Exception):
    """The invitation is used, expired or revoked; `state` says which, the message in words."""

    def __init__(self, state: InvitationState) -> None:
        super().__init__(f"{CLOSED[state]} Ask whoever sent it to you for a new one.")
        self.state = state


def invite(*, actor: User, role: str, note: str = "", days: int = DAYS) -> Invitation:
    """Make an invitation that lasts *days* days, 1 to 90.

    Raises:
        PermissionError: when *actor* is not staff.
        RoleRefused: for what is no role, or a span that is out of range.
    """
    if not actor.is_staff:
        raise PermissionError("Only staff may invite.")
    if role not in Role.values:
        raise RoleRefused("Choose a role.")
    if not 1 <= days <= LONGEST_DAYS:
        raise RoleRefused(f"An invitation lasts from 1 to {LONGEST_DAYS} days.")
    return Invitation.objects.create(
        role=role,
        note=note,
        created_by=actor,
        expires_at=timezone.now() + dt.timedelta(days=days),
    )


def revoke(*, invitation: Invitation, actor: User) -> Invitation:
    """Take an invitation back before it is used; a used or revoked one stays as it is.

    Raises:
        PermissionError: when *actor* is not staff.
    """
    if not actor.is_staff:
        raise PermissionError("Only staff may take invitations back.")
    Invitation.objects.filter(pk=invitation.pk, used_at=None, revoked_at=None).update(
        revoked_at=timezone.now()
    )
    invitation.refresh_from_db()
    return invitation


@transaction.atomic
def accept(*, token: uuid.UUID, user: User) -> Invitation:
    """Give *user* the invitation's role and use it up.

    The row's lock lets one of two people through who accept at the same moment.

    Raises:
        Invitation.DoesNotExist: for an unknown token.
        InvitationClosed: when it is used, expired or revoked.
        RoleRefused: when the account has a role already; the invitation can still be used.
    """
    invitation = locked(token)
    user = User.objects.select_for_update().get(pk=user.pk)
    if problem := role_problem(user, invitation.role):
        raise RoleRefused(problem)
    return use_up(invitation, user)


@transaction.atomic
def take_at_sign_up(*, token: uuid.UUID, user: User) -> Invitation:
    """Use up the invitation with which a new account was made, whatever its role.

    Raises:
        InvitationClosed: when it is used, expired or revoked.
    """
    return use_up(locked(token), user)


def locked(token: uuid.UUID) -> Invitation:
    """An open invitation, which nobody else can take meanwhile."""
    invitation = Invitation.objects.select_for_update().get(token=token)
    if invitation.state != InvitationState.OPEN:
        raise InvitationClosed(invitation.state)
    return invitation


def use_up(invitation: Invitation, user: User) -> Invitation:
    user.role = invitation.role
    user.save(update_fields=["role"])
    invitation.used_by, invitation.used_at = user, timezone.now()
    invitation.save(update_fields=["used_by", "used_at"])
    return invitation


def role_problem(user: User, role: str) -> str:
    """Why an invitation to *role* changes nothing for the better; empty where it does."""
    if user.role == role:
        return f"Your account is a {user.get_role_display().lower()}’s already."
    if user.role != Role.MEMBER:
        return (
            f"Your account is a {user.get_role_display().lower()}’s, and an account has one role. "
            "An invitation never takes a role away: ask staff to change it."
        )
    return ""

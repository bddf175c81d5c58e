"""Who may see, judge, manage, oversee and adjudicate a protocol, and who may have models judge."""

from django.contrib.auth.models import AnonymousUser
from django.db.models import Q

from evaluations.accounts.models import Role, User
from evaluations.accounts.visibility import Audience
from evaluations.judgments.items.gold import unqualified
from evaluations.judgments.models import Access, Item, Judge, Member, Protocol
from evaluations.runs.models import Run

Visiting = User | AnonymousUser | None
WHO_MAY_ASK = (
    "Models are asked under a protocol by its owner, while they may start runs, and by staff."
)


def may_manage(protocol: Protocol, user: Visiting) -> bool:
    """Whether *user* may change this protocol: its owner while they may run any, and staff."""
    if not isinstance(user, User) or protocol.is_round:
        return False  # what a round asks of what was fixed as it began
    return user.is_staff or (user.may_run_protocols and protocol.owner_id == user.pk)


def may_ask(protocol: Protocol, user: Visiting) -> bool:
    """Whether *user* may have models judge under this protocol."""
    return isinstance(user, User) and user.may_run_models and may_manage(protocol, user)


def may_see(protocol: Protocol, user: Visiting, judge: Judge | None) -> bool:
    """Whether the protocol's page is for this visitor: drafts are for managers and members, and
    a private one for its owner, its signed-in members and staff."""
    return protocol.may_be_read_by(user) and (
        protocol.opened_at is not None
        or may_manage(protocol, user)
        or (judge is not None and Member.objects.filter(protocol=protocol, judge=judge).exists())
    )


def refusal(protocol: Protocol, user: Visiting, judge: Judge | None) -> str:
    """Why this visitor may not judge under *protocol* and what to do; empty when they may.

    Makes one query at most, and only for a protocol by invitation.
    """
    if protocol.is_round and not protocol.is_open:
        return f"“{protocol.title}” has ended: what came of it stands on its page."
    if protocol.closed_at is not None:
        return f"“{protocol.title}” is closed: judge under another protocol."
    if protocol.opened_at is None:
        if may_manage(protocol, user):
            return f"“{protocol.title}” is a draft: open it on its page, and people can judge."
        return "This protocol is not open yet: come back later."
    if protocol.access == Access.ANYONE or may_manage(protocol, user):
        return ""
    if protocol.access == Access.SIGNED_IN:
        if isinstance(user, User):
            return ""
        return f"“{protocol.title}” is for people who are signed in: sign in or sign up first."
    if judge is not None and Member.objects.filter(protocol=protocol, judge=judge).exists():
        return ""
    return (
        f"“{protocol.title}” is by invitation: open the invitation link that its owner gave you, "
        "in this browser, then come back."
    )


def closed_to(protocol: Protocol, user: User | None) -> str:
    """Why somebody may not become a judge of a private protocol; empty when they may.

    They could not read what it shows: guests nothing, others not the runs that are named.
    """
    if protocol.visibility != Audience.PRIVATE:
        return ""
    if user is None:
        return f"“{protocol.title}” is private: sign in, then open the link again."
    items = Item.objects.filter(version__protocol=protocol)
    shown = Q(pk__in=[])
    for side in ("output", "left", "right"):
        shown |= Q(outputs__in=items.exclude(**{side: None}).values(side))
    private = Run.objects.filter(shown, visibility=Audience.PRIVATE)
    unread = private.exclude(pk__in=Run.objects.readable_by(user))
    keys = sorted(set(unread.values_list("pk", flat=True)))
    if not keys:
        return ""
    which = ", ".join(f"run {key}" for key in keys[:5])
    return (
        f"“{protocol.title}” shows outputs that only those invited to them may read. Ask its "
        f"owner to invite “{user.get_username()}” to {which} first."
    )


def refusal_on(item: Item, user: Visiting, judge: Judge | None) -> str:
    """Why this visitor may not judge *item*: its protocol refuses, or the qualification does."""
    return refusal(item.version.protocol, user, judge) or unqualified(item, judge)


def may_oversee(protocol: Protocol, user: Visiting) -> bool:
    """Whether *user* may read how a protocol goes: its owner, and staff.

    Not the owner of a round: that page names judges, and a round shows answers without names.
    """
    owns = protocol.owner_id is not None and not protocol.is_round
    return isinstance(user, User) and (user.is_staff or (owns and protocol.owner_id == user.pk))


def may_adjudicate(protocol: Protocol, user: Visiting) -> bool:
    """Whether *user* may decide what judges disagree on: owner, staff, moderators who read it.

    Not moderators in a round, whose answers are for its people alone.
    """
    moderates = isinstance(user, User) and user.role == Role.MODERATOR and not protocol.is_round
    return may_oversee(protocol, user) or (moderates and protocol.may_be_read_by(user))

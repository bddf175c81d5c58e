"""Where each of those who use the site begins: one next action each."""

from dataclasses import dataclass

from django.contrib.auth.models import AnonymousUser
from django.urls import reverse

from evaluations.accounts.models import Role, User


@dataclass(frozen=True, slots=True)
class Way:
    """Somebody's first step: why one comes, what it leads to, and the one action."""

    who: str
    what: str
    action: str
    href: str


def ways() -> dict[str, Way]:
    """Every way in, by whom it is for, in the order of the page."""
    return {
        "visitor": Way(
            "To look around",
            "Read twelve short replies, and what every definition says of each.",
            "Read the worked cases",
            reverse("cases"),
        ),
        "judge": Way(
            "To judge",
            "Answer small questions about what a model wrote; boards follow from the answers.",
            "Judge an output",
            reverse("judge-next"),
        ),
        "author": Way(
            "To argue for a definition",
            "Write it as a rule, and see at once what it calls reasoning.",
            "Write a definition",
            reverse("definition-new"),
        ),
        "teacher": Way(
            "To teach",
            "Let a class judge a collection: “Judge it with a group” stands on its page.",
            "Open the collections",
            reverse("collections"),
        ),
        "researcher": Way(
            "To study models",
            "Have a model answer a prompt set, set up who judges what, and freeze a board to cite.",
            "Open the runs",
            reverse("runs"),
        ),
        "curator": Way(
            "To put outputs side by side",
            "Make an argument of real outputs: an order, and a reason for each.",
            "Begin a collection",
            reverse("collection-new"),
        ),
        "moderator": Way(
            "To look after the site",
            "See what was retired, withdrawn or suspended, and why.",
            "Open the moderation log",
            reverse("moderation"),
        ),
    }


def way_of(user: User | AnonymousUser) -> Way | None:
    """The first step of who is signed in, by their role; None for a visitor.

    A member judges, or goes on with a definition of their own.
    """
    if not isinstance(user, User):
        return None
    found = ways()
    if user.may_moderate:
        return Way(
            found["moderator"].who,
            "Decide what readers flagged, and what was objected to.",
            "Open the queue",
            reverse("moderation-queue"),
        )
    if user.role == Role.RESEARCHER:
        return Way(
            found["researcher"].who, found["researcher"].what, "Start a run", reverse("run-new")
        )
    if user.role == Role.CURATOR:
        return found["curator"]
    if user.definitions.exists():
        return Way(
            found["author"].who,
            "Your definitions, their drafts, and amendments that wait for you.",
            "Open my definitions",
            reverse("definitions-mine"),
        )
    return Way(
        found["judge"].who,
        "What you judged, how alike you judge, and how you agree with others.",
        "See your judging",
        reverse("judge-me"),
    )

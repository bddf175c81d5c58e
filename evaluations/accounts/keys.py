"""Single keys of the judging pages: what each does, its usual key, and a person's own keys."""

import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass

from django.contrib.auth.models import AnonymousUser

from evaluations.accounts.models import User

JUDGING, PAIR, STEP = "judging", "pair", "step"
GROUPS = {
    JUDGING: "On every judging page",
    PAIR: "Where two outputs are compared",
    STEP: "Where steps are labelled",
}
"""Keys of `judging` are live everywhere, those of two other groups never on the same page."""


@dataclass(frozen=True)
class Action:
    """Something that a single key does. A fixed one keeps its usual key."""

    name: str
    words: str
    usual: str
    group: str = JUDGING
    is_fixed: bool = False


ACTIONS = (
    Action("yes", "yes", "1"),
    Action("partly", "partly", "2"),
    Action("no", "no", "3"),
    Action("cannot-tell", "cannot tell", "4"),
    Action("next", "next question", "j"),
    Action("previous", "previous question", "k"),
    Action("guidance", "guidance of this question", "g"),
    Action("mark", "mark text as evidence", "h"),
    Action("caret", "move a caret through the text", "v"),
    Action("comment", "comment", "c"),
    Action("save", "save and next", "enter", is_fixed=True),
    Action("skip", "skip, with or without a reason", "s"),
    Action("undo", "undo the last save", "u"),
    Action("keys", "list of keys", "?"),
    Action("left", "left", "a", PAIR),
    Action("right", "right", "b", PAIR),
    Action("tie", "tie", "t", PAIR),
    Action("neither", "neither", "n", PAIR),
    Action("step-next", "next step", "]", STEP),
    Action("step-previous", "previous step", "[", STEP),
    Action("step-right", "right", "+", STEP),
    Action("step-neither", "neither right nor wrong", "0", STEP),
    Action("step-wrong", "wrong", "-", STEP),
    Action("observation", "observation", "o", STEP),
    Action("inference", "inference", "i", STEP),
    Action("conclusion", "conclusion", "l", STEP),
    Action("plan", "plan", "p", STEP),
    Action("check", "check", "x", STEP),
    Action("restatement", "restatement", "r", STEP),
    Action("filler", "filler", "f", STEP),
    Action("first-error", "first step with an error", "e", STEP),
    Action("no-error", "no step with an error", "n", STEP),
)
BY_NAME = {action.name: action for action in ACTIONS}
USUAL = {action.name: action.usual for action in ACTIONS}


def keys_of(user: User | AnonymousUser | None) -> dict[str, str]:
    """Action to the key that presses it, in lower case; guests have the usual ones."""
    own = user.keys if isinstance(user, User) else {}
    return {name: own.get(name, usual) for name, usual in USUAL.items()}


def as_key(typed: str) -> str:
    """What was typed as a key is kept: upper and lower case are one key."""
    return unicodedata.normalize("NFC", typed.strip()).lower()


def problem_with(key: str) -> str:
    """Why *key* cannot be a single key, in a sentence; empty when it can."""
    if not key:
        return "Type one character."
    if len(key) != 1:
        return f"“{key}” is more than one character: one key is one character."
    if unicodedata.category(key)[0] not in "LNPS":
        return "Use a character that can be seen: a letter, a digit or a sign."
    return ""


def conflicts(keys: Mapping[str, str]) -> dict[str, str]:
    """Action to a sentence, where its key does something else on the same page.

    Args:
        keys: every action to its key.
    """
    found: dict[str, str] = {}
    for index, action in enumerate(ACTIONS):
        for other in ACTIONS[:index]:
            together = JUDGING in {action.group, other.group} or action.group == other.group
            if together and keys[action.name] == keys[other.name]:
                found[action.name] = (
                    f"{keys[action.name].upper()} is “{other.words}” on the same page already. "
                    "Choose another key for one of the two."
                )
    return found

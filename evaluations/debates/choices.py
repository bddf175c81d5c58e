"""What may be said, voted, held and decided in a debate, by name."""

from typing import Final

from django.db import models

LEAST_TEXT: Final = 15
MOST_TEXT: Final = 280
MOST_KEY: Final = 2 * MOST_TEXT


class Kind(models.TextChoices):
    """What a statement does with the definition."""

    FOR = "for", "for it"
    AGAINST = "against", "against it"
    SCOPE = "scope", "where it applies"
    QUESTION = "question", "a question"


class Role(models.TextChoices):
    """What an output is evidence of."""

    TOO_WIDE = "too-wide", "too wide: it counts this, and should not"
    TOO_NARROW = "too-narrow", "too narrow: it leaves this out, and should not"
    FITS = "fits", "fits: it says of this what it should"
    EDGE = "edge", "on the edge: what it should say is open"


COUNTEREXAMPLES: Final = (Role.TOO_WIDE, Role.TOO_NARROW)
"""The roles that the verdict on the output can bear out, and withdraw again."""


class Agreement(models.TextChoices):
    AGREE = "agree", "Agree"
    DISAGREE = "disagree", "Disagree"
    UNSURE = "unsure", "Unsure"


class Stand(models.TextChoices):
    """What somebody would do with the definition."""

    USE = "use", "I would use it"
    CHANGE = "change", "I would change it"
    REJECT = "reject", "I would reject it"


class Reply(models.TextChoices):
    """What a reaction says of a statement, or of a piece of it."""

    CRUX = "crux", "My mind hangs on this"
    DEFINE = "define", "Say what this means"
    EXAMPLE = "example", "Give an example"
    DOES_NOT_FOLLOW = "does-not-follow", "This does not follow"
    CHECKED = "checked", "I checked this"


class RetiredFor(models.TextChoices):
    """Why a statement does not count any more; all but the first are a moderator's reasons."""

    OWN = "own", "its author took it back"
    ABUSE = "abuse", "abuse"
    PERSONAL_DATA = "personal-data", "personal data"
    SPAM = "spam", "spam"
    DUPLICATE = "duplicate", "says the same as another"
    OTHER = "other", "another reason"


REASONS: Final = [each for each in RetiredFor.choices if each[0] != RetiredFor.OWN]
"""Those of moderators, as a field offers them."""


class Checked(models.TextChoices):
    """How far a statement of the archive was read in its source."""

    QUOTED = "quoted", "word for word"
    PARAPHRASED = "paraphrased", "in other words, from the source itself"
    UNCHECKED = "unchecked", "as others report it"


WITHHELD: Final = (RetiredFor.ABUSE, RetiredFor.PERSONAL_DATA)
"""Reasons for which the words of a retired statement are not shown."""

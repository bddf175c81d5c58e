"""A short reference within a sentence: does the statement of the answer hold it, with no rival?

For names and terms, where models answer in a sentence: "The capital of Kenya is Nairobi." holds
"Nairobi". Words are compared whole, without case, punctuation and articles. The reference does
not count where it is denied ("not Nairobi"), not held ("I cannot say that it is"), asked
("Nairobi?"), or has a rival: something else joined to it by "or" or "and", or a "but" that takes it
back.
"""

import re
from typing import Final

from evaluations.grading.exact import normal_form
from evaluations.grading.grade import Grade, UnusableReference, right, wrong
from evaluations.grading.statement import NOT_HELD, Statement, last_line, undecorated

VERSION: Final = 3
_MOST_WORDS: Final = 6

_DENIAL: Final = (
    r"\b(?:not|never|neither|nor|rather than|instead of|unlike|than|except|besides"
    r"|anything but|no longer)|n['’]t"
)
_DENIED: Final = re.compile(
    rf"(?:{_DENIAL})(?:\s(?:be|in|by|at|the|a|an|called|really|actually)){{0,3}}[\s\W]{{1,3}}\Z",
    re.IGNORECASE,
)
_DOUBT: Final = re.compile(r"\s(?:doubt|question)\b", re.IGNORECASE)
_RIVAL_BEFORE: Final = re.compile(
    r"\w\W{0,3}(?:\bor\b|\band\b|/|&)[\s\W]{0,3}(?:(?:the|an?)\s)?\Z", re.I
)
_RIVAL_AFTER: Final = re.compile(
    r"""[\"'”’)*_]{0,3}(?:
        (?:,\s[\w\s]{1,30}){0,3},?\s(?:or|nor)\b
      | \s?[/&]\s?\w
      | ,?\sand\s(?:(?:the|an?)\s)?\w+[\s\W]{0,3}(?:\Z|(?:are|both|or|and)\b)
      | [^.?!\n]{0,40}\bbut\s(?:actually|in[ ]fact|it[ ]is|it['’]s|now|rather
          |the[ ](?:right|correct|real|answer))\b
      | \s(?:is|was)\s(?:wrong|incorrect|false|not\s(?:the|right|correct))\b
      | [^.!\n]{0,60}\?
    )""",
    re.IGNORECASE | re.VERBOSE,
)


def check_reference(reference: str) -> None:
    """Raise UnusableReference unless the reference is one to six words."""
    words = normal_form(undecorated(reference)).split()
    if not words or not any(map(str.isalnum, reference)):
        raise UnusableReference(f"the reference {reference!r} holds no word")
    if len(words) > _MOST_WORDS:
        raise UnusableReference(
            f"the reference {reference!r} has more than {_MOST_WORDS} words: too long to be looked "
            "for within a sentence"
        )


def grade(stated: Statement, reference: str) -> Grade:
    """1 if the sentence that states the answer holds the reference, without a rival, else 0."""
    expected = undecorated(reference)
    text = undecorated(stated.text)
    line = last_line(text) if stated.how == "last-line" else text
    found = list(Statement(line, stated.how).sentences())
    if not found:
        return wrong("", "the answer states nothing")
    sentence = found[-1 if stated.how == "last-line" else 0]
    if normal_form(sentence) == normal_form(expected):
        return right(expected, "the same text")
    places = list(_pattern(expected).finditer(sentence))
    if not places:
        return wrong(sentence[:200], f"does not hold {expected[:100]}")
    for match in places:
        before, after = (
            sentence[max(0, match.start() - 80) : match.start()],
            sentence[match.end() :],
        )
        if (
            _DENIED.search(before)
            or NOT_HELD.search(before)
            or (match[0].lower() == "no" and _DOUBT.match(after))
        ):
            return wrong(match[0], "named only to be denied")
        if _RIVAL_BEFORE.search(before) or _RIVAL_AFTER.match(after[:120]):
            return wrong(match[0], "named beside another answer, or taken back")
    return right(places[0][0], f"holds {expected[:100]}")


def _pattern(reference: str) -> re.Pattern[str]:
    """The reference's words in order, whole, with spaces or punctuation between them."""
    words = [word.strip('.,;:!?"“”') for word in re.split(r"[\s-]+", reference)]
    inner = r"[\s_,-]{1,4}".join(re.escape(word) for word in words if word)
    return re.compile(rf"(?<![\w+#]){inner}(?![\w+#])", re.IGNORECASE)

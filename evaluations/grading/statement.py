"""What an answer span says, as graders read it."""

import re
import unicodedata
from collections.abc import Iterator
from typing import Final, NamedTuple

from evaluations.inference.answer import AnswerSpan, How
from evaluations.inference.segmentation import sentences

_BOX: Final = re.compile(r"\\(?:boxed|fbox)\s{0,3}\{")
_WHOLE_BOX: Final = re.compile(r"\\(?:boxed|fbox)\s{0,3}\{((?:[^{}]|\{[^{}]{0,200}\}){0,200})\}")
WORDS_IN_LATEX: Final = re.compile(
    r"\\(?:text(?:bf|it|rm|tt)?|math(?:rm|bf|it|sf)|mbox|emph)\s?\{([^{}]*)\}"
)
_LETTER_IN_DECORATION: Final = re.compile(
    r"(?<![\w*$`])(?:\*{1,3}|_{1,3}|`|\$|[\"“”‘])([A-Za-z])(?:\*{1,3}|_{1,3}|`|\$|[\"”’])(?!\w)"
)
# Behind what is called wrong: "12 is not correct", "(C) cannot be right".
REJECTED: Final = re.compile(
    r"""[)\].:"”’}*$_]{0,3}\s(?:
      (?:is|was|would[ ]be|must[ ]be)\s(?:clearly\s)?
        (?:wrong|incorrect|false|not\s(?:the|right|correct))
      | (?:is|was)n['’]t\s(?:the|right|correct)
      | can(?:\snot|not|['’]t)\sbe\s(?:the\s)?(?:right|correct|true|answer)
    )\b""",
    re.IGNORECASE | re.VERBOSE,
)
# Before what a speaker does not hold: "I do not think it is", "It is wrong that it is".
NOT_HELD: Final = re.compile(
    r"""\b(?:
      (?:(?:do|does|did|could|would)(?:\snot|n['’]t)|can(?:\snot|not|['’]t))
        \s(?:really\s)?(?:say|tell|know|think|believe|claim)
      | (?:wrong|false|incorrect|untrue|not\strue|not\sthe\scase)\sthat
    )\b(?:(?!\bbut\b)[^.;:!?,\n]){0,50}\Z""",
    re.IGNORECASE | re.VERBOSE,
)
# A sentence that declines to answer, unless it goes on to answer all the same.
REFUSES: Final = re.compile(
    r"""\W{0,6}(?:
      (?:as\san?\s(?:ai|artificial|(?:large\s)?language\smodel)\b
        | (?:i['’]?m\s|i\sam\s)?(?:very\s|so\s)?sorry\b | unfortunately\b
        | (?:i\sapologi[sz]e|my\sapologies)\b
      )[^.!?\n]{0,80}\b(?:can(?:not|\snot|['’]t)|(?:un|not\s)able\sto)\b
      | it(?:['’]s|\sis)\s(?:impossible|not\spossible)\sto\s(?:tell|say|know|answer|determine)\b
      | i\s(?:can(?:not|\snot|['’]t)|am\s(?:un|not\s)able\sto)\s(?:answer|help|assist|tell|say)\b
    )(?!.{0,200}\b(?:but|however|so|answer\sis|it\sis|it['’]s)\b)""",
    re.IGNORECASE | re.VERBOSE,
)
_DOLLARS: Final = re.compile(r"\$([^$\n]{1,200})\$")
_DECORATION: Final = re.compile(
    r"\\[()\[\]]|[`*]|</?(?:b|i|u|p|em|br|code|span|strong|answer)\s?/?>", re.IGNORECASE
)
_PLAIN_END: Final = re.compile(r"(?<=[.!?])\s+")


class Statement(NamedTuple):
    """The text of a span, a box taken off; `how` says where in it the answer is to be read.

    First, but last in one found by `last-line`, which may hold working.
    """

    text: str
    how: How

    @property
    def is_marked(self) -> bool:
        return self.how in ("box", "marker", "heading")

    def sentences(self) -> Iterator[str]:
        """The sentences in order; a line ends one."""
        for line in self.text.splitlines():
            for span in sentences(line):
                yield line[span.start : span.end]


def statement(text: str, span: AnswerSpan) -> Statement:
    """What a span of the text states, with its unit."""
    stated = text[span.start : span.end]
    if span.how != "box" or not (box := _BOX.match(stated)):
        return Statement(stated, span.how)
    depth, place = 1, box.end()
    while place < len(stated) and depth:
        depth += {"{": 1, "}": -1}.get(stated[place], 0)
        place += 1
    inner = stated[box.end() : place - (not depth)].strip()
    rest = _WHOLE_BOX.sub(r"\1", stated[place:].replace("$", ""))
    return Statement(inner + rest, span.how)


def undecorated(text: str) -> str:
    r"""The text in plain words: without Markdown, HTML, LaTeX's dollars and \text{}.

    A single letter that was set off by decoration is set off by parentheses.
    """
    text = unicodedata.normalize("NFKC", text)
    for _ in range(2):
        text = WORDS_IN_LATEX.sub(r"\1", text)
    text = _LETTER_IN_DECORATION.sub(r"(\1)", text)
    return _DECORATION.sub("", _DOLLARS.sub(r"\1", text)).strip()


def last_line(text: str) -> str:
    """The last line that is not blank; empty where all are."""
    return text.rstrip().rpartition("\n")[2].strip()


def readings(stated: Statement, *, raw: bool = False) -> list[str]:
    """What an answer may be as a whole: the statement, its first line, its first sentence.

    Of a last line the last sentence. Each as it stands, and, unless *raw*, without decoration; both
    with and without a stop at the end. The first is the whole.
    """
    found: list[str] = []
    for text in (stated.text.strip(),) if raw else (stated.text.strip(), undecorated(stated.text)):
        line = last_line(text) if stated.how == "last-line" else text.partition("\n")[0]
        parts = plain_sentences(line)
        sentence = parts[-1:] if stated.how == "last-line" else parts[:1]
        found += [text, line, *sentence]
    return list(dict.fromkeys([*found, *(text.rstrip(" .!") for text in found)]))


def plain_sentences(line: str) -> list[str]:
    """A line cut after every full stop, exclamation and question mark that space follows."""
    return [part for part in _PLAIN_END.split(line) if part]

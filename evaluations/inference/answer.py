r"""Where a reply states its answer: found once, for the reader's split and for every grader.

Looked for behind the thought, in this order: the last box (\boxed{}), marker ("Answer:", "the
answer is", "#### 42", <answer>) or heading ("### Answer") that something follows, whichever
stands last; else all of a reply that was asked for the answer alone; else the last line.

What is quoted, stands in code, is denied ("the answer is not 5"), asked, supposed, or announces
steps ("the answer is found as follows:") marks no answer.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Literal, NamedTuple

from evaluations.inference.segmentation import sentences
from evaluations.inference.spans import Span, Spans, code, formulas
from evaluations.inference.strategies import DIRECT
from evaluations.inference.thought import Tags, split_thought

# Rises with any change that could find another span, also by another split of the thought.
ANSWER_VERSION = 4
SHORT_WORDS = 3

FOUND_HOW = {
    "box": "in a box",
    "marker": "behind a marker",
    "heading": "under a heading",
    "direct": "the whole reply",
    "last-line": "the last line",
    "none": "as no answer was found",
}
"""How an answer was found, in words."""

How = Literal["box", "marker", "heading", "direct", "last-line", "none"]


class AnswerSpan(NamedTuple):
    """Code points `start` to `end` - 1 of the text.

    A box is held whole, with its unit and with the boxes before that "or" or "and" joins to it.
    """

    start: int
    end: int
    how: How


class Located(NamedTuple):
    """An answer with the place where its marker begins: what stands before it is working."""

    cut: int
    span: AnswerSpan


_LEAD = r"(?:(?:so|thus|hence|therefore|then|finally|overall|in\ conclusion|in\ short),?[ \t]+)?"
_ADJECTIVE = r"(?:final|correct|right|best|only|short|full|simplified|numerical|actual)[ \t]{1,8}"
_VERB = r"""(?:
    (?:is|was|equals|(?:will|would|should|must|might|may|could|can\ only|has\ to)[ ]be) \b
  | (?:seems|appears|turns\ out|comes\ out) \b (?:[ ]to[ ]be\b|[ ](?:as|at|to)\b)?
)"""
# Every repetition is bounded, or a reply of nothing but blanks or asterisks would take for ever.
_MARKER = re.compile(
    rf"""
    (?:
        # "Answer:", "3. **Final answer:**", "So the final answer is", "The answer to it is:"
        (?: ^ [ \t]{{0,8}} \d{{1,3}} [.)] [ \t]{{1,8}} )?
        (?<![\w*_\#>]) [*_\#>]{{0,8}} [ \t]{{0,8}} {_LEAD}
        (?: (?:the|my|our|your) [ \t]{{1,8}} )? (?:{_ADJECTIVE}){{0,2}}
        (?<!\w) answer (?:[ \t]{{1,8}}(?:choice|option|letter)\b)?
        (?:[ \t]{{1,8}}(?:to|for|of)[ \t][^.:!?\n]{{1,80}}?)? [ \t]{{0,8}} [*_]{{0,3}} [ \t]{{0,8}}
        (?: [:：=] | (?<=[ \t*_]) (?P<verb> {_VERB}
            (?:[ \t]{{1,8}}(?:that|simply|thus|therefore)\b)?
            (?P<no> [ \t]{{1,8}} (?:not|never|neither)\b )? [ \t]{{0,8}} [:：,]? ) )
      |
        # a heading of its own
        ^[ \t]{{0,8}} (?: (?:\#{{1,6}}[ \t]{{0,8}}[*_]{{0,3}} | [*_]{{1,3}})
        (?:the[ \t]{{1,8}})?(?:{_ADJECTIVE})? answer | final[ \t]{{1,8}} answer)
        [ \t]{{0,8}} [*_]{{0,3}} [ \t]{{0,8}} $
      |
        # a line of its own in another language
        ^[ \t>*_\#]{{0,8}} (?: antwort | r[ée]ponse | respuesta | risposta | resposta | ответ
          | (?:最终)?答案 )
        [ \t*_]{{0,3}} [:：是]
      |
        # within a line in another language, neither denied nor asked
        (?: \b (?: die[ ](?:richtige[ ]|endg[üu]ltige[ ])?antwort[ ](?:ist|lautet)
            | la[ ](?:bonne[ ])?r[ée]ponse[ ](?:correcte[ ]|finale[ ])?est
            | la[ ]respuesta[ ](?:correcta[ ]|final[ ])?es
            | la[ ]risposta[ ](?:corretta[ ]|finale[ ])?[èe]
            | a[ ]resposta[ ](?:correta[ ]|final[ ])?[ée] ) \b
          | (?<!如果) (?<!若) (?<!假设) (?:正确|最终)?答案 (?:是|为) (?!否|什么|多少|怎)
          | (?:正解|答え) は (?!何) )
        [ ]{{0,2}} [:：]? (?![ *_]{{0,4}}(?:nicht|kein|pas|no|non|não)\b)
        (?! [^\n。]{{0,30}} (?:では|じゃ)(?:ない|ありません) )
      |
        # GSM8K; with "Step 2" behind it, it is only a heading
        ^[ \t]{{0,3}} \#{{4}} [ \t]{{0,8}} (?=[-+−–(\[$€£¥\\*"]{{0,4}}\d) (?!\d{{1,3}}[.)][ \t])
      |
        (?P<tag> <answer[ ]{{0,3}}> )
    )
    [*_]{{0,3}}
    """,
    re.IGNORECASE | re.MULTILINE | re.VERBOSE,
)
_BOX = re.compile(r"\\(?:boxed|fbox)\s{0,3}\{")
_LONGEST_BOX = 2000
_JOINS_BOXES = re.compile(
    r"(?:[ \t$*,]|\\[()\[\]]|\\quad){0,6}"
    r"(?:\\(?:text|mbox)\s?\{[ ]{0,3}(?:or|and)[ ]{0,3}\}|(?:or|and)\b)"
    r"(?:[ \t$*]|\\[()\[\]]|\\quad){0,6}"
)
_FENCED_LINE = re.compile(r"^```\w{0,10}[ \t]{0,3}\n([^\n]{1,200})\n```\Z", re.MULTILINE)
_ANSWER_END = re.compile(r"</answer[ ]{0,3}>", re.IGNORECASE)
_UNIT = re.compile(
    r"""[ ]? (?:\$\$?|\\[)\]])? [ ]?
    (?: \\?% | per[ ]?cent\b | \\text\s?\{[^{}\n]{1,40}\} | °[CF]?
      | (?:hundred|thousand|million|billion|trillion|dozen)\b
      | (?:[kcm]?m|[km]?g|m?l|s|h|min|km/h|m/s
        |euros?|dollars?|cents?|hours?|minutes?|seconds?|days?)
        (?![\w'’])
    )""",
    re.VERBOSE,
)
_QUOTED = re.compile(r"“[^”\n]{0,300}”|\"[^\"\n]{0,300}\"|«[^»\n]{0,300}»|„[^“\n]{0,300}“")
_EMPTY = r"[\s*_.:：`]"
_FILLER = re.compile(rf"(?:{_EMPTY}|\$\$|\\\[|\\begin\{{\w{{1,12}}\*?\}}|```\w*|-{{3,}}|={{3,}})*")
_LINES_BELOW = 6
"""Lines of a marker's own that may part it from what it marks: blanks, fences, rules."""
_NOT_STATED = re.compile(
    r"""(?:\b(?:if|whether|unless|suppose|supposing|assume|assuming|imagine|say|what|how
      |before|after|check|verify|towards?|steps?[ ](?:to|for)|without|not|isn['’]t
      |(?:might|may|could|to|people|some|many)[ ](?:think|believe)
      |to[ ](?:find|get|reach|obtain|give|write|state|check|verify|determine|arrive[ ]at))
      [ \t,]{1,3}(?:that[ \t])?(?:giving[ \t])?
      |\b(?:no|wrong|incorrect|tempting|intuitive)[ ])\Z""",
    re.IGNORECASE | re.VERBOSE,
)
_ANNOUNCES = re.compile(
    r"""[\s*_]{0,9} (?:
        let (?:['’]s|[ ]us|[ ]me) \b
      | as[ ]follows | follows\b | (?:given|shown|explained)[ ]below
      | here (?:['’]s|[ ]is|[ ]are)[ ](?:how|the[ ]steps|my|a[ ]step)
      | to[ ](?:find|solve|get|determine|calculate)\b
      | (?:first|firstly),?[ ](?:we|i|let|you|note)\b
      | we[ ](?:need|have|can|must|will|should|first|start)\b
      | (?:found|obtained|reached|calculated|determined|computed|given)
        [ ](?:as|by|from|when|using|with)\b
      | (?:step|part)[ ](?:1|one)\b | the[ ]following[ ]steps
      | (?:in|using)[ ](?:the[ ]following|these)[ ]steps
    )""",
    re.IGNORECASE | re.VERBOSE,
)
_LIST = re.compile(r"\s*1[.)][ \t][^\n]*\n(?:[^\n]*\n){0,12}?[ \t]*2[.)][ \t]")
# "The answer is correct." speaks of an answer that was given before.
_REMARK = re.compile(
    r"[\s*_]{0,9}(?:indeed |therefore |clearly )?(?:in)?(?:correct|right|wrong|reasonable|"
    r"consistent|clear|obvious|plausible|valid|above|in the box|already|as (?:above|before))\b",
    re.IGNORECASE,
)
_WORKING = re.compile(
    r"\W{0,6}(?:step[ ]\d|1[.)]\s|first(?:ly)?,"
    r"|to (?:find|solve|work out|determine|calculate|get)\b|let(?:['’]s| us| me)\b"
    r"|we (?:start|begin|need|know|are given)\b)",
    re.IGNORECASE,
)
# Options as a prompt lists them; an option that is discussed has more punctuation.
_OPTION = re.compile(r"[ \t]{0,8}\(?([A-H])[).:][ \t]{1,8}[^.:;,\n]{1,60}\.?[ \t]{0,8}")
_ITEM = re.compile(r"[ \t]{0,8}(?:[-*•+]|\(?\d{1,3}[.)])[ \t]{1,4}\S")
_SENTENCE_END = re.compile(r"[.!?;]\s+\S")


def find_answer(
    text: str,
    strategy: str,
    *,
    thinking: bool = False,
    finished: bool = True,
    own: Tags | None = None,
) -> AnswerSpan:
    """The span of a reply's answer; `none` where it gives none, and empty where a marker ends it.

    `thinking`, `finished` and `own` as for `split_thought`.
    """
    thought = split_thought(text, thinking=thinking, finished=finished, own=own)
    if thought.start is None:
        return AnswerSpan(len(text), len(text), "none")
    found = locate(
        text[thought.start : thought.end],
        direct=strategy == DIRECT or bool(thought.text),
        finished=finished,
    ).span
    return AnswerSpan(found.start + thought.start, found.end + thought.start, found.how)


def find_statement(text: str) -> AnswerSpan:
    """As `find_answer`, of a text that is all answer: without a mark it is read from its end."""
    return marked(text) or AnswerSpan(*_inner(text, 0, len(text)), "last-line")


def whole_list(text: str, span: AnswerSpan) -> AnswerSpan:
    """The span with the rest of its list, where its only line is an item of one.

    For answers that are lists: a marker marks one line, and a last line is one.
    """
    start, end = span.start, span.end
    line = text.rfind("\n", 0, start) + 1
    if "\n" in text[start:end] or not _ITEM.match(text, line) or text[line:start].strip("-*•+ \t"):
        return span
    while end < len(text) and _ITEM.match(text, end + 1):
        end = _line_end(text, end + 1)
    while span.how == "last-line" and line:
        above = text.rfind("\n", 0, line - 1) + 1
        if not _ITEM.match(text, above):
            break
        line = start = above
    return AnswerSpan(*_inner(text, start, end), span.how)


def locate(rest: str, *, direct: bool, finished: bool) -> Located:
    """The answer in what follows a thought."""
    found = _last_mark(rest)
    if found is not None:
        return found
    whole = _inner(rest, 0, len(rest))
    lines = rest[slice(*whole)]
    start = whole.start + max(lines.rfind("\n"), lines.rfind("\r")) + 1
    single = start == whole.start
    working = _WORKING.match(lines)
    if direct and not finished and working:
        return Located(whole.end, AnswerSpan(whole.end, whole.end, "none"))
    if direct and (single or not working):
        return Located(whole.start, AnswerSpan(*whole, "direct"))
    if single and finished and is_short(lines):
        return Located(whole.start, AnswerSpan(*whole, "direct"))
    if not direct and (single or not finished):
        return Located(whole.end, AnswerSpan(whole.end, whole.end, "none"))
    start = _options_from(rest, start, whole)
    last = AnswerSpan(*_inner(rest, start, whole.end), "last-line")
    return Located(whole.start if direct else last.start, last)


def _options_from(rest: str, last: int, whole: Span) -> int:
    """Where a list of options begins that the last line ends: repeated, they choose none."""
    start, below = last, _OPTION.fullmatch(rest, last, whole.end)
    while below and start > whole.start:
        above = rest.rfind("\n", whole.start, start - 1) + 1 or whole.start
        found = _OPTION.fullmatch(rest, above, start - 1)
        if found is None or ord(found[1]) + 1 != ord(below[1]):
            break
        start, below = above, found
    return start


def is_short(line: str) -> bool:
    """Whether a line is too short to hold working: a few words of one sentence."""
    return len(line.split()) <= SHORT_WORDS and not _SENTENCE_END.search(line)


def marked(text: str) -> AnswerSpan | None:
    """The last box, marker or heading of a text that something follows; else an empty one."""
    found = _last_mark(text)
    return found.span if found else None


def _last_mark(text: str) -> Located | None:
    marks = [*_boxes(text), *_markers(text)]
    if not marks:
        return None
    hidden = code(text)
    if (fence := hidden.around(len(text) // 2)) and not (
        text[: fence.start].strip() or text[fence.end :].strip()
    ):
        hidden = Spans([])
    quoted = Spans(Span(*match.span()) for match in _QUOTED.finditer(text))
    empty: Located | None = None
    remark: Located | None = None
    for start, end, match in sorted(marks, key=lambda mark: mark[:2], reverse=True):
        if hidden.around(start) or hidden.around(end):
            continue
        if match is None:
            return Located(_opening(text, start), AnswerSpan(start, end, "box"))
        if quoted.around(start) or quoted.around(end) or _is_no_marker(text, match):
            continue
        found = Located(start, _stated(text, match))
        if found.span.start == found.span.end:
            empty = empty or found
        elif match["verb"] and _REMARK.match(text, found.span.start):
            remark = remark or found
        else:
            return found
    return remark or empty or _fenced(text)


def _fenced(text: str) -> Located | None:
    """An answer that alone stands in the code that ends a text, in words ("Answer: 42")."""
    line = _FENCED_LINE.search(text.rstrip())
    match = _MARKER.match(text, *line.span(1)) if line else None
    if not line or not match or "=" in match[0] or _is_no_marker(text, match):
        return None
    return Located(line.start(), AnswerSpan(*_inner(text, match.end(), line.end(1)), "marker"))


def _boxes(text: str) -> Iterator[tuple[int, int, None]]:
    """The last box that holds something, to its matching brace, else its line's end; its unit."""
    boxes = list(_BOX.finditer(text))
    while boxes:
        opened = boxes.pop()
        place, closed = _box_end(text, opened.end())
        if text[opened.end() : place - closed].strip():
            unit = _UNIT.match(text, place) if closed else None
            start = opened.start()
            while boxes and _JOINS_BOXES.fullmatch(text, _box_end(text, boxes[-1].end())[0], start):
                start = boxes.pop().start()
            yield start, unit.end() if unit else place, None
            return


def _box_end(text: str, start: int) -> tuple[int, bool]:
    """Where a box ends that was opened right before `start`, and whether a brace closes it."""
    depth, place, limit = 1, start, min(len(text), start + _LONGEST_BOX)
    while place < limit and depth:
        depth += {"{": 1, "}": -1}.get(text[place], 0)
        place += 1
    return (_inner(text, start, _line_end(text, start)).end, False) if depth else (place, True)


def _markers(text: str) -> Iterator[tuple[int, int, re.Match[str]]]:
    for match in _MARKER.finditer(text):
        yield match.start(), match.end(), match


def _is_no_marker(text: str, match: re.Match[str]) -> bool:
    """Denied, asked, supposed, or announcing steps."""
    if match["tag"]:
        return False
    word = match.start() + len(match[0]) - len(match[0].lstrip("*_#> \t"))
    line = text[max(0, word - 40) : word].rpartition("\n")[2]
    return bool(
        match["no"]
        or _NOT_STATED.search(line)
        or _ANNOUNCES.match(text, match.end())
        or ("\n" in text[match.end() : match.end() + 3] and _LIST.match(text, match.end()))
    )


def _stated(text: str, match: re.Match[str]) -> AnswerSpan:
    """What a marker marks: the rest of its line, else the first line below that says something."""
    if match["tag"]:
        closing = _ANSWER_END.search(text, match.end())
        end = closing.start() if closing else len(text)
        return AnswerSpan(*_inner(text, match.end(), end), "marker")
    start = match.end()
    for line in range(_LINES_BELOW):
        end = _line_end(text, start)
        filler = _FILLER.match(text, start, end)
        if filler is None or filler.end() < end:
            return AnswerSpan(*_inner(text, start, end), "heading" if line else "marker")
        if end == len(text):
            break
        start = end + 1
    return AnswerSpan(match.end(), match.end(), "marker")


def _opening(text: str, box: int) -> int:
    """Where the sentence with a box begins, within its line."""
    start = text.rfind("\n", 0, box) + 1
    if formula := Spans(formulas(text)).around(box):
        start = min(start, formula.start)
    for sentence in reversed(sentences(text[start : _line_end(text, box)])):
        if start + sentence.start <= box:
            return start + sentence.start
    return start


def _line_end(text: str, start: int) -> int:
    end = text.find("\n", start)
    return len(text) if end < 0 else end


def _inner(text: str, start: int, end: int) -> Span:
    """The span without outer whitespace."""
    piece = text[start:end]
    first = start + len(piece) - len(piece.lstrip())
    return Span(first, max(first, start + len(piece.rstrip())))

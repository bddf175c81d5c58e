"""Thoughts: what models write between tags of their own before they answer.

The table names the tags of each family of models; a tokenizer that brings a `response_template`
(transformers 5) adds its own. Tags count where they stand in the raw text, special tokens kept,
and never within code or quotation marks: there they are only talked about.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence
from typing import NamedTuple

from evaluations.inference.spans import Spans, code

_HARMONY = r"(?:<\|start\|>assistant[^<\n]{0,80})?<\|channel\|>"
_HERE = r"Here(?:[ ]is|['’]s)[ ]my"

# Family: opening and closing pattern. A row more or another pattern raises the
# versions of the split and of answers.
_TABLE: dict[str, tuple[str, str]] = {
    # Qwen 3, DeepSeek R1, GLM 4.5, Kimi K2, MiMo, Nemotron 3, MiniMax M2; the others are written
    # by models that were asked for them. MiniMax M3 is `mm:`, Seed-OSS is `seed:`.
    **{
        name: (rf"<{name}\s{{0,3}}>", rf"</{name}\s{{0,3}}>")
        for name in ("think", "thinking", "thought", "reasoning", "mm:think", "seed:think")
    },
    "mistral": (r"\[THINK\]", r"\[/THINK\]"),
    "kimi-1.5": ("◁think▷", "◁/think▷"),
    "kimi-k3": (r"<\|open\|>think<\|sep\|>", r"<\|close\|>think<\|sep\|>"),
    "gemma-4": (r"<\|channel>thought\b", r"<channel\|>"),
    "apertus": (r"<\|inner_prefix\|>", r"<\|inner_suffix\|>"),
    "cohere": (r"<\|START_THINKING\|>", r"<\|END_THINKING\|>"),
    # Words and bare channel names open a thought only where it is closed too.
    "granite": (
        rf"\A{_HERE}[ ]thought[ ]process:(?=[\s\S]*^{_HERE}[ ]response:)",
        rf"^{_HERE}[ ]response:",
    ),
    "gpt-oss-stripped": (r"\A(?-i:analysis)(?=[\s\S]*assistantfinal)", r"(?-i:assistantfinal)"),
    "gpt-oss": (
        _HARMONY + r"(?:analysis|commentary)[^<\n]{0,80}(?:<\|constrain\|>\w{0,20})?<\|message\|>",
        rf"(?:<\|end\|>)?{_HARMONY}final[^<\n]{{0,40}}<\|message\|>|<\|(?:end|call)\|>",
    ),
}
# These also end messages that are no thoughts, so alone they say nothing.
_TURN_END = re.compile(r"<\|(?:end|call|return)\|>")
_TURN_ENDS = re.compile(r"(?:<\|(?:end|call|return)\|>\s{0,9}){1,9}\Z")
# What ends a thought of each family, as it is written.
_ENDS = {
    **{name: f"</{name}>" for name in _TABLE if _TABLE[name][0].startswith("<" + name)},
    "mistral": "[/THINK]",
    "kimi-1.5": "◁/think▷",
    "kimi-k3": "<|close|>think<|sep|>",
    "gemma-4": "<channel|>",
    "apertus": "<|inner_suffix|>",
    "cohere": "<|END_THINKING|>",
    "granite": "Here is my response:",
    "gpt-oss-stripped": "assistantfinal",
    "gpt-oss": "<|end|><|start|>assistant<|channel|>final<|message|>",
}
_PIECES = re.compile(r"<\|?/?[\w:]+\|?>|\[/?THINK\]|◁/?think▷")
_QUOTES = frozenset("\"'`“”‘’«»")
_ANY = "any"


class Tags(NamedTuple):
    """The tags that a model's own files name, as they stand or as patterns: any to any."""

    open: tuple[str, ...] = ()
    close: tuple[str, ...] = ()
    open_patterns: tuple[str, ...] = ()
    close_patterns: tuple[str, ...] = ()

    @property
    def row(self) -> tuple[str, str]:
        """As a row of the table."""
        return self._either(self.open, self.open_patterns), self._either(
            self.close, self.close_patterns
        )

    @staticmethod
    def _either(tags: Collection[str], patterns: Collection[str]) -> str:
        literal = map(re.escape, sorted(tags, key=len, reverse=True))
        return "|".join([*literal, *(f"(?s:{pattern})" for pattern in patterns)])


APART = Tags(("<thought-sent-apart>",), ("</thought-sent-apart>",))
"""This site's own tags, around a thought that a server sent apart from the reply."""


class Thought(NamedTuple):
    """A thought without its tags, and where the reply behind it begins and ends.

    `start` is None while a thought is still open at the end.
    """

    text: str
    start: int | None
    end: int


class _Tag(NamedTuple):
    start: int
    end: int
    family: str
    opens: bool


def split_thought(
    text: str, *, thinking: bool = False, finished: bool = True, own: Tags | None = None
) -> Thought:
    """The text up to the last closed thought, and what follows.

    `thinking` says that the prompt had opened a thought already, `own` are tags of this model
    beside the table's. A closing tag without an opening one ends a thought too. Thoughts within
    thoughts are one; parts that tags set apart are parted by a blank line.
    """
    tags = _tags(text, own)
    if not tags and not thinking:
        return Thought("", 0, len(text))
    hidden = code(text)
    seen = [tag for tag in tags if not _talked_about(text, tag, hidden)]
    counted, open_at_the_end = _pair(text, seen, thinking)
    if open_at_the_end and finished and any(not tag.opens for tag in tags):
        # Back-ticks of thought and answer may pair up around the tag that ends the thought.
        counted, open_at_the_end = _pair(text, tags, thinking)
    end = len(text)
    if any(tag.family == "gpt-oss" for tag, _ in counted) and (tail := _TURN_ENDS.search(text)):
        end = tail.start()
    if open_at_the_end:
        return Thought(_without(text, counted, len(text)), None, end)
    closing = [tag.end for tag, _ in counted if not tag.opens]
    start = closing[-1] if closing else 0
    return Thought(_without(text, counted, start), start, max(start, end))


def joined(thought: str, reply: str) -> str:
    """A reply with the thought before it that was sent apart, if there was one.

    So it is searched, frozen and split like any other, whatever other tags it talks about.
    """
    return f"{APART.open[0]}\n{thought}\n{APART.close[0]}\n\n{reply}" if thought else reply


def reply_alone(text: str) -> str:
    """What was sent as the reply, without a thought that was sent apart."""
    before, _, reply = text.partition(f"\n{APART.close[0]}\n\n")
    return reply if before.startswith(APART.open[0]) and before != text else text


def opens_thought(prompt_end: str, *, own: Tags | None = None) -> bool:
    """Whether the end of a rendered prompt leaves a thought open, which the reply goes on with.

    A template that switches thinking off writes a pair that is closed, and an empty thought.
    """
    tags = _tags(prompt_end, own)
    return bool(tags) and tags[-1].opens


def end_of_thought(text: str, *, own: Tags | None = None) -> str:
    """The tag that would end the thought which is open at the end of a text; empty without one."""
    tags = _tags(text, own)
    if not tags or not tags[-1].opens:
        return ""
    if tags[-1].family == "own" and own is not None:
        return own.close[0] if own.close else ""
    return _ENDS.get(tags[-1].family, "")


def before_its_end(text: str, *, thinking: bool = False, own: Tags | None = None) -> str:
    """A text without the end of its last closed thought and what follows; all of it without one."""
    start = split_thought(text, thinking=thinking, own=own).start
    closing = [tag for tag in _tags(text, own) if not tag.opens and tag.end == start]
    return text[: closing[-1].start] if closing else text


def tags_of_template(template: object) -> Tags | None:
    """The tags that a tokenizer's `response_template` gives for the thought; None if unusable."""
    fields = template.get("fields") if isinstance(template, dict) else None
    if not isinstance(fields, dict):
        return None
    for name in ("thinking", "reasoning_content", "reasoning"):
        field = fields.get(name)
        if isinstance(field, dict):
            sides = ("open", "close", "open_pattern", "close_pattern")
            tags = Tags(*(_texts(field.get(side)) for side in sides))
            if all(tags.row) and not any(map(_fails, tags.row)):
                return tags
    return None


def is_part_of_a_tag(token: str, *, vocabulary: Collection[str], own: Tags | None = None) -> bool:
    """Whether a special token must be kept in the text, since the table needs it.

    Those of gpt-oss end turns in other models, so they count only beside its channels.
    """
    # Backslashes may stand in patterns only.
    if own is not None and any(token in tag.replace("\\", "") for side in own for tag in side):
        return True
    if token in ("<|start|>", "<|message|>", "<|end|>", "<|constrain|>"):
        return "<|channel|>" in vocabulary
    if token in ("<|channel|>", "<|channel>", "<|open|>", "<|close|>", "<|sep|>"):
        return True
    return bool(_PIECES.fullmatch(token)) and any(tag.start == 0 for tag in _tags(token, None))


def _fails(pattern: str) -> bool:
    """Whether a pattern cannot be used: a library's of its own, or one that nothing matches."""
    try:
        return re.compile(pattern).fullmatch("") is not None
    except re.error:
        return True


def _texts(value: object) -> tuple[str, ...]:
    values = value if isinstance(value, list) else [value]
    return tuple(one for one in values if isinstance(one, str) and one.strip())


def _sides(rows: Sequence[tuple[str, str]], first: int) -> str:
    return "|".join(f"(?P<o{n}>{o})|(?P<c{n}>{c})" for n, (o, c) in enumerate(rows, start=first))


def _pattern(own: Sequence[tuple[str, str]] = ()) -> re.Pattern[str]:
    """The table's tags, and before them those of a model itself.

    Every row of the table begins with what is looked for first: else each letter of a text is
    tried against all of them, which takes twenty times as long and more.
    """
    known = f"{_BEGINS}(?:{_sides(list(_TABLE.values()), len(own))})"
    return re.compile(f"{_sides(own, 0)}|{known}" if own else known, re.IGNORECASE | re.MULTILINE)


_NAMES = list(_TABLE)
_BEGINS = r"(?-i:(?=[<\[◁HhAa]))(?=[<\[◁]|^Here|\Aanalysis|assistantfinal)"
_KNOWN = _pattern()


def _tags(text: str, own: Tags | None) -> list[_Tag]:
    names, pattern = _NAMES, _KNOWN
    if own is not None:
        names, pattern = ["own", *_NAMES], _pattern([own.row])
    tags = []
    for match in pattern.finditer(text):
        kind = str(match.lastgroup)
        tags.append(_Tag(match.start(), match.end(), names[int(kind[1:])], kind[0] == "o"))
    return tags


def _talked_about(text: str, tag: _Tag, hidden: Spans) -> bool:
    before, after = text[tag.start - 1 : tag.start], text[tag.end : tag.end + 1]
    return (before in _QUOTES and after in _QUOTES) or hidden.around(tag.start) is not None


def _pair(text: str, tags: list[_Tag], thinking: bool) -> tuple[list[tuple[_Tag, int]], bool]:
    """The tags that count, each with the depth of thoughts outside it; whether one stays open."""
    inside, depth = (_ANY, 1) if thinking else ("", 0)
    counted: list[tuple[_Tag, int]] = []
    last = 0
    for tag in tags:
        own_kind = inside in (tag.family, _ANY)
        if tag.opens:
            if inside and not own_kind:
                continue
            # A model may open once more what its template has opened.
            again = bool(inside) and not text[last : tag.start].strip()
            depth += not again
            counted.append((tag, depth - 1))
            inside = tag.family
        elif own_kind or (not inside and not _TURN_END.fullmatch(text, tag.start, tag.end)):
            depth = max(0, depth - 1)
            counted.append((tag, depth))
            inside = ""
        else:
            continue
        last = tag.end
    return counted, bool(inside)


def _without(text: str, counted: list[tuple[_Tag, int]], end: int) -> str:
    """The text up to `end` without the tags; parted by a blank line where no thought is open."""
    pieces: list[str] = [""]
    position = 0
    for tag, outside in counted:
        if tag.start >= end:
            break
        pieces[-1] += text[position : tag.start]
        position = tag.end
        if outside == 0:
            pieces.append("")
    pieces[-1] += text[position:end]
    return "\n\n".join(piece.strip() for piece in pieces if piece.strip())

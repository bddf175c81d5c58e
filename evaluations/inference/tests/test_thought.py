"""Thoughts of every family, and what only looks like one."""

from __future__ import annotations

import pytest
from transformers import AddedToken

from evaluations.inference.backends.transformers_loading import _unwritten
from evaluations.inference.split import split_output
from evaluations.inference.tests.conftest import byte_tokenizer
from evaluations.inference.thought import (
    APART,
    Tags,
    joined,
    opens_thought,
    reply_alone,
    split_thought,
    tags_of_template,
)

PAIRS = [
    *(("<think>", "</think>"), ("<Thinking>", "</thinking>"), ("<thought >", "</thought>")),
    *(("<reasoning>", "</reasoning>"), ("<mm:think>", "</mm:think>"), ("[THINK]", "[/THINK]")),
    *(
        ("<seed:think>", "</seed:think>"),
        ("◁think▷", "◁/think▷"),
        ("<|channel>thought\n", "<channel|>"),
    ),
    *(("<|inner_prefix|>", "<|inner_suffix|>"), ("<|START_THINKING|>", "<|END_THINKING|>")),
    ("<|open|>think<|sep|>", "<|close|>think<|sep|>"),
    ("Here is my thought process:", "\nHere is my response:"),
    ("<|channel|>analysis<|message|>", "<|end|><|start|>assistant<|channel|>final<|message|>"),
    ("analysis", "assistantfinal"),
]


@pytest.mark.parametrize(("opening", "closing"), PAIRS)
def test_every_family(opening: str, closing: str) -> None:
    reply = f"{opening}Ten less two.{closing}It is 8"
    assert split_output(reply, "direct") == ("Ten less two.", "It is 8", "full")
    if "my thought" not in opening and opening != "analysis":
        assert split_thought(f"{opening}Ten less").start is None
        assert opens_thought(f"assistant\n{opening}\n")
        assert not opens_thought(f"assistant\n{opening}\n\n{closing}\n\n")


@pytest.mark.parametrize(
    "text",
    [
        "Put it in `<think>` and `</think>`.",
        "```\n<think>a</think>\n```\nSo.",
        "Say “</think>” twice.",
    ]
    + ["Analysis of it: 8", "A dog [thinks] of 8", "<|end|>8"],
)
def test_what_is_only_talked_about(text: str) -> None:
    assert split_output(text, "direct") == ("", text, "not-written")


def test_a_closing_tag_counts_where_back_ticks_pair_up_around_it() -> None:
    reply = "<think>```\nx = 8</think>```\nprint(8)\n```"
    assert split_output(reply, "direct")[:2] == ("```\nx = 8", "```\nprint(8)\n```")


def test_a_thought_that_the_model_opens_once_more() -> None:
    assert split_output("<think>\nTen</think>8", "direct", thinking=True)[:2] == ("Ten", "8")


def test_another_familys_tags_within_a_thought_are_its_words() -> None:
    reply = "<think>not [/THINK] yet</think>8"
    assert split_output(reply, "direct")[:2] == ("not [/THINK] yet", "8")


def test_tags_of_a_response_template() -> None:
    template = {"fields": {"thinking": {"open": "<<", "close": [">>", ">|"]}, "content": {}}}
    own = tags_of_template(template)
    assert own == Tags(("<<",), (">>", ">|"))
    assert split_output("<<Ten>|8", "direct", own=own)[:2] == ("Ten", "8")
    assert opens_thought("assistant <<", own=own)
    for bad in ({"open_pattern": "(", "close": "b"}, {"open": "a", "close_pattern": "b*"}, {}):
        assert tags_of_template({"fields": {"thinking": bad}}) is None
    assert tags_of_template(None) is None


@pytest.mark.parametrize(
    ("prompt", "reply", "parts"),
    [
        ("A:", "<ponder 2>Ten less two.</ponder>8.", ("Ten less two.", "8.")),
        ("A:<ponder 1>", "Ten\nless two.</ponder>\n8.", ("Ten\nless two.", "8.")),
        ("A:", "8.", ("", "8.")),
    ],
)
def test_replies_are_split_as_a_template_with_patterns_parses_them(
    prompt: str, reply: str, parts: tuple[str, str]
) -> None:
    tokenizer = byte_tokenizer()
    thinking = {"open_pattern": r"<ponder \d>", "close": "</ponder>"}
    template = {"start_anchor": "A:", "fields": {"thinking": thinking, "content": {}}}
    tokenizer.response_template = template
    own = tags_of_template(template)
    split = split_output(reply, "direct", own=own, thinking=opens_thought(prompt, own=own))
    assert split[:2] == parts
    parsed = tokenizer.parse_response(reply, prefix=prompt)
    assert (parsed.get("thinking", "").strip(), parsed["content"].strip()) == parts


def test_special_tokens_of_thoughts_stay_in_the_text() -> None:
    tokenizer = byte_tokenizer()
    named = ["[THINK]", "[/THINK]", "<|im_end|>", "<|end|>"]
    tokenizer.add_tokens([AddedToken(name, special=True) for name in named])
    hidden = _unwritten(tokenizer, None)
    kept = [name for name in named if tokenizer.convert_tokens_to_ids(name) not in hidden]
    assert kept == ["[THINK]", "[/THINK]"]
    assert set(tokenizer.convert_tokens_to_ids(["<pad>", "</s>", "<s>"])) <= hidden
    tokenizer.add_tokens([AddedToken("<|channel|>", special=True)])
    assert tokenizer.convert_tokens_to_ids("<|end|>") not in _unwritten(tokenizer, None)


def test_a_thought_that_was_sent_apart_is_put_before_the_reply_and_taken_off_again() -> None:
    for thought, reply in (("Hm.", "7"), ("", "7"), ("Hm.", ""), ("a\n\n<think>", "b\n\nc")):
        text = joined(thought, reply)
        assert reply_alone(text) == reply
        split = split_thought(text, own=APART)
        assert split.text == thought
        assert split.start is not None
        assert text[split.start :].strip() == reply
    assert reply_alone("7\n</thought-sent-apart>\n\n8") == "7\n</thought-sent-apart>\n\n8"

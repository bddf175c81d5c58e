"""Text marked as evidence: what a form may send, and what stays in force."""

import hashlib
import json
import uuid
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from hypothesis import given
from hypothesis import strategies as st

from evaluations.common.templatetags.exact import exact
from evaluations.judgments.answers.actions import submit_judgment, undo_judgment
from evaluations.judgments.answers.marks import (
    MOST_MARKS,
    MarkDraft,
    copy_marks,
    field_text,
    located,
    marks_from,
    marks_on,
    store_marks,
    typed_marks,
    undo_marks,
)
from evaluations.judgments.models import Judge, Judgment, Mark
from evaluations.judgments.tests.cast import (
    classify,
    give,
    make_criterion,
    make_definition,
    make_judge,
    make_output,
    make_prompt,
)
from evaluations.runs.models import Output

WRITINGS = {
    "astral": ("So 😀 and 𝔸 follow.", "😀 and 𝔸"),
    "emoji sequences": ("The 👩‍👩‍👧 and 🏳️‍🌈 meet 🇩🇪.", "👩‍👩‍👧 and 🏳️‍🌈"),
    "combining marks": ("Cafe\u0301 de\u0301ja\u0300 vu.", "de\u0301ja\u0300"),
    "carriage returns": ("It rains.\r\nSo it is wet.\r\rThen dry.", "rains.\r\nSo"),
    "right to left": ("قال: إذا أمطرت ابتلّ الشارع.", "أمطرت ابتلّ"),
    "both directions": ("Then \u202bאם ירד גשם\u202c holds.", "אם ירד גשם"),
    "LaTeX": (r"Thus $\frac{a}{b} \le \sum_{i<n} x_i & 1$ holds.", r"\frac{a}{b} \le \sum_{i<n}"),
    "hostile": ('<b hx-get="/x">a</b>&amp;&#13; b', '"/x">a</b>&amp;'),
}


def place(text: str, quote: str) -> tuple[int, int]:
    start = text.index(quote)
    return start, start + len(quote)


def on_trace(start: int, end: int, criterion: str = "") -> MarkDraft:
    return MarkDraft(part="trace", start=start, end=end, criterion=criterion)


def in_force(judge: Judge, output: Output) -> list[tuple[str, str]]:
    return [
        (mark.quote, mark.criterion.key if mark.criterion else "")
        for mark in marks_on(output, judge)
    ]


# What a form sends -------------------------------------------------------------------------


def sent(*entries: Any) -> str:
    return json.dumps(entries)


ENTRY = {"part": "trace", "start": 4, "end": 8, "criterion": "sound"}


def unsaved() -> Output:
    return Output(trace="The lamp is on.", answer="Home.")


def test_an_empty_field_holds_no_marks() -> None:
    assert marks_from("", unsaved(), ["sound"]) == marks_from("[]", unsaved(), []) == []


def test_marks_may_overlap_and_the_same_one_counts_once() -> None:
    found = marks_from(
        sent(ENTRY, {**ENTRY, "end": 15}, ENTRY, {"part": "answer", "start": 0, "end": 5}),
        unsaved(),
        ["sound"],
    )
    assert found == [
        on_trace(4, 8, "sound"),
        on_trace(4, 15, "sound"),
        MarkDraft(part="answer", start=0, end=5),
    ]
    assert marks_from(field_text(found), unsaved(), ["sound"]) == found


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("{", "could not be read"),
        ("[" * 60_000, "could not be read"),
        ('{"part": "trace"}', "could not be read"),
        (sent(7), "could not be read"),
        (sent({**ENTRY, "start": True}), "could not be read"),
        (sent({**ENTRY, "start": 4.0}), "could not be read"),
        (sent({**ENTRY, "start": "4"}), "could not be read"),
        (sent({**ENTRY, "start": -1}), "could not be read"),
        (sent({**ENTRY, "start": 8}), "could not be read"),
        (sent({**ENTRY, "part": "text"}), "could not be read"),
        (sent({**ENTRY, "part": ["trace"]}), "could not be read"),
        (sent({**ENTRY, "criterion": None}), "could not be read"),
        (f'[{{"part":"trace","start":0,"end":{"9" * 5000}}}]', "could not be read"),
        (sent({**ENTRY, "end": 16}), "ends after the working"),
        (sent({**ENTRY, "part": "answer"}), "ends after the answer"),
        (sent({**ENTRY, "criterion": "clear"}), "not asked here"),
        (sent(*({**ENTRY, "end": 5 + n} for n in range(MOST_MARKS + 1))), "At most 200"),
        ("[" + " " * 100_000 + "]", "At most 200"),
    ],
)
def test_what_is_garbled_or_not_there_is_refused_with_a_sentence(text: str, words: str) -> None:
    with pytest.raises(ValueError, match=words):
        marks_from(text, unsaved(), ["sound"])


def test_so_much_text_cannot_be_marked() -> None:
    output = Output(trace="x" * 1_000_001)
    whole = {"part": "trace", "start": 0, "end": 1_000_000}
    assert len(marks_from(sent(whole, {**whole, "start": 1, "end": 1_000_001}), output, [])) == 2
    with pytest.raises(ValueError, match="So much text"):
        marks_from(sent(whole, {**whole, "end": 1_000_001}), output, [])


# What is stored ----------------------------------------------------------------------------


@pytest.mark.django_db
@pytest.mark.parametrize("name", WRITINGS)
@pytest.mark.parametrize("part", ["trace", "answer", "prompt"])
def test_places_are_code_points_with_quote_surroundings_and_hash(name: str, part: str) -> None:
    make_criterion("sound")
    text, quote = WRITINGS[name]
    prompt = make_prompt(text=text)
    output = make_output(trace=text, answer=text, prompt=prompt)
    output = Output.objects.select_related("prompt").get(pk=output.pk)
    start, end = place(text, quote)
    field = sent({"part": part, "start": start, "end": end, "criterion": "sound"})
    (judgment,) = give(
        make_judge(), output, {"sound": "yes"}, marks=marks_from(field, output, ["sound"])
    )
    mark = judgment.marks.get()
    assert (mark.quote, mark.start, mark.end, mark.part) == (quote, start, end, part)
    assert mark.prefix == text[:start][-32:]
    assert mark.suffix == text[end:][:32]
    assert mark.text_sha256 == hashlib.sha256(text.encode()).hexdigest()
    assert mark.criterion is not None
    assert located(mark, text) == (start, end)
    assert located(mark, f"Well. {text}") == (start + 6, end + 6)


@pytest.mark.django_db
def test_surroundings_stop_at_32_code_points_and_at_the_ends() -> None:
    make_criterion("sound")
    output = make_output(trace="😀" * 100)
    (judgment,) = give(
        make_judge(), output, {"sound": "yes"}, marks=[on_trace(40, 41), on_trace(0, 100)]
    )
    whole, one = marks_on(output)
    assert (one.prefix, one.suffix) == ("😀" * 32, "😀" * 32)
    assert (whole.prefix, whole.suffix, whole.quote) == ("", "", "😀" * 100)
    assert {mark.judgment for mark in (whole, one)} == {judgment}


@pytest.mark.django_db
def test_a_judgment_of_a_prompt_takes_no_marks() -> None:
    judgment = Judgment.objects.create(judge=make_judge(), prompt=make_prompt())
    with pytest.raises(ValueError, match="about a prompt"):
        store_marks(judgment, [on_trace(0, 1)])


@pytest.mark.django_db
def test_the_number_of_queries_does_not_grow_with_the_marks() -> None:
    make_criterion("sound")
    output, judge = make_output(), make_judge()

    def queries(marks: int) -> int:
        with CaptureQueriesContext(
            connection,
        ) as asked:
            give(
                judge,
                output,
                {"sound": "yes"},
                marks=[on_trace(n, n + 1, "sound") for n in range(marks)],
            )
        return len(asked)

    queries(1)
    assert queries(3) == queries(20)


# What is in force --------------------------------------------------------------------------


@pytest.mark.django_db
def test_marks_follow_the_answer_that_they_support() -> None:
    for key in ("sound", "clear"):
        make_criterion(key)
    output, other, judge = make_output(), make_output(), make_judge()
    first = uuid.uuid4()
    give(
        judge, output, {"sound": "yes", "clear": "no"}, form_token=first,
        marks=[on_trace(0, 3, "sound"), on_trace(4, 8, "clear"), on_trace(0, 15)],
    )  # fmt: skip
    give(make_judge(), output, {"sound": "no"}, marks=[on_trace(0, 3, "sound")])
    give(judge, other, {"sound": "no"}, marks=[on_trace(0, 3, "sound")])
    second = uuid.uuid4()
    give(
        judge, output, {"sound": "no"}, form_token=second, marks=[on_trace(9, 11, "sound")]
    )  # fmt: skip
    # The other question's mark stays, and so does the one for the whole form.
    assert in_force(judge, output) == [("The lamp is on.", ""), ("lamp", "clear"), ("is", "sound")]

    undo_judgment(judge=judge, form_token=second)
    restored = [("The", "sound"), ("The lamp is on.", ""), ("lamp", "clear")]
    assert in_force(judge, output) == restored
    undo_judgment(judge=judge, form_token=first)
    assert in_force(judge, output) == []
    assert Mark.objects.filter(is_current=True).count() == 2
    assert Mark.objects.count() == 6, "nothing is deleted"


@pytest.mark.django_db
def test_saving_again_without_marks_takes_the_earlier_ones_back() -> None:
    make_criterion("sound")
    output, judge = make_output(), make_judge()
    give(judge, output, {"sound": "yes"}, marks=[on_trace(0, 3, "sound"), on_trace(4, 8)])
    give(judge, output, {"sound": "yes"})
    assert in_force(judge, output) == []


@pytest.mark.django_db
def test_undoing_one_of_three_brings_back_the_one_before_it() -> None:
    make_criterion("sound")
    output, judge = make_output(), make_judge()
    tokens = [uuid.uuid4() for _ in range(3)]
    for end, token in enumerate(tokens, start=1):
        give(judge, output, {"sound": "yes"}, form_token=token, marks=[on_trace(0, end, "sound")])
    for left, token in zip(["Th", "T", None], reversed(tokens), strict=True):
        undo_judgment(judge=judge, form_token=token)
        assert in_force(judge, output) == ([(left, "sound")] if left else [])


@pytest.mark.django_db
def test_the_blind_answer_keeps_its_marks_when_it_is_only_repeated() -> None:
    make_criterion("sound")
    output, judge = make_output(), make_judge()
    give(judge, output, {"sound": "yes"}, marks=[on_trace(0, 3, "sound")])
    judge.reveals.create(output=output)
    give(judge, output, {"sound": "yes"}, marks=[on_trace(4, 8, "sound")])
    assert in_force(judge, output) == [("The", "sound")]
    give(judge, output, {"sound": "no"}, marks=[on_trace(4, 8, "sound")])
    assert in_force(judge, output) == [("lamp", "sound")]


@pytest.mark.django_db
def test_pages_of_one_item_leave_each_others_marks_alone() -> None:
    make_criterion("sound")
    one, two = make_definition("one", "sound"), make_definition("two", "sound")
    output, judge = make_output(), make_judge()
    for start, version in enumerate((one, two, one)):
        (judgment,) = classify(judge, output, version, "yes")
        store_marks(judgment, [on_trace(start, start + 1)])
    submit_judgment(
        judge=judge, output=output, holistic="yes", form_token=uuid.uuid4(),
        marks=[on_trace(5, 6)],
    )  # fmt: skip
    assert [mark.start for mark in marks_on(output, judge)] == [1, 2, 5]
    shown = {
        "one": typed_marks(judge, output, definition=one),
        "two": typed_marks(judge, output, definition=two),
        "holistic": typed_marks(judge, output, holistic=True),
    }
    assert {name: json.loads(text)[0]["start"] for name, text in shown.items()} == {
        "one": 2, "two": 1, "holistic": 5,
    }  # fmt: skip


@pytest.mark.django_db
def test_a_form_opens_with_the_marks_made_for_its_questions() -> None:
    for key in ("sound", "clear"):
        make_criterion(key)
    output, judge, token = make_output(), make_judge(), uuid.uuid4()
    assert typed_marks(None, output, keys=["sound"]) == ""
    assert typed_marks(judge, output, keys=["sound"]) == ""
    sound, clear = on_trace(0, 3, "sound"), on_trace(4, 8, "clear")
    give(judge, output, {"sound": "yes", "clear": "no"}, marks=[sound, clear], form_token=token)
    text = typed_marks(judge, output, keys=["sound"])
    assert marks_from(text, output, ["sound"]) == [sound]
    undo_judgment(judge=judge, form_token=token)
    assert typed_marks(judge, output, keys=["sound", "clear"]) == ""
    text = typed_marks(judge, output, keys=["sound", "clear"], undone=token)
    assert marks_from(text, output, ["sound", "clear"]) == [sound, clear]


@pytest.mark.django_db
def test_a_copied_judgment_brings_the_marks_of_the_answers_that_were_copied() -> None:
    for key in ("sound", "clear"):
        make_criterion(key)
    output, guest = make_output(), make_judge("guest")
    (judgment,) = give(
        guest, output, {"sound": "yes", "clear": "no"},
        marks=[on_trace(0, 3, "sound"), on_trace(4, 8, "clear"), on_trace(9, 11)],
    )  # fmt: skip
    own = make_judge()
    (copy,) = give(own, output, {"sound": "yes"})
    copy_marks(judgment, copy)
    assert in_force(own, output) == [("The", "sound"), ("is", "")]
    judgment.answers.update(is_current=False)
    undo_marks([judgment])
    assert in_force(guest, output) == []


# Finding a place again ---------------------------------------------------------------------


def mark_in(text: str, start: int, end: int) -> Mark:
    return Mark(
        start=start,
        end=end,
        quote=text[start:end],
        prefix=text[max(start - 32, 0) : start],
        suffix=text[end : end + 32],
        text_sha256=hashlib.sha256(text.encode()).hexdigest(),
    )


@pytest.mark.parametrize(
    ("now", "found"),
    [
        ("It is wet. It is cold. It is dark.", (14, 16)),  # the same text: by its offsets
        ("Now: It is wet. It is cold. It is dark.", (19, 21)),
        ("It is cold. It is wet. It is dark.", (3, 5)),  # moved with its surroundings
        ("Nothing of the kind.", None),
        ("this", (2, 4)),  # alone, without surroundings
        ("#is# #is#", None),  # twice, without surroundings: not guessed
    ],
)
def test_a_place_is_found_again(now: str, found: tuple[int, int] | None) -> None:
    mark = mark_in("It is wet. It is cold. It is dark.", 14, 16)
    assert located(mark, now) == found


@given(st.text(min_size=1), st.data())
def test_a_place_is_found_again_after_anything_stands_before_it(
    text: str, data: st.DataObject
) -> None:
    start = data.draw(st.integers(0, len(text) - 1))
    end = data.draw(st.integers(start + 1, len(text)))
    try:
        mark = mark_in(text, start, end)
    except UnicodeEncodeError:
        return  # half a surrogate pair cannot be stored
    assert located(mark, text) == (start, end)
    found = located(mark, f"{text}\n")
    assert found is None or (f"{text}\n")[slice(*found)] == mark.quote


def test_exact_text_is_escaped_and_keeps_its_carriage_returns() -> None:
    assert exact("a\r\nb <i>&#13;</i>") == "a&#13;\nb &lt;i&gt;&amp;#13;&lt;/i&gt;"

"""Prompts as CSV and JSON Lines: what is read, what is refused, and that files come back alike."""

import csv
import io
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from evaluations.common.tables import csv_cell
from evaluations.prompts.drafts import DEEPEST, Draft, Held, drafted, faults, own_fault
from evaluations.prompts.files import (
    COLUMNS,
    MOST_BYTES,
    MOST_PROMPTS,
    TEMPLATE,
    as_json_lines,
    guarded,
    in_cells,
    read,
    unguarded,
)

TEXTS = st.text(st.characters(codec="utf-8", exclude_characters="\0"), max_size=30)
RISKY_TEXTS = st.one_of(TEXTS, TEXTS.map(lambda text: f"'=2{text}"), TEXTS.map(lambda t: f"-{t}"))
DRAFTS = st.builds(
    drafted,
    text=RISKY_TEXTS.filter(lambda text: bool(text.strip())),
    title=TEXTS,
    reference=RISKY_TEXTS,
    family=TEXTS,
    note=TEXTS,
    parameters=st.dictionaries(TEXTS, st.one_of(TEXTS, st.integers()), max_size=2),
    origin=st.dictionaries(TEXTS, st.one_of(TEXTS, st.integers()), max_size=2),
).filter(lambda draft: bool(draft.text and draft.title))


def test_a_title_that_hides_something_is_refused_by_its_line() -> None:
    found = read("title,text\nFine,Why?\n\u202eenif,How?\n")
    faults_found = faults(found.drafts, Held())
    assert [(found.lines[it.place], it.sentence) for it in faults_found] == [
        (3, "“title” holds a character that nobody sees (U+202E): take it out.")
    ]


def record(draft: Draft) -> dict[str, Any]:
    return {name: getattr(draft, name) for name in COLUMNS}


def as_csv(drafts: list[Draft]) -> str:
    """As `Table` writes it."""
    buffer = io.StringIO()
    writer = csv.writer(buffer)
    writer.writerow(COLUMNS)
    for draft in drafts:
        writer.writerow([csv_cell(in_cells(record(draft))[name]) for name in COLUMNS])
    return buffer.getvalue()


@given(drafts=st.lists(DRAFTS, min_size=1, max_size=4))
def test_what_was_written_is_read_again(drafts: list[Draft]) -> None:
    for text in (as_csv(drafts), as_json_lines(record(draft) for draft in drafts)):
        found = read(text)
        assert found.refused == []
        assert found.drafts == drafts


@given(cell=RISKY_TEXTS)
def test_an_apostrophe_of_the_text_is_kept(cell: str) -> None:
    assert unguarded(csv_cell(guarded(cell))) == cell


def nested(levels: int) -> str:
    """An object of JSON that holds as many."""
    return '{"a":' * (levels - 1) + "{}" + "}" * (levels - 1)


def test_lines_are_those_of_the_file() -> None:
    found = read('text,reference\n"one\ntwo",1\n\nthree,3\nfour,4,5\n')
    assert found.lines == [2, 5]
    assert [(line.line, line.sentence) for line in found.refused] == [
        (6, "It has 3 cells, and the head line names 2 columns.")
    ]
    assert [draft.text for draft in found.drafts] == ["one\ntwo", "three"]


@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
def test_what_spreadsheets_put_between_cells(delimiter: str) -> None:
    found = read(f"\ufeffTitle{delimiter}Text\r\nA{delimiter}B\r\n")
    assert [(draft.title, draft.text) for draft in found.drafts] == [("A", "B")]


def test_prompt_and_answer_are_read_and_whole_numbers_too() -> None:
    (draft,) = read('{"prompt": "How many?", "answer": 7, "grader": "numeric"}').drafts
    assert (draft.text, draft.reference, draft.title) == ("How many?", "7", "How many?")


@pytest.mark.parametrize(
    ("text", "line", "sentence"),
    [
        ("", 1, "There is nothing in it."),
        ("title\nA\n", 1, "does not name “text”"),
        ("text,colour\nA,red\n", 1, "names “colour”"),
        ("text,prompt\nA,B\n", 1, "names “text” twice"),
        ("text\n", 1, "a head line and no prompt"),
        ('text\nA\n"B\n', 3, "From here on it is no CSV"),
        ("text,origin\nA,{\n", 2, "“origin” is not JSON."),
        ("text,origin\nA,[]\n", 2, "“origin” is not a JSON object."),
        ('{"text": "A"}\n{', 2, "It is not JSON."),
        ('{"text": "A"}\n[1]', 2, "It is not a JSON object."),
        ('{"text": "A", "colour": 1}', 1, "It has “colour”."),
        ('{"text": "A", "prompt": "B"}', 1, "It has “text” twice."),
        ('{"text": true}', 1, "“text” is not text."),
        ('{"text": "A", "origin": "x"}', 1, "“origin” is not a JSON object."),
        ('{"title": "A"}', 1, "It has no “text”."),
        ('{"text": "\\ud800"}', 1, "It holds half of a surrogate pair."),
        ('{"te\\u0000": "A"}', 1, "It holds the character NUL."),
        ("{" + '"origin": ' * 5, 1, "It is not JSON."),
        ('{"text": "A"}\n{"text": "B", "origin": {"x": NaN}}', 2, "It holds NaN, Infinity or"),
        ('{"text": "A", "origin": {"x": [1e999]}}', 1, "It holds NaN, Infinity or"),
        ('{"text": "A", "origin": ' + nested(60) + "}", 1, "It has more than 50 levels"),
    ],
)
def test_a_line_that_is_no_prompt_has_its_number_and_a_sentence(
    text: str, line: int, sentence: str
) -> None:
    (refused,) = read(text).refused
    assert refused.line == line
    assert sentence in refused.sentence


def test_what_cannot_be_parsed_is_refused_by_its_line() -> None:
    digits = "7" * 5000
    for text, line, sentence in (
        (f'{{"text": "A", "origin": {{"x": {digits}}}}}', 1, "It holds a number with more than"),
        (f"text,origin\nA,{digits}", 2, "“origin” holds a number with more than 4,300 digits."),
        (f'{{"text": "A", "origin": {nested(100_000)}}}', 1, "It has more than 50 levels"),
        (f"text,origin\nA,{nested(10_000)}", 2, "“origin” has more than 50 levels"),
    ):
        (refused,) = read(text).refused
        assert (refused.line, refused.sentence[: len(sentence)]) == (line, sentence)


def test_an_origin_is_as_deep_in_either_file() -> None:
    origin = nested(DEEPEST)
    quoted = origin.replace('"', '""')
    for text in (f'{{"text": "A", "origin": {origin}}}', f'text,origin\nA,"{quoted}"\n'):
        found = read(text)
        assert (found.refused, [own_fault(draft) for draft in found.drafts]) == ([], [""])


def test_a_text_is_measured_as_a_form_sends_it() -> None:
    for text, size in (
        ("x" * 2_000_001, "2,000,001"),
        ("光" * 700_000, "2,100,000"),
        ("\n" * 1_000_001, "2,000,002"),
        ("\r\n" * 1_000_001, "2,000,002"),
    ):
        (refused,) = read(text).refused
        assert refused.sentence == f"It has {size} bytes in UTF-8; 2,000,000 are the most at once."
    most = read("text\n" + "x" * (MOST_BYTES - len("text\r\n")))
    assert most.refused == []
    assert len(most.drafts[0].text) == MOST_BYTES - len("text\r\n")


def test_more_than_the_most_are_refused() -> None:
    found = read("text\n" + "".join(f"prompt {n}\n" for n in range(MOST_PROMPTS + 1)))
    assert len(found.drafts) == MOST_PROMPTS
    assert [line.line for line in found.refused] == [MOST_PROMPTS + 2]


def test_the_example_can_be_brought_in() -> None:
    found = read(as_json_lines(TEMPLATE))
    assert [draft.family for draft in found.drafts] == ["apples", "apples"]
    assert found.refused == []

"""Which files a study is made of, and what each holds."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from evaluations.exchange.studies import records, terms
from evaluations.exchange.studies.records import Lines
from evaluations.exchange.studies.study import Study


@dataclass(frozen=True)
class StudyFile:
    """One file: its lines, in a sentence what a line is, and whether it holds answers: a judge who
    takes it along has seen what others said."""

    lines: Callable[[Study], Lines]
    holds: str
    has_answers: bool

    @property
    def pieces(self) -> list[tuple[str, bool]]:
        """The sentence in pieces, and whether each is the name of a field."""
        sentence = self.holds[0].upper() + self.holds[1:]
        return [(piece, place % 2 == 1) for place, piece in enumerate(sentence.split("`"))]


FILES: Mapping[str, StudyFile] = {
    "prompts": StudyFile(
        records.prompt_lines, "a prompt: its text, family, reference and grader", has_answers=False
    ),
    "runs": StudyFile(
        records.run_lines,
        "a run: its model, its recipe and all settings, to repeat it",
        has_answers=False,
    ),
    "outputs": StudyFile(
        records.output_lines,
        "an output: text, trace and answer, how much of the working can be read "
        "(`trace_visibility`), model, recipe, seed, tokens and grade",
        has_answers=False,
    ),
    "steps": StudyFile(
        records.step_lines,
        "a step of a trace: code points `start` to `end` - 1, counted from 0",
        has_answers=False,
    ),
    "answers": StudyFile(
        records.answer_lines,
        "an answer: who (`judge`, a pseudonym), about what, to which question, and how it came "
        "about. `road` says whether it answers a criterion, classifies by a definition as worded, "
        "or is a `call` (would you call this reasoning?); `counted` whether boards count it",
        has_answers=True,
    ),
    "marks": StudyFile(
        records.mark_lines, "a piece of text that a judge marked as evidence", has_answers=True
    ),
    "step_labels": StudyFile(
        records.step_label_lines,
        "a judge’s label of a step: its role, and -1 wrong, 0 neither, 1 right",
        has_answers=True,
    ),
    "first_errors": StudyFile(
        records.first_error_lines,
        "the first step with an error, by one judge; null for none",
        has_answers=True,
    ),
    "comparisons": StudyFile(
        records.comparison_lines,
        "a comparison of two outputs: left, right, tie or neither",
        has_answers=True,
    ),
    "opinions": StudyFile(
        records.opinion_lines,
        "one sample of one asking of a model judge, as it was read",
        has_answers=True,
    ),
    "adjudications": StudyFile(
        terms.adjudication_lines,
        "a decision on what judges disagree about",
        has_answers=True,
    ),
    "findings": StudyFile(
        terms.finding_lines,
        "an answer that no judge gave: from a probe, or from linked evidence",
        has_answers=True,
    ),
    "protocol": StudyFile(terms.protocol_lines, "a version of the protocol", has_answers=False),
    "items": StudyFile(terms.item_lines, "a piece of the protocol’s work", has_answers=False),
    "gold": StudyFile(terms.gold_lines, "an expected answer of a gold item", has_answers=True),
    "definitions": StudyFile(
        terms.definition_lines,
        "a version of a definition: its statement, where it comes from, its `rule` and the "
        "wordings that it means (`pins`)",
        has_answers=False,
    ),
    "criteria": StudyFile(terms.criterion_lines, "a wording of a criterion", has_answers=False),
    "collection": StudyFile(
        terms.collection_lines, "an item of the collection, with its note", has_answers=False
    ),
}
"""Name, without `.jsonl`, to what is in it; a file without a line is not written."""

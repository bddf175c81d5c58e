"""What goes out in the site's own columns comes in again as it was."""

import io
import json

from hypothesis import given, settings
from hypothesis import strategies as st

from evaluations.exchange.readers.own_jsonl import read_own_jsonl
from evaluations.exchange.readers.records import Record
from evaluations.exchange.studies.replies import reply_line, settings_of
from evaluations.exchange.studies.views import in_chunks
from evaluations.inference.thought import joined
from evaluations.prompts.models import Prompt, PromptSet
from evaluations.runs.models import Grade, LanguageModel, Output, Recipe, Run

# What PostgreSQL keeps: everything but NUL and halves of surrogate pairs.
LETTERS = st.characters(exclude_characters="\0", exclude_categories=["Cs"])
TEXTS = st.one_of(
    st.text(LETTERS, max_size=40),
    st.sampled_from(
        ["🧠 so 72 👩🏽‍🔬", "a\u2028b\r\nc\x85", "</think>", "Answer: 7", "<think>", "x" * 20_000]
    ),
    st.text(LETTERS, min_size=1, max_size=8).map(lambda text: text * 2_500),
)
WORDS = TEXTS.map(str.strip).filter(bool)
NAMES = st.text(LETTERS, max_size=40).map(str.strip)


@st.composite
def outputs(draw: st.DrawFn) -> Output:
    """A written output with all that stands around it, as the database could hold it."""
    visibility = draw(st.sampled_from(["full", "summary", "redacted", "hidden", "not-written"]))
    if visibility in ("full", "summary"):
        trace, answer = draw(WORDS), draw(TEXTS.map(str.strip))
        ways = [joined(trace, answer), f"{trace}\n{answer}", f"<b>{trace}</b> so: {answer}"]
        text = draw(st.sampled_from(ways))
    else:
        # Where no working can be read, what was said is the answer, or part of it is.
        trace, text = "", draw(TEXTS)
        answer = draw(st.just(text.strip()) | WORDS) if text.strip() else ""
    prompt = Prompt(
        text=draw(WORDS),
        reference=draw(NAMES),
        grader=draw(st.sampled_from(["", "numeric", "exact"])),
        licence=draw(NAMES),
        origin=draw(st.just({}) | WORDS.map(lambda said: {"system": said})),
        prompt_set=PromptSet(title=draw(NAMES)),
    )
    model = LanguageModel(
        name=draw(NAMES.filter(bool)),
        maker=draw(NAMES),
        revision=draw(NAMES),
        backend=draw(st.sampled_from(["", "transformers"])),
    )
    recipe = Recipe(
        strategy="steps",
        instruction=draw(st.text(LETTERS, max_size=100)),
        temperature=draw(st.floats(0, 2)),
        top_p=draw(st.floats(0.1, 1)),
        max_new_tokens=draw(st.integers(1, 32_768)),
    )
    output = Output(
        pk=1,
        run=Run(model=model, recipe=recipe, prompt_set=prompt.prompt_set),
        prompt=prompt,
        state="done",
        text=text,
        trace=trace,
        answer=answer,
        trace_visibility=visibility,
        sample=draw(st.integers(0, 32_767)),
        seed=draw(st.integers(-(2**63), 2**63 - 1)),
        stop_reason=draw(st.sampled_from(["", "stop", "length", "filtered"])),
        tokens_in=draw(st.none() | st.integers(0, 2**31 - 1)),
        tokens_out=draw(st.none() | st.integers(0, 2**31 - 1)),
        seconds=draw(st.none() | st.floats(0, 1e6)),
    )
    score = draw(st.none() | st.floats(0, 1))
    graded = [] if score is None else [Grade(grader="exact", score=score)]
    output._prefetched_objects_cache = {"grades": graded}  # type: ignore[attr-defined]
    return output


@settings(max_examples=300)
@given(st.lists(outputs(), min_size=1, max_size=3, unique_by=lambda each: each.sample))
def test_every_field_comes_back(written: list[Output]) -> None:
    sent = b"".join(in_chunks(reply_line(output, None) for output in written))
    found = list(read_own_jsonl(io.BytesIO(sent)))
    assert len(found) == len(written)
    for output, record in zip(written, found, strict=True):
        assert isinstance(record, Record), record
        assert (record.text, record.trace, record.answer, record.visibility) == (
            output.text, output.trace, output.answer, output.trace_visibility,
        )  # fmt: skip
        assert (record.sample, record.seed, record.stop_reason) == (
            output.sample, output.seed, output.stop_reason,
        )  # fmt: skip
        assert (record.tokens_in, record.tokens_out, record.seconds) == (
            output.tokens_in, output.tokens_out, output.seconds,
        )  # fmt: skip
        prompt, model = output.prompt, output.run.model
        told = "" if model.backend else prompt.system  # what is asked here is asked by a recipe
        assert (record.system, record.prompt) == (told, prompt.text)
        assert (record.reference, record.licence, record.task) == (
            prompt.reference, prompt.licence, prompt.prompt_set.title,
        )  # fmt: skip
        assert record.grader == (prompt.grader if prompt.reference else "")
        assert (record.model, record.maker, record.model_revision) == (
            model.name, model.maker, model.revision,
        )  # fmt: skip
        assert record.settings == settings_of(output.run.recipe)
        assert record.score == (output.grade.score if output.grade else None)


def test_a_line_is_one_line_whatever_is_in_it() -> None:
    row = {"output": "a\u2028b\nc\x85"}
    (sent,) = in_chunks(iter([row]))
    assert sent.count(b"\n") == 1
    assert json.loads(sent) == row

"""The outputs behind a row of a frozen board as samples of Every Eval Ever, a line each."""

import hashlib
from collections import Counter
from collections.abc import Iterator
from typing import Any, Final

from evaluations.curation.outward.files import may_share
from evaluations.exchange.eee.aggregates import SCHEMA, Named, words_of
from evaluations.exchange.eee.rulings import Rulings
from evaluations.rules import CODES, VERDICTS
from evaluations.runs.models import Output

CHUNK: Final = 500
WORD_OF: Final = {code: word for word, code in CODES.items()}
WITHDRAWN: Final = (
    "samples of which the output or an answer was withdrawn, or is not public any more"
)
NOT_SHARED: Final = "samples whose text a licence forbids to pass on"
UNDETERMINED: Final = "samples whose verdict is undetermined: `is_correct` is a boolean"
NOT_ASKED: Final = "outputs on which the whole rule was not asked"


def sample_lines(
    named: Named, rulings: Rulings, left_out: Counter[str]
) -> Iterator[dict[str, Any]]:
    """A line for each output whose verdict is known, in order of their keys.

    Args:
        left_out: counts what has no line, by why.
    """
    places = {int(rulings.matrix.output[place]): place for place in rulings.asked(named.row)}
    left_out[NOT_ASKED] += len(rulings.rows.get(named.row, [])) - len(places)
    rows = Output.objects.finished().filter(pk__in=places).for_reading()
    seen: Counter[str] = Counter()
    found = 0
    for output in rows.prefetch_related("grades").order_by("pk").iterator(CHUNK):
        found += 1
        place = places[output.pk]
        code = int(rulings.ruling.verdicts[place])
        seen[output.prompt.slug] += 1
        licences = (output.run.model.licence, output.prompt.licence)
        if output.pk in rulings.hidden:
            left_out[WITHDRAWN] += 1
        elif not all(map(may_share, licences)):
            left_out[NOT_SHARED] += 1
        elif code == CODES["cannot-tell"]:
            left_out[UNDETERMINED] += 1
        else:
            number = seen[output.prompt.slug]
            yield sample_line(named, rulings, output, place=place, number=number)
    left_out[WITHDRAWN] += len(places) - found


def sample_line(
    named: Named, rulings: Rulings, output: Output, *, place: int, number: int
) -> dict[str, Any]:
    """One output: `raw` is its reply, and `reasoning_trace` its working as it can be read."""
    prompt, met = output.prompt, bool(rulings.met[place])
    references = [said] if (said := prompt.reference_for(None)) else []
    told = "".join([prompt.text, *references])
    line: dict[str, Any] = {
        "schema_version": SCHEMA,
        "evaluation_id": named.evaluation,
        "model_id": named.model_id,
        "evaluation_name": named.slug,
        "evaluation_result_id": named.result(),
        "sample_id": f"{prompt.slug}.{number}",
        "sample_hash": hashlib.sha256(told.encode()).hexdigest(),
        "interaction_type": "single_turn",
        "input": {"raw": prompt.text, "reference": references},
        "output": {"raw": [output.answer if output.trace else output.text]},
        "answer_attribution": attribution_of(output),
        "evaluation": {"score": float(met), "is_correct": met},
        "metadata": metadata_of(rulings, output, place),
    }
    if output.trace:
        line["output"]["reasoning_trace"] = [output.trace]
    if output.tokens_in is not None and output.tokens_out is not None:
        line["token_usage"] = {
            "input_tokens": output.tokens_in,
            "output_tokens": output.tokens_out,
            "total_tokens": output.tokens_in + output.tokens_out,
        }
    if output.seconds is not None:
        line["performance"] = {"latency_ms": output.seconds * 1000}
    return line


def attribution_of(output: Output) -> list[dict[str, Any]]:
    """Where the answer was found that was graded; nothing where that is not known."""
    grade = output.grade
    if grade is None or grade.start is None or grade.end is None:
        return []
    return [
        {
            "turn_idx": 0,
            "source": "output.raw",
            "extracted_value": output.text[grade.start : grade.end],
            "extraction_method": grade.how or grade.grader,
            "is_terminal": True,
        }
    ]


def metadata_of(rulings: Rulings, output: Output, place: int) -> dict[str, str]:
    """What the schema has no field for: the verdict, each answer, and how much can be read."""
    grade, family = output.grade, output.prompt.family
    verdict = VERDICTS[WORD_OF[int(rulings.ruling.verdicts[place])]]
    return {
        "verdict": verdict,
        **{f"answer:{key}": WORD_OF[int(codes[place])] for key, codes in rulings.columns.items()},
        **words_of(
            {
                "trace_visibility": output.trace_visibility,
                "text_sha256": hashlib.sha256(output.text.encode()).hexdigest(),
                "output": output.pk,
                "run": output.run_id,
                "recipe": output.run.recipe.slug,
                "sample": output.sample + 1,
                "seed": output.seed,
                "stop_reason": output.stop_reason,
                "prompt": output.prompt.slug,
                "prompt_set": output.prompt.prompt_set.slug,
                "family": family.slug if family else None,
                "licence": output.prompt.licence,
                "grade": grade.score if grade else None,
                "grader": grade.grader if grade else None,
            }
        ),
    }

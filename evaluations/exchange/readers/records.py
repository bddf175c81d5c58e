"""What every format comes down to, and what is said of lines that give nothing. Pure.

A reader takes a file and yields these one by one, in the order of the file, holding no more than
one line or one sample of it; a writer that takes them needs to know no format.
"""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from evaluations.inference.engine import TraceVisibility

Side = Literal["left", "right", "same", "neither"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Origin:
    """Where a reply stood: what makes it the same one when a file is read again.

    `log` names the file's own run (an eval id, a uuid), `sample` the item in it, `epoch` which of
    several replies to the item. Formats that name nothing put a digest of prompt, model, sample
    and reply into `sample`.
    """

    format: str
    log: str = ""
    sample: str = ""
    epoch: int = 0

    @property
    def key(self) -> str:
        """64 hexadecimal digits, unique among the outputs of a site."""
        told = json.dumps([self.format, self.log, self.sample, self.epoch], ensure_ascii=True)
        return hashlib.sha256(told.encode()).hexdigest()


@dataclass(frozen=True, slots=True, kw_only=True)
class StepLabel:
    """A step of the trace in code points, `start` to `end` - 1, and what one labeller gave it."""

    start: int
    end: int
    rating: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Record:
    """One reply of a model to one prompt.

    `text` is the whole reply as the log has it, with thought tags if it had them; `trace` and
    `answer` are its parts. `settings` is how the model was asked, by the names of the log:
    `temperature`, `top_p`, `max_tokens` … `score`, 0 to 1, is what the log's first scorer said.
    `line` counts lines from 1, or records where one spans several lines, or samples of a log.
    """

    line: int
    prompt: str
    model: str
    text: str
    trace: str
    answer: str
    visibility: TraceVisibility
    origin: Origin
    system: str = ""
    maker: str = ""
    model_revision: str = ""
    settings: Mapping[str, Any] = field(default_factory=dict)
    sample: int = 0
    seed: int | None = None
    stop_reason: str = ""
    tokens_in: int | None = None
    tokens_out: int | None = None
    tokens_thought: int | None = None
    seconds: float | None = None
    reference: str = ""
    grader: str = ""
    score: float | None = None
    scorer: str = ""
    task: str = ""
    licence: str = ""
    steps: tuple[StepLabel, ...] = ()
    first_error: int | None = None
    labeller: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Vote:
    """Which of two replies somebody preferred; both came before it, as records."""

    line: int
    left: Origin
    right: Origin
    side: Side


@dataclass(frozen=True, slots=True)
class Refused:
    """A line that should have been a reply and is none: `why` as a sentence. 0: the whole file."""

    line: int
    why: str


@dataclass(frozen=True, slots=True)
class Skipped:
    """A line that is left out as the format itself has it: `why` as a sentence."""

    line: int
    why: str


Read = Record | Vote | Refused | Skipped

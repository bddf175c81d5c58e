"""Every format that is read, by name. Pure.

A reader yields what it finds in the order of the file and never raises for what a file holds:
what cannot be read is a `Refused`. It reads each file once, from where it stands, and closes none.
The same reply twice in a file is yielded twice, with the same `origin`.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import BinaryIO, Protocol

from evaluations.exchange.readers.arena import read_arena
from evaluations.exchange.readers.bigbench_mistake import read_bigbench_mistake
from evaluations.exchange.readers.chat import read_chat
from evaluations.exchange.readers.eee import read_eee
from evaluations.exchange.readers.guesses import guess, is_blank, why_unknown
from evaluations.exchange.readers.inspect_logs import read_inspect
from evaluations.exchange.readers.lm_eval import read_lm_eval
from evaluations.exchange.readers.own_csv import read_own_csv
from evaluations.exchange.readers.own_jsonl import read_own_jsonl
from evaluations.exchange.readers.prm800k import read_prm800k
from evaluations.exchange.readers.records import Read, Record, Refused

__all__ = ["FORMATS", "Format", "guess", "is_blank", "why_unknown"]

LARGEST_FILE = 200_000_000
"""Bytes of a file, and of its companion."""
MOST_REPLIES = 200_000
MOST_ELSE = 1_000_000
"""What else may be said of a file: votes, refused and skipped lines."""


class Reader(Protocol):
    def __call__(
        self, file: BinaryIO, *, companion: BinaryIO | None = None, name: str
    ) -> Iterator[Read]: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Format:
    """One format: `about` says in a sentence what it is, `companion` what a second file gives.

    Where `companion` is empty none is taken. `extensions` begin with a dot.
    """

    name: str
    title: str
    extensions: tuple[str, ...]
    about: str
    reader: Reader
    companion: str = ""

    def read(
        self, file: BinaryIO, *, companion: BinaryIO | None = None, name: str = ""
    ) -> Iterator[Read]:
        """What a file holds, within the bounds that hold for every format."""
        if _is_too_large(file) or (companion is not None and _is_too_large(companion)):
            yield Refused(0, "A file may have at most 200 MB.")
            return
        replies = other = 0
        for read in self.reader(file, companion=companion if self.companion else None, name=name):
            if isinstance(read, Record):
                replies += 1
            else:
                other += 1
            if replies > MOST_REPLIES or other > MOST_ELSE:
                yield Refused(
                    read.line,
                    f"There are more than {MOST_REPLIES:,} replies, or more than {MOST_ELSE:,} "
                    "other lines. The rest is not read: split the file.",
                )
                return
            yield read


def _is_too_large(file: BinaryIO) -> bool:
    stood = file.tell()
    size = file.seek(0, 2)
    file.seek(stood)
    return size - stood > LARGEST_FILE


FORMATS: Mapping[str, Format] = {
    each.name: each
    for each in (
        Format(
            name="own-jsonl",
            title="JSON Lines",
            extensions=(".jsonl", ".ndjson"),
            about="One reply a line, with “prompt”, “model” and “output”.",
            reader=read_own_jsonl,
        ),
        Format(
            name="own-csv",
            title="CSV",
            extensions=(".csv", ".tsv", ".txt"),
            about="One reply a row, with columns “prompt”, “model” and “output”, saved as UTF-8.",
            reader=read_own_csv,
        ),
        Format(
            name="inspect",
            title="Inspect log",
            extensions=(".eval", ".json"),
            about="A log of Inspect (inspect-ai), packed (.eval) or as JSON.",
            reader=read_inspect,
        ),
        Format(
            name="lm-eval",
            title="lm-evaluation-harness samples",
            extensions=(".jsonl",),
            about="A file samples_….jsonl that lm-eval writes with --log_samples.",
            companion="The file results_….json beside it, which names the model and how it was "
            "asked. Without it every line is refused.",
            reader=read_lm_eval,
        ),
        Format(
            name="eee",
            title="Every Eval Ever samples",
            extensions=(".jsonl",),
            about="A file …_samples.jsonl of Every Eval Ever, version 0.3.",
            companion="The file of the same name without _samples, which says how the model was "
            "asked.",
            reader=read_eee,
        ),
        Format(
            name="chat",
            title="Chat completions",
            extensions=(".jsonl",),
            about="Requests and responses of a chat API, one pair a line: OpenAI, vLLM, DeepSeek, "
            "Ollama, or the output file of a batch.",
            companion="The input file of the batch, which holds the prompts of its output file.",
            reader=read_chat,
        ),
        Format(
            name="arena",
            title="Arena battles",
            extensions=(".jsonl", ".json"),
            about="Two replies to one prompt and which of them somebody preferred: Chatbot Arena "
            "or a log of FastChat.",
            reader=read_arena,
        ),
        Format(
            name="prm800k",
            title="PRM800K",
            extensions=(".jsonl",),
            about="Solutions in steps that people rated, one a line.",
            reader=read_prm800k,
        ),
        Format(
            name="bigbench-mistake",
            title="BIG-Bench Mistake",
            extensions=(".jsonl",),
            about="Traces in steps whose first mistake people marked, one a line.",
            reader=read_bigbench_mistake,
        ),
    )
}

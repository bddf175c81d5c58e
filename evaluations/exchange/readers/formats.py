"""Every format that is read, by name. Pure.

A reader yields what it finds in the order of the file and never raises for what a file holds:
what cannot be read is a `Refused`. It reads each file once, from where it stands, and closes none.
The same reply twice in a file is yielded twice, with the same `origin`.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import BinaryIO, Protocol

from evaluations.exchange.readers.guesses import guess, why_unknown
from evaluations.exchange.readers.records import Read, Refused

__all__ = ["FORMATS", "Format", "guess", "why_unknown"]


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
    read: Reader
    companion: str = ""


def _unread(file: BinaryIO, *, companion: BinaryIO | None = None, name: str) -> Iterator[Read]:
    yield Refused(0, "This format is not read yet.")


FORMATS: Mapping[str, Format] = {
    each.name: each
    for each in (
        Format(
            name="own-jsonl",
            title="JSON Lines",
            extensions=(".jsonl", ".ndjson"),
            about="One reply a line, with “prompt”, “model” and “output”.",
            read=_unread,
        ),
        Format(
            name="own-csv",
            title="CSV",
            extensions=(".csv", ".tsv", ".txt"),
            about="One reply a row, with columns “prompt”, “model” and “output”, saved as UTF-8.",
            read=_unread,
        ),
        Format(
            name="inspect",
            title="Inspect log",
            extensions=(".eval", ".json"),
            about="A log of Inspect (inspect-ai), packed (.eval) or as JSON.",
            read=_unread,
        ),
        Format(
            name="lm-eval",
            title="lm-evaluation-harness samples",
            extensions=(".jsonl",),
            about="A file samples_….jsonl that lm-eval writes with --log_samples.",
            companion="The file results_….json beside it, which names the model and how it was "
            "asked. Without it every line is refused.",
            read=_unread,
        ),
        Format(
            name="eee",
            title="Every Eval Ever samples",
            extensions=(".jsonl",),
            about="A file …_samples.jsonl of Every Eval Ever, version 0.3.",
            companion="The file of the same name without _samples, which says how the model was "
            "asked.",
            read=_unread,
        ),
        Format(
            name="chat",
            title="Chat completions",
            extensions=(".jsonl",),
            about="Requests and responses of a chat API, one pair a line: OpenAI, vLLM, DeepSeek, "
            "Ollama, or the output file of a batch.",
            companion="The input file of the batch, which holds the prompts of its output file.",
            read=_unread,
        ),
        Format(
            name="arena",
            title="Arena battles",
            extensions=(".jsonl", ".json"),
            about="Two replies to one prompt and which of them somebody preferred: Chatbot Arena "
            "or a log of FastChat.",
            read=_unread,
        ),
        Format(
            name="prm800k",
            title="PRM800K",
            extensions=(".jsonl",),
            about="Solutions in steps that people rated, one a line.",
            read=_unread,
        ),
        Format(
            name="bigbench-mistake",
            title="BIG-Bench Mistake",
            extensions=(".jsonl",),
            about="Traces in steps whose first mistake people marked, one a line.",
            read=_unread,
        ),
    )
}

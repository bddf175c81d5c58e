"""How messages become the text that a model reads: its chat template, from its own files.

Loads neither torch nor transformers: a page shows what is sent, and a run is refused where it is
submitted. Workers render by the tokenizer itself, and the tests hold both equal.
"""

from __future__ import annotations

import datetime as dt
import importlib.util
import json
import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import Any, NoReturn

from jinja2 import TemplateError
from jinja2.sandbox import ImmutableSandboxedEnvironment

from evaluations.inference.cached import snapshot_of
from evaluations.inference.engine import Message, ModelSpec
from evaluations.inference.gguf_header import read_header

COMPLETION = "completion-1"
"""Name of the plain template below. Another text of it takes another name."""
COMPLETION_TEMPLATE = (
    "{% for message in messages %}{{ message['content'] }}"
    "{% if not loop.last or add_generation_prompt %}{{ '\\n\\n' }}{% endif %}{% endfor %}"
)
"""For base models, which know no turns: the texts one after another, parted by blank lines."""
_TAKEN = frozenset({
    "messages", "conversation", "tools", "documents", "chat_template", "add_generation_prompt",
    "continue_final_message", "tokenize", "padding", "truncation", "max_length", "return_tensors",
    "return_dict", "return_assistant_tokens_mask", "tokenizer_kwargs", "bos_token", "eos_token",
    "pad_token", "unk_token",
})  # fmt: skip
_SPECIALS = ("bos_token", "eos_token", "pad_token", "unk_token")


@dataclass(frozen=True, kw_only=True)
class Template:
    """A model's template with the special tokens that it may name.

    `defaults` is the model's own way of sampling (`generation_config.json`): shown, and never
    applied unless somebody copies it into a recipe. `completes`: it has no template of its own.
    """

    source: str
    specials: Mapping[str, str] = field(default_factory=dict)
    defaults: Mapping[str, Any] = field(default_factory=dict)
    completes: bool = False

    def render(self, messages: Sequence[Message], arguments: Mapping[str, Any]) -> str:
        """The text that asks for a reply to these messages.

        Raises ValueError where the template refuses them, or cannot be used.
        """
        environment = ImmutableSandboxedEnvironment(
            trim_blocks=True, lstrip_blocks=True, extensions=["jinja2.ext.loopcontrols"]
        )
        environment.filters["tojson"] = lambda value, **more: json.dumps(
            value, ensure_ascii=False, **more
        )
        environment.globals |= {"raise_exception": _refuse, "strftime_now": _now}
        try:
            return environment.from_string(self.source).render(
                messages=[{"role": each.role, "content": each.content} for each in messages],
                add_generation_prompt=True,
                **self.specials,
                **arguments,
            )
        except (TemplateError, TypeError) as error:
            raise ValueError(f"The chat template refuses these messages: {error}") from error


def refusal_of(source: str, arguments: Collection[str]) -> str:
    """Why a template cannot take these arguments, in words; empty where it can.

    Templates pass over what they do not know, so nobody would notice.
    """
    unknown = [
        name
        for name in arguments
        if name in _TAKEN or not re.search(rf"(?<![\w.]){re.escape(name)}(?!\w)", source)
    ]
    if not unknown:
        return ""
    named = ", ".join(f"“{name}”" for name in unknown)
    return f"Its chat template does not know the argument{'s'[: len(unknown) > 1]} {named}."


def template_of(spec: ModelSpec) -> Template | None:
    """The template of a model whose files are on this machine; None where they are not.

    Nothing is fetched. Unreadable files count as none.
    """
    try:
        files = _files_of(spec)
        return _read(*((file, file.stat().st_mtime_ns) for file in files)) if files else None
    except (OSError, ValueError, TypeError, AttributeError):
        return None


def package_folder(package: str) -> Path | None:
    """Where a package lies. It is not imported: its own dependencies may be left out."""
    found = importlib.util.find_spec(package) if package.isidentifier() else None
    places = found.submodule_search_locations if found else None
    return Path(next(iter(places))) if places else None


def _files_of(spec: ModelSpec) -> list[Path]:
    if spec.path.startswith("package:"):
        place = package_folder(spec.path.removeprefix("package:"))
        return sorted(place.glob(spec.gguf_file or "*.gguf"))[:1] if place else []
    local = Path(spec.path).expanduser()
    folder = local if local.is_dir() else snapshot_of(spec.path, spec.revision)
    if folder is None:
        return []
    names = ["tokenizer_config.json", "chat_template.jinja", "generation_config.json"]
    if spec.gguf_file:
        names = [spec.gguf_file]
    return [folder / name for name in names if (folder / name).is_file()]


@lru_cache(maxsize=32)
def _read(*files: tuple[Path, int]) -> Template:
    """Files by their names and times, so that changed ones are read anew."""
    by_name = {file.name: file for file, _ in files}
    if file := next((each for each in by_name.values() if each.suffix == ".gguf"), None):
        return _of_header(read_header(file))
    settings = _json(by_name.get("tokenizer_config.json"))
    source = settings.get("chat_template") or ""
    if isinstance(source, list):
        source = next((each["template"] for each in source if each["name"] == "default"), "")
    if file := by_name.get("chat_template.jinja"):
        source = file.read_text(encoding="utf-8")
    specials = {name: _content(settings[name]) for name in _SPECIALS if settings.get(name)}
    defaults = _json(by_name.get("generation_config.json"))
    return _template(source, specials, defaults)


def _of_header(head: Mapping[str, Any]) -> Template:
    words = head.get("tokenizer.ggml.tokens", [])
    numbers = {
        "bos_token": head.get("tokenizer.ggml.bos_token_id"),
        "eos_token": head.get("tokenizer.ggml.eos_token_id"),
        "pad_token": head.get("tokenizer.ggml.padding_token_id"),
        "unk_token": head.get("tokenizer.ggml.unknown_token_id"),
    }
    specials = {n: words[i] for n, i in numbers.items() if i is not None and i < len(words)}
    own = "general.sampling."
    defaults = {key.removeprefix(own): head[key] for key in head if key.startswith(own)}
    return _template(head.get("tokenizer.chat_template", ""), specials, defaults)


def _template(source: str, specials: dict[str, str], defaults: dict[str, Any]) -> Template:
    return Template(
        source=source or COMPLETION_TEMPLATE,
        specials=specials,
        defaults=defaults,
        completes=not source,
    )


def _json(file: Path | None) -> dict[str, Any]:
    found = json.loads(file.read_text(encoding="utf-8")) if file else {}
    return found if isinstance(found, dict) else {}


def _content(token: Any) -> str:
    return str(token["content"] if isinstance(token, dict) else token)


def _refuse(message: str) -> NoReturn:
    raise TemplateError(message)


def _now(form: str) -> str:
    return dt.datetime.now(tz=dt.UTC).astimezone().strftime(form)

"""Finding and loading a model with transformers: a hub id, a local folder, or a package's file."""

from __future__ import annotations

import hashlib
import inspect
import platform
import re
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import torch
import transformers
from huggingface_hub import HfApi
from huggingface_hub.errors import (
    GatedRepoError,
    HFValidationError,
    LocalEntryNotFoundError,
    RepositoryNotFoundError,
    RevisionNotFoundError,
)
from transformers import AutoModelForCausalLM, AutoTokenizer
from transformers.cache_utils import DynamicCache, DynamicLayer
from transformers.utils.quantization_config import GgufConfig

from evaluations.inference import memory
from evaluations.inference.backends.transformers_cache import BatchCache
from evaluations.inference.backends.transformers_groups import BY_GROUPS, ORDINARY, GroupedCache
from evaluations.inference.backends.transformers_memory import check_room, weights_of
from evaluations.inference.backends.transformers_packed import pack
from evaluations.inference.cached import note_commit, snapshot_of
from evaluations.inference.engine import ModelPaused, ModelSpec, ModelUnavailable
from evaluations.inference.templates import COMPLETION, COMPLETION_TEMPLATE, package_folder
from evaluations.inference.thought import Tags, is_part_of_a_tag, tags_of_template

_HUB_ID = re.compile(r"[\w.-]+(/[\w.-]+)?", re.ASCII)
_HUB_SECONDS = 10
_HUB_PAUSE_SECONDS = 60.0
"""How long a model rests whose files are not here while the hub is out of reach."""
_DIGEST_LIMIT = 2 << 30


@dataclass(frozen=True, kw_only=True)
class LoadedModel:
    """`context` is the most tokens a sequence may have, prompt and reply together.

    One that `completes` has no chat template of its own, and goes on with plain text.
    `unwritten` are special tokens that no reply shows; those of thoughts are not among them.
    `thought_tags` are the model's own, by its `response_template`. `cache` keeps what rows share.
    """

    model: Any
    tokenizer: Any
    device: torch.device
    context: int
    stop_ids: frozenset[int]
    environment: dict[str, Any]
    completes: bool = False
    unwritten: frozenset[int] = frozenset()
    thought_tags: Tags | None = None
    cache: type[BatchCache | GroupedCache] = BatchCache


@dataclass(frozen=True, kw_only=True)
class _Source:
    """`away` is why the hub was not reached, where only what was fetched before is at hand."""

    location: str
    folder: Path | None
    gguf_file: str = ""
    arguments: dict[str, Any]
    away: Exception | None = None


def choose_device(device: str) -> torch.device:
    """`auto` takes CUDA where there is one. Raises ModelUnavailable for an absent device."""
    if device == "auto":
        return torch.device("cuda" if torch.cuda.is_available() else "cpu")
    chosen = torch.device(device)
    if chosen.type == "cuda" and not torch.cuda.is_available():
        raise ModelUnavailable(f"The device {device!r} was asked for, and torch sees no CUDA here.")
    return chosen


def choose_dtype(dtype: str, device: torch.device) -> torch.dtype:
    """`auto` takes float32 on a CPU, where a seed then gives the same tokens in any company.

    On CUDA it takes bfloat16, or float16 where that is missing (decision 0004).
    """
    if dtype != "auto":
        chosen = getattr(torch, dtype, None)
        if not isinstance(chosen, torch.dtype) or not chosen.is_floating_point:
            raise ValueError(f"{dtype!r} is not a floating-point type of torch")
        return chosen
    if device.type == "cuda":
        return torch.bfloat16 if torch.cuda.is_bf16_supported() else torch.float16
    return torch.float32


def load_model(
    spec: ModelSpec, *, device: torch.device, dtype: torch.dtype, packs: bool = True
) -> LoadedModel:
    """Not `packs` leaves the weights as the library has them.

    Raises ModelUnavailable, naming the model, for whatever stands in the way, and ModelPaused where
    there is no room at the moment, or where its files are at a hub that is out of reach.
    """
    source = _find(spec)
    # A model is data: code that lies beside its weights is never run.
    arguments = {**source.arguments, "trust_remote_code": False}
    gguf = source.folder / source.gguf_file if source.folder and source.gguf_file else None
    if gguf is not None or not source.gguf_file:
        weights = weights_of(source.location, gguf, arguments)
        check_room(spec, weights, device=device, dtype=dtype)
    if source.gguf_file:
        arguments["gguf_file"] = source.gguf_file
    try:
        tokenizer = AutoTokenizer.from_pretrained(source.location, **arguments)
        if source.gguf_file:
            # Packed weights would bring their own kernels, whatever number type was asked for.
            arguments["quantization_config"] = GgufConfig(dequantize=True)
        model = AutoModelForCausalLM.from_pretrained(source.location, dtype=dtype, **arguments)
    except Exception as error:
        if isinstance(error, OSError) and source.away:
            raise _out_of_reach(spec, source.away) from error
        if isinstance(error.__cause__, LocalEntryNotFoundError):
            raise _out_of_reach(spec, error.__cause__) from error
        raise ModelUnavailable(
            f"The model {spec.name!r} could not be loaded from {spec.path!r}: "
            f"{type(error).__name__}: {' '.join(str(error).split())[:500]}"
        ) from error
    if source.folder is None and not source.away:
        note_commit(spec.path, spec.revision, source.arguments["revision"])
    completes = not tokenizer.chat_template
    if completes:
        tokenizer.chat_template = COMPLETION_TEMPLATE
    if "position_ids" not in inspect.signature(model.forward).parameters:
        raise ModelUnavailable(
            f"The model {spec.name!r} ({type(model).__name__}) takes no position ids; this engine "
            "needs them to run samples side by side."
        )
    model = model.to(device).eval()
    memory.give_back()  # what files were read through
    packed = packs and pack(model, device, dtype)
    tags = tags_of_template(getattr(tokenizer, "response_template", None))
    return LoadedModel(
        model=model,
        tokenizer=tokenizer,
        device=device,
        context=_context(model, tokenizer),
        stop_ids=_stop_ids(model, tokenizer),
        environment=_environment(spec, source, model, tokenizer, device, dtype)
        | ({"thought_tags": [list(part) for part in tags]} if tags else {})
        | ({"chat_template": COMPLETION} if completes else {})
        | ({"packed": True} if packed else {}),
        completes=completes,
        unwritten=_unwritten(tokenizer, tags),
        thought_tags=tags,
    )


def load_checked(spec: ModelSpec, *, device: torch.device, dtype: torch.dtype) -> LoadedModel:
    """As `load_model`, and checked by `check_padding`. Raises as both do."""
    loaded = load_model(spec, device=device, dtype=dtype)
    try:
        return _checked(spec, loaded)
    except ModelUnavailable:
        if "packed" not in loaded.environment:
            raise
    # The code of some models reads the weights of a layer itself.
    return _checked(spec, load_model(spec, device=device, dtype=dtype, packs=False))


def _checked(spec: ModelSpec, loaded: LoadedModel) -> LoadedModel:
    """A model that runs samples side by side; on a CPU in groups, where its attention can."""
    # Of a model that also hears or sees, the part that writes: others may lack this attention.
    config = loaded.model.config.get_text_config(decoder=True)
    if loaded.device.type == "cpu" and config._attn_implementation == ORDINARY:
        config._attn_implementation = BY_GROUPS
        told = {**loaded.environment, "attention": BY_GROUPS}
        grouped = replace(loaded, cache=GroupedCache, environment=told)
        try:
            check_padding(spec, grouped)
            return grouped
        except ModelUnavailable:
            config._attn_implementation = ORDINARY
    check_padding(spec, loaded)
    return loaded


def check_padding(spec: ModelSpec, loaded: LoadedModel) -> None:
    """Refuse a model that would answer differently in company, which nothing else would show.

    One token is fed to a short sequence beside longer ones, in its group and beyond, and to the
    short one alone; the logits must be alike. Raises ModelUnavailable.
    """
    vocabulary = int(loaded.model.config.get_text_config(decoder=True).vocab_size)
    ends = 9, 21, min(61, loaded.context)
    short, longer, longest = ([i % vocabulary for i in range(3, end)] for end in ends)
    kind = f"{spec.name!r} ({type(loaded.model).__name__})"
    try:
        with torch.inference_mode():
            alone = _next_logits(loaded, [short])
            together = _next_logits(loaded, [short, longer, longest])
    except Exception as error:
        raise ModelUnavailable(
            f"The model {kind} cannot be run by this engine: {type(error).__name__}: {error}"
        ) from error
    if not float(torch.nn.functional.cosine_similarity(alone, together, dim=0)) > 0.98:
        raise ModelUnavailable(
            f"The model {kind} cannot be run by this engine: its samples would not be independent "
            "of their neighbours."
        )


def _next_logits(loaded: LoadedModel, prompts: list[list[int]]) -> torch.Tensor:
    """The first prompt's logits after one more token, all prompts being fed side by side."""
    batch: BatchCache | GroupedCache | None = None
    for prompt in prompts:
        cache = DynamicCache()
        ids = torch.tensor([prompt], device=loaded.device)
        loaded.model(ids, past_key_values=cache, use_cache=True, logits_to_keep=1)
        if not all(type(layer) is DynamicLayer for layer in cache.layers):
            raise TypeError("it keeps more than keys and values between tokens")
        batch = batch or loaded.cache(cache.layers)
        batch.join(cache.layers, len(prompt) + 1)
    assert batch is not None
    batch.make_room()
    logits: torch.Tensor = loaded.model(
        **batch.inputs([prompt[0] for prompt in prompts]),
        past_key_values=batch,
        use_cache=True,
    ).logits
    return logits[0, -1].float()


def _find(spec: ModelSpec) -> _Source:
    if spec.path.startswith("package:"):
        folder = _package_folder(spec, spec.path.removeprefix("package:"))
        files = sorted(file.name for file in folder.glob("*.gguf"))
        if spec.gguf_file and spec.gguf_file not in files:
            raise ModelUnavailable(
                f"The model {spec.name!r} needs {spec.gguf_file}, which {spec.path!r} lacks."
            )
        if not spec.gguf_file and len(files) != 1:
            raise ModelUnavailable(
                f"The model {spec.name!r} needs exactly one .gguf file in {spec.path!r}, or the "
                f"name of one; it holds {len(files)}."
            )
        return _Source(
            location=str(folder),
            folder=folder,
            gguf_file=spec.gguf_file or files[0],
            arguments={"local_files_only": True},
        )
    folder = Path(spec.path).expanduser()
    if folder.is_dir():
        return _Source(
            location=str(folder),
            folder=folder,
            gguf_file=spec.gguf_file,
            arguments={"local_files_only": True},
        )
    if not _HUB_ID.fullmatch(spec.path):
        raise ModelUnavailable(
            f"The model {spec.name!r} cannot be loaded: there is no folder {spec.path!r}."
        )
    return _at_the_hub(spec)


def _package_folder(spec: ModelSpec, package: str) -> Path:
    folder = package_folder(package)
    if folder is None:
        raise ModelUnavailable(
            f"The model {spec.name!r} comes with the Python package {package!r}, which is not "
            "installed."
        )
    return folder


def _at_the_hub(spec: ModelSpec) -> _Source:
    """Pin the commit. One short question first: the loader itself retries for a long time."""
    revision = spec.revision or None
    away: Exception | None = None
    try:
        info = HfApi().model_info(spec.path, revision=revision, timeout=_HUB_SECONDS)
    except RevisionNotFoundError as error:
        raise ModelUnavailable(
            f"The model {spec.name!r}: {spec.path!r} has no revision {spec.revision!r}."
        ) from error
    except GatedRepoError as error:
        raise ModelUnavailable(
            f"The model {spec.name!r}: {spec.path!r} is open only to accounts that accepted its "
            "terms; set HF_TOKEN to the token of one."
        ) from error
    except (RepositoryNotFoundError, HFValidationError) as error:
        raise ModelUnavailable(
            f"The model {spec.name!r}: {spec.path!r} is neither a folder here nor a public model "
            "on the Hugging Face hub."
        ) from error
    except Exception as error:
        kept = snapshot_of(spec.path, spec.revision)
        if kept is None:
            raise _out_of_reach(spec, error) from error
        commit, away = kept.name, error
    else:
        commit = str(info.sha)
    return _Source(
        location=spec.path,
        folder=None,
        gguf_file=spec.gguf_file,
        arguments={"revision": commit, "local_files_only": away is not None},
        away=away,
    )


def _out_of_reach(spec: ModelSpec, error: BaseException) -> ModelPaused:
    return ModelPaused(
        f"The model {spec.name!r}: the Hugging Face hub could not be reached "
        f"({type(error).__name__}), and {spec.path!r} is not wholly in the local cache. Give a "
        "local folder, or try again with a connection.",
        _HUB_PAUSE_SECONDS,
    )


def _context(model: Any, tokenizer: Any) -> int:
    limits = (
        getattr(model.config.get_text_config(decoder=True), "max_position_embeddings", None),
        getattr(tokenizer, "model_max_length", None),
    )
    # Tokenizers without a limit say 1e30.
    known = [int(limit) for limit in limits if limit and limit < 1 << 31]
    return min(known, default=1 << 31)


def _stop_ids(model: Any, tokenizer: Any) -> frozenset[int]:
    ids: set[int] = set()
    for value in (model.generation_config.eos_token_id, tokenizer.eos_token_id):
        ids.update(value if isinstance(value, list) else [] if value is None else [value])
    return frozenset(ids)


def _unwritten(tokenizer: Any, tags: Tags | None) -> frozenset[int]:
    added = tokenizer.added_tokens_decoder
    vocabulary = {token.content for token in added.values()}
    return frozenset(
        id
        for id, token in added.items()
        if token.special and not is_part_of_a_tag(token.content, vocabulary=vocabulary, own=tags)
    )


def _environment(
    spec: ModelSpec,
    source: _Source,
    model: Any,
    tokenizer: Any,
    device: torch.device,
    dtype: torch.dtype,
) -> dict[str, Any]:
    files = []
    if source.folder:
        patterns = [source.gguf_file] if source.gguf_file else ["*.safetensors", "*.bin"]
        files = sorted(file for pattern in patterns for file in source.folder.glob(pattern))
    return {
        "engine": "transformers",
        "device": str(device),
        "device_name": _device_name(device),
        "dtype": str(dtype).removeprefix("torch."),
        "attention": str(model.config._attn_implementation),
        "torch": str(torch.__version__),
        "transformers": str(transformers.__version__),
        "python": platform.python_version(),
        "model": spec.name,
        "model_path": spec.path,
        "model_revision": spec.revision,
        "model_commit": source.arguments.get("revision", ""),
        "weights": [{"file": file.name, "bytes": file.stat().st_size} for file in files],
        "weights_sha256": _digest(files),
        "chat_template_sha256": hashlib.sha256(str(tokenizer.chat_template).encode()).hexdigest(),
    }


def _device_name(device: torch.device) -> str:
    if device.type == "cuda":
        return str(torch.cuda.get_device_name(device))
    return f"{platform.machine()} {torch.backends.cpu.get_cpu_capability()}"


def _digest(files: list[Path]) -> str:
    """SHA-256 over the weight files, one after another; empty when there are none, or too much."""
    if not files or sum(file.stat().st_size for file in files) > _DIGEST_LIMIT:
        return ""
    digest = hashlib.sha256()
    for file in files:
        with file.open("rb") as stream:
            while piece := stream.read(1 << 20):
                digest.update(piece)
    return digest.hexdigest()

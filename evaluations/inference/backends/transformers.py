"""An engine on transformers and torch: samples of different lengths decoded side by side.

What is guaranteed. A sample's tokens are a function of its prompt, its settings and its seed; its
noise never depends on its neighbours. The logits come from batches whose shape changes, and a row
that made room is read anew: sums differ in their last bits. In float32 that leaves the tokens the
same but for near ties, in bfloat16 a sample may take another turn in company than alone.
"""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Any, Self

import torch
from torch import Tensor
from transformers.cache_utils import DynamicCache

from evaluations.inference import memory
from evaluations.inference.backends.schemes import ENGINE_SCHEME, SAMPLING_ORDER, SEED_SCHEME
from evaluations.inference.backends.transformers_cache import BatchCache
from evaluations.inference.backends.transformers_groups import GroupedCache
from evaluations.inference.backends.transformers_loading import (
    LoadedModel,
    choose_device,
    choose_dtype,
    load_checked,
)
from evaluations.inference.backends.transformers_replies import (
    Sample,
    find_stop,
    reply,
    result_of,
    sample_of,
)
from evaluations.inference.backends.transformers_sampling import (
    draw,
    penalized,
    seed_tensor,
)
from evaluations.inference.backends.transformers_static import (
    StaticCache,
    StaticForward,
    check_static,
)
from evaluations.inference.engine import (
    EngineFatal,
    ModelSpec,
    Request,
    RequestRefused,
    Result,
    StopReason,
)

_CAPACITY = {"cpu": 48, "cuda": 64}
_CACHE_BYTES = {"cpu": 2 << 30, "cuda": 8 << 30}
# The memory of a CPU is everybody's.
_MANY_ROWS, _MANY_ROWS_CACHE_BYTES = 8, {"cpu": 120 << 20}
_DECODE_STEPS = 8
_PREFILL_TOKENS = 512
_KEPT_PREFILL_TOKENS = 512


@dataclass(kw_only=True)
class _Prefill:
    """A prompt as read by the model: what its rows start from."""

    layers: Sequence[Any]
    logits: Tensor


class TransformersEngine:
    _samples: dict[str, Sample]
    _waiting: deque[Sample]
    _rows: list[Sample]
    _logits: list[Tensor]
    _cache: BatchCache | GroupedCache | None
    _reading: DynamicCache | None
    _kept: dict[tuple[int, ...], _Prefill]

    def __init__(
        self,
        loaded: LoadedModel,
        *,
        capacity: int = 0,
        cache_bytes: int = 0,
        decode_steps: int = _DECODE_STEPS,
        prefill_tokens: int = _PREFILL_TOKENS,
        static_shapes: bool = False,
    ) -> None:
        """`capacity` 0 and `cache_bytes` 0 take the device's default.

        `cache_bytes` bounds the keys and values of the rows that run together: a request waits
        until what is written has room, one always runs. Where rows outgrow it, the one that wrote
        least waits again, and goes on from there. One `step` reads about `prefill_tokens` tokens,
        or writes at most `decode_steps` a row. With `static_shapes` blocks have few sizes, of
        which each is a graph on CUDA.
        """
        self.capacity = capacity or _CAPACITY.get(loaded.device.type, 32)
        kind = loaded.device.type
        few = cache_bytes or _CACHE_BYTES.get(kind, 2 << 30)
        self._cache_bytes = few, cache_bytes or _MANY_ROWS_CACHE_BYTES.get(kind, few)
        self._decode_steps, self._prefill_tokens = decode_steps, prefill_tokens
        self._made = StaticCache if static_shapes else loaded.cache
        self._forward = loaded.model
        if static_shapes:
            self._forward = StaticForward(loaded.model, records=kind == "cuda")
        self.loaded: LoadedModel | None = loaded
        self._environment = loaded.environment | {
            "engine_scheme": ENGINE_SCHEME,
            "seed_scheme": SEED_SCHEME,
            "sampling_order": SAMPLING_ORDER,
            "threads": torch.get_num_threads(),
        }
        if static_shapes:
            self._environment["static_shapes"] = True
        self.progress = 0
        self._failure = ""
        self._forget_all()

    @classmethod
    def load(
        cls,
        spec: ModelSpec,
        *,
        device: str = "auto",
        dtype: str = "auto",
        threads: int = 0,
        **options: Any,
    ) -> Self:
        """Load a model; the `options` are those of the constructor. 0 `threads` leaves it to torch.

        Raises ModelUnavailable, also when the model cannot be decoded in this engine's way.
        """
        if threads:
            torch.set_num_threads(threads)
        chosen = choose_device(device)
        loaded = load_checked(spec, device=chosen, dtype=choose_dtype(dtype, chosen))
        if options.get("static_shapes"):
            check_static(spec, loaded.model)
        memory.give_back()
        return cls(loaded, **options)

    @property
    def active(self) -> int:
        return len(self._samples)

    @property
    def environment(self) -> dict[str, Any]:
        """What every result's environment has in common."""
        return dict(self._environment)

    @property
    def tokens(self) -> int:
        return self.progress

    def submit(self, request: Request) -> None:
        loaded = self._alive()
        if request.id in self._samples:
            raise RequestRefused(f"A request with the id {request.id!r} is already active.")
        sample = sample_of(loaded, request)
        self._samples[request.id] = sample
        self._waiting.append(sample)

    def step(self) -> list[Result]:
        loaded = self._alive()
        if not self._samples:
            return []
        try:
            with torch.inference_mode():
                # Reading comes first: a full batch costs little more a token than a thin one.
                if self._next_fits():
                    return self._read(loaded)
                return self._write(loaded)
        except Exception as error:
            self._failure = f"{type(error).__name__}: {error}"
            self._forget_all()
            raise EngineFatal(f"The model failed while computing: {self._failure}") from error

    def cancel(self, ids: Collection[str]) -> list[Result]:
        if self._samples.keys() <= set(ids):
            # Dropping rows one after the other would copy what the others hold.
            self._forget_all()
        dropped = [self._samples.pop(id) for id in set(ids) if id in self._samples]
        for sample in dropped:
            if sample in self._rows:
                with torch.inference_mode():
                    self._drop_row(self._rows.index(sample))
            else:
                if self._waiting[0] is sample:
                    self._reading = None
                self._waiting.remove(sample)
        return []

    def partial(self, id: str) -> str:
        sample, loaded = self._samples.get(id), self.loaded
        if sample is None or loaded is None:
            return ""
        # A character may be spread over tokens of which some are still to come.
        return reply(loaded, sample, list(sample.tokens)).rstrip("\ufffd")

    def close(self) -> None:
        self._forget_all()
        self._failure = self._failure or "the engine was closed"
        self.loaded = self._forward = None
        memory.give_back()
        torch.cuda.empty_cache()  # does nothing where CUDA was not used

    def _alive(self) -> LoadedModel:
        if self._failure or self.loaded is None:
            raise EngineFatal(f"The engine has stopped: {self._failure}")
        return self.loaded

    def _forget_all(self) -> None:
        self._samples = {}
        self._waiting = deque()
        self._rows = []
        self._logits = []
        self._cache = self._reading = None
        self._kept = {}

    def _next_fits(self) -> bool:
        if not self._waiting or len(self._rows) >= self.capacity:
            return False
        if not self._rows:
            return True
        rows = (*self._rows, self._waiting[0])
        ahead = self._made.ahead
        return self._has_room([min(x.reserved, x.length + ahead) for x in rows])

    def _has_room(self, lengths: Sequence[int]) -> bool:
        assert self._cache is not None
        return self._cache.needs(lengths) <= self._bound(len(lengths))

    def _bound(self, rows: int) -> int:
        return self._cache_bytes[rows > _MANY_ROWS]

    def _read(self, loaded: LoadedModel) -> list[Result]:
        """Read waiting prompts until the budget of one step is spent; all that joins then draws."""
        budget = self._prefill_tokens
        while budget > 0 and self._next_fits():
            sample = self._waiting[0]
            sample.started = sample.started or time.monotonic()
            prefill, used = self._prefill(loaded, sample)
            budget -= used
            self.progress += used
            if prefill is not None:
                self._waiting.popleft()
                self._join(sample, prefill)
        return []

    def _prefill(self, loaded: LoadedModel, sample: Sample) -> tuple[_Prefill | None, int]:
        """Read a sample on, by one piece; samples of one prompt share the reading.

        Returns the reading, None while it is unfinished, and the number of tokens read.
        """
        prompt = sample.prompt + sample.tokens
        key = tuple(prompt)
        if key in self._kept:
            self._kept[key] = self._kept.pop(key)  # the newest
            return self._kept[key], 0
        if self._reading is None:
            self._reading = DynamicCache()
        done = self._reading.get_seq_length()
        # Cut at fixed places, so that the same prompt is always read in the same pieces.
        end = min(len(prompt), (done // self._prefill_tokens + 1) * self._prefill_tokens)
        output = loaded.model(
            torch.tensor([prompt[done:end]], device=loaded.device),
            position_ids=torch.arange(done, end, device=loaded.device)[None],
            past_key_values=self._reading,
            use_cache=True,
            logits_to_keep=1,
        )
        if end < len(prompt):
            return None, end - done
        prefill = _Prefill(layers=self._reading.layers, logits=output.logits[:, -1].float())
        self._reading = None
        if sample.tokens:  # nobody else goes on from there
            return prefill, end - done
        # What nobody waits for goes at once, and of the others what is asked for last.
        turns = {tuple(x.prompt): turn for turn, x in enumerate(reversed(self._waiting), 1)}
        self._kept = {prompt: kept for prompt, kept in self._kept.items() if prompt in turns}
        self._kept[key] = prefill
        while len(self._kept) > 1 and sum(map(len, self._kept)) > _KEPT_PREFILL_TOKENS:
            del self._kept[min(self._kept, key=lambda prompt: turns.get(prompt, 0))]
        return prefill, end - done

    def _join(self, sample: Sample, prefill: _Prefill) -> None:
        if self._cache is None:
            self._cache = self._made(prefill.layers, self._bound)
        row = self._cache.join(prefill.layers, sample.reserved)
        self._rows.insert(row, sample)
        self._logits.insert(row, prefill.logits[0])

    def _drop_row(self, row: int) -> None:
        """Another row takes the number of the dropped one, as in the cache."""
        assert self._cache is not None
        moved = self._cache.leave(row)
        for kept in (self._rows, self._logits):
            kept[row] = kept[moved]
            del kept[moved]
        self._cache = self._cache if self._rows else None

    def _put_back(self) -> None:
        """Have the row that wrote least wait again, before all others."""
        sample = min(reversed(self._rows), key=lambda each: len(each.tokens))
        self._waiting.appendleft(sample)
        self._drop_row(self._rows.index(sample))
        self._reading = None

    def _write(self, loaded: LoadedModel) -> list[Result]:
        """Draw and feed tokens until a row finishes or the steps of one call are done."""
        for _ in range(self._decode_steps):
            finished = self._draw(loaded)
            if self._rows:
                self._feed(loaded)
            if finished or not self._rows:
                return finished
        return []

    def _draw(self, loaded: LoadedModel) -> list[Result]:
        """Add the next token to every row; rows that end by it leave, and are returned."""
        logits = torch.stack(self._logits)
        device, requests = loaded.device, [sample.request for sample in self._rows]
        # Not-a-number and infinity pass through the maximum; a masked token is minus infinity.
        sound = torch.isfinite(logits.amax(dim=-1))
        logits = logits if bool(sound.all()) else logits.masked_fill(~sound[:, None], 0.0)
        drawn = self._drawn(logits, device)
        told = [row for row, request in enumerate(requests) if request.logprobs]
        likely = logits[told].log_softmax(dim=-1).gather(-1, drawn[told, None])[:, 0].tolist()
        ended: list[tuple[int, Result]] = []
        for row, (token, good) in enumerate(zip(drawn.tolist(), sound.tolist(), strict=True)):
            sample = self._rows[row]
            if not good:
                error = "The model's output holds values that are not numbers."
                ended.append((row, self._result(loaded, sample, "error", error)))
                continue
            sample.add(token)
            if row in told:
                sample.logprobs.append(likely[told.index(row)])
            self.progress += 1
            if token in loaded.stop_ids or find_stop(loaded, sample):
                ended.append((row, self._result(loaded, sample, "stop")))
            elif len(sample.tokens) == sample.limit:
                ended.append((row, self._result(loaded, sample, "length")))
        # From the last on, so that the rows still to be dropped keep their numbers.
        for row, result in reversed(ended):
            self._drop_row(row)
            del self._samples[result.id]
        return [result for _, result in ended]

    def _drawn(self, logits: Tensor, device: torch.device) -> Tensor:
        """The next token of every row, int64 of shape (rows,)."""
        settings = [sample.request.sampling for sample in self._rows]
        seen = [sample.look(logits.shape[-1], device) for sample in self._rows]

        def column(name: str) -> Tensor:
            return torch.tensor([getattr(each, name) for each in settings], device=device)

        return draw(
            penalized(logits, [each.repetition_penalty for each in settings], seen),
            temperature=column("temperature"),
            top_p=column("top_p"),
            top_k=column("top_k"),
            min_p=column("min_p"),
            seeds=seed_tensor([sample.request.seed for sample in self._rows], device),
            positions=torch.tensor([sample.length for sample in self._rows], device=device),
        )

    def _result(
        self, loaded: LoadedModel, sample: Sample, stop_reason: StopReason, error: str = ""
    ) -> Result:
        return result_of(loaded, sample, self._environment, stop_reason, error)

    def _feed(self, loaded: LoadedModel) -> None:
        """Run the model on every row's newest token."""
        while len(self._rows) > 1 and not self._has_room([x.length for x in self._rows]):
            self._put_back()
        cache = self._cache
        assert cache is not None
        cache.make_room()
        output = self._forward(
            **cache.inputs([sample.tokens[-1] for sample in self._rows]),
            past_key_values=cache,
            use_cache=True,
        )
        cache.advance()
        self._logits = list(output.logits[: cache.rows, -1].float())

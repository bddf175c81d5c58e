"""From a language model's record to an engine: in this process, or at a server."""

import os

from django.conf import settings

from evaluations.inference.backends.openai_capabilities import Capabilities
from evaluations.inference.backends.openai_requests import Endpoint
from evaluations.inference.engine import (
    Engine,
    ModelPaused,
    ModelSpec,
    ModelUnavailable,
    load_engine,
)
from evaluations.runs import models


def load(model: models.LanguageModel) -> Engine:
    """Load a language model's engine as its record says, on the configured device.

    Raises ModelUnavailable for an engine that is not registered: its import would run any code.
    Raises ModelPaused where this worker lacks the key of an endpoint.
    """
    if model.backend not in dict(models.backends()):
        raise ModelUnavailable(
            f"“{model.name}” names the engine {model.backend!r}, which this site does not know. "
            "Choose another in the administration, or name it in INFERENCE_BACKENDS."
        )
    options: dict[str, object] = {}
    if model.endpoint is not None:
        options["endpoint"] = asked_at(model.endpoint, model.path)
    if settings.INFERENCE_CAPACITY:
        options["capacity"] = settings.INFERENCE_CAPACITY
    if settings.INFERENCE_DEVICE:
        options["device"] = settings.INFERENCE_DEVICE
    if settings.INFERENCE_DTYPE:
        options["dtype"] = settings.INFERENCE_DTYPE
    spec = ModelSpec(
        name=model.name, path=model.path, revision=model.revision, gguf_file=model.gguf_file
    )
    return load_engine(model.backend, spec, **options)


def asked_at(endpoint: models.Endpoint, model: str) -> Endpoint:
    """An endpoint as engines take it for the model that it knows by a name.

    Its key comes from the environment of this process. Raises ModelPaused where that lacks it,
    or holds what cannot be sent, in words that do not name the variable: visitors read them.
    """
    key = os.environ.get(endpoint.key_variable, "").strip() if endpoint.key_variable else ""
    if endpoint.key_variable and not key:
        raise ModelPaused(f"The worker lacks the key of the endpoint “{endpoint.name}”.")
    if not (key.isascii() and key.isprintable()):
        raise ModelPaused(
            f"What the worker has for a key of the endpoint “{endpoint.name}” holds characters "
            "that no key has, such as a line break or a typographic quote."
        )
    return Endpoint(
        name=endpoint.slug,
        address=endpoint.address,
        dialect="responses" if endpoint.dialect == models.Dialect.RESPONSES else "chat",
        key=key,
        private=settings.INFERENCE_PRIVATE_ENDPOINTS,
        capabilities=Capabilities.of(endpoint.record_of(model)),
    )

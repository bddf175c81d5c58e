"""From a language model's record to an engine: in this process, or at a server."""

import os

from django.conf import settings

from evaluations.inference.backends import TRANSFORMERS
from evaluations.inference.backends.openai_capabilities import Capabilities
from evaluations.inference.backends.openai_requests import Endpoint
from evaluations.inference.engine import (
    Engine,
    ModelPaused,
    ModelSpec,
    ModelUnavailable,
    load_engine,
)
from evaluations.inference.templates import Template, refusal_of, template_of
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
    if settings.INFERENCE_THREADS and model.backend == TRANSFORMERS:
        options["threads"] = settings.INFERENCE_THREADS
    if settings.INFERENCE_STATIC_SHAPES and model.backend == TRANSFORMERS:
        options["static_shapes"] = True
    return load_engine(model.backend, spec_of(model), **options)


def spec_of(model: models.LanguageModel) -> ModelSpec:
    return ModelSpec(
        name=model.name, path=model.path, revision=model.revision, gguf_file=model.gguf_file
    )


def template_at_hand(model: models.LanguageModel) -> Template | None:
    """How this model's messages become text, read from its files; None where none are here."""
    return template_of(spec_of(model)) if model.backend == TRANSFORMERS else None


def why_not(model: models.LanguageModel, recipe: models.Recipe) -> str:
    """Why a model cannot be asked by a recipe, in words; empty where it can.

    Arguments are looked for in its chat template where that is at hand, else by the worker.
    """
    if why := model.refusal(recipe):
        return why
    template = template_at_hand(model) if recipe.template_arguments else None
    return refusal_of(template.source, recipe.template_arguments) if template else ""


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

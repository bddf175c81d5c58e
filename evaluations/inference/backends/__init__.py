"""Engines, named by dotted path and loaded on first use, so that importing this loads no torch."""

TRANSFORMERS = "evaluations.inference.backends.transformers.TransformersEngine"
OPENAI_COMPATIBLE = "evaluations.inference.backends.openai_compatible.OpenAICompatibleEngine"
BACKENDS = {
    TRANSFORMERS: "Transformers, in this worker",
    OPENAI_COMPATIBLE: "A server behind an endpoint",
}
"""The engines that a model may name, with words for each."""

"""Engines, named by dotted path and loaded on first use, so that importing this loads no torch."""

TRANSFORMERS = "evaluations.inference.backends.transformers.TransformersEngine"
BACKENDS = {TRANSFORMERS: "Transformers, in this worker"}
"""The engines that a model may name, with words for each."""

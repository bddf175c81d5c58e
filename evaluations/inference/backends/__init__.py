"""Engines, named by dotted path and loaded on first use, so that importing this loads no torch."""

from evaluations.inference.abilities import Abilities

TRANSFORMERS = "evaluations.inference.backends.transformers.TransformersEngine"
OPENAI_COMPATIBLE = "evaluations.inference.backends.openai_compatible.OpenAICompatibleEngine"
BACKENDS = {
    TRANSFORMERS: "Transformers, in this worker",
    OPENAI_COMPATIBLE: "A server behind an endpoint",
}
"""The engines that a model may name, with words for each."""
ABILITIES = {
    TRANSFORMERS: Abilities(
        can_prefill=True,
        can_edit_trace=True,
        can_seed=True,
        can_logprobs=True,
        can_narrow=True,
        can_penalize=True,
        can_stop=True,
        can_set_template=True,
    ),
    OPENAI_COMPATIBLE: Abilities(),
}
"""What each can do that not all can; an engine that is not named here can do none of it."""

"""Names of the ways in which tokens come about, known without loading any engine.

An output of one scheme is never taken for one of another.
"""

from evaluations.inference.backends import TRANSFORMERS

ENGINE_SCHEME = "left-padded-3"
"""Of the transformers engine: rises when its loop changes in a way that could change tokens."""
SEED_SCHEME = "gumbel-1"
"""How its noise comes from a seed (`transformers_sampling`): rises with what alters a token."""
SAMPLING_ORDER = "penalty, temperature, top-k, top-p, min-p: 1"
"""In which order settings act: those of the library's own `generate` and no other."""

PROMISED = {
    TRANSFORMERS: {
        "engine_scheme": ENGINE_SCHEME,
        "seed_scheme": SEED_SCHEME,
        "sampling_order": SAMPLING_ORDER,
    }
}
"""Engines that promise the same text for the same seed in any company, and by which schemes."""

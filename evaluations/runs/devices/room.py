"""Whether a worker's machine still has room for the model that writes on it."""

from evaluations.inference import memory
from evaluations.runs.models import LanguageModel

LEAST_FREE_BYTES = 128_000_000


def short_of_memory(model: LanguageModel) -> str:
    """Why a model has to go, for whoever waits for it; empty while there is room.

    One at an endpoint holds nothing here: without it as little would be free, and calls that
    are paid for would be cut.
    """
    free = memory.free_memory() if model.endpoint_id is None else None
    if free is None or free >= LEAST_FREE_BYTES:
        return ""
    return (
        f"The worker's machine has {memory.in_words(free)} of memory free, and "
        f"{memory.in_words(LEAST_FREE_BYTES)} must stay free; the model was unloaded."
    )

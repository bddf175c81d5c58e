"""What the seed of an output promises to who asks for the same again."""

from collections.abc import Iterable, Mapping
from typing import Any, Final

SAME: Final = "same in any company"
USUALLY: Final = "usually"
ASKED: Final = "asked for, not promised"
NOT_SENT: Final = "not sent"
NOT_RECORDED: Final = "not recorded"

MEANS: Final = {
    SAME: "the same tokens, whichever samples are written beside it, on the same machine and "
    "versions",
    USUALLY: "the same tokens but where two are nearly as likely: then the company decides",
    ASKED: "the server was given it, and makes of it what it will",
    NOT_SENT: "the server takes none",
    NOT_RECORDED: "an earlier release, or an import, did not say",
}


def promise_of(environment: Mapping[str, Any]) -> str:
    """What a seed promises under a recorded environment.

    Our own loop draws each sample's noise by itself; only the logits under it depend on the
    company, in their last bits: on a CPU in float32 that leaves the tokens the same.
    """
    if "not promised" in (said := str(environment.get("seed_promise", ""))):
        return ASKED
    if said == NOT_SENT:
        return NOT_SENT
    if environment.get("engine") != "transformers":
        return said if said in MEANS else NOT_RECORDED
    exact = environment.get("dtype") == "float32" and environment.get("device") == "cpu"
    return SAME if exact else USUALLY


def promises_under(environments: Iterable[Any]) -> list[tuple[str, str]]:
    """Each promise that is made under some of these, with what it means."""
    found = {promise_of(data if isinstance(data, dict) else {}) for data in environments}
    return [(promise, means) for promise, means in MEANS.items() if promise in found]

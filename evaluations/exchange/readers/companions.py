"""What the file that belongs to another is called, as their tool names the two. Pure."""

import re

_RESULTS = re.compile(r"samples_.*_(?P<when>[^_]+)\.jsonl\Z")


def companion_name(format: str, name: str) -> str:
    """The name of a file's companion, beside which it lies; empty where the names tell nothing.

    Batches have no names of their own: `…output…` and `…input…` are what people call the two.
    """
    if format == "lm-eval" and (found := _RESULTS.match(name)):
        return f"results_{found['when']}.json"
    if format == "eee" and name.endswith("_samples.jsonl"):
        return f"{name.removesuffix('_samples.jsonl')}.json"
    if format == "chat" and "output" in name:
        before, _, after = name.rpartition("output")
        return f"{before}input{after}"
    return ""

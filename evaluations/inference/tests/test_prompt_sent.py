"""The prompt that a record keeps is the one that the model read."""

import hashlib
from collections.abc import Callable

from evaluations.inference.backends.transformers import TransformersEngine
from evaluations.inference.tests.conftest import ask, run


def test_the_text_that_is_kept_has_the_tokens_that_were_read(
    load: Callable[..., TransformersEngine],
) -> None:
    engine = load(capacity=2)
    asked = [ask("1", "How many are left?", max_new_tokens=3), ask("2", "é 🙂", max_new_tokens=3)]
    loaded = engine.loaded
    assert loaded is not None
    results = run(engine, asked)
    for request in asked:
        result = results[request.id]
        assert request.messages[-1].content in result.prompt_text
        tokens = loaded.tokenizer(result.prompt_text, add_special_tokens=False)["input_ids"]
        assert len(tokens) == result.tokens_in
        digest = hashlib.sha256(" ".join(map(str, tokens)).encode()).hexdigest()
        assert result.environment["prompt_tokens_sha256"] == digest

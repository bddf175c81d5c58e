"""A good line of each format, to begin tests with or to be spoiled."""

from typing import Any

from evaluations.exchange.readers.tests.logs import sample

ROW = {"prompt": "What is 2 + 2?", "model": "brot-7b", "output": "4"}


def lines_by_format() -> dict[str, list[dict[str, Any]]]:
    """One or two lines of each format; of Inspect a sample of a log in JSON."""
    told = {"role": "assistant", "content": "4", "reasoning": "Two and two."}
    asked = [{"role": "user", "content": "What is 2 + 2?"}]
    talk = [*asked, told]
    return {
        "own-jsonl": [ROW | {"sample": 1, "seed": 2, "reasoning": "a", "settings": {"a": 1}}],
        "lm-eval": [
            {
                "doc_id": 0,
                "target": "4",
                "arguments": {"gen_args_0": {"arg_0": "What?", "arg_1": {"temperature": 1}}},
                "resps": [["4", "5"]],
                "filter": "none",
                "metrics": ["acc"],
                "acc": 1.0,
            }
        ],
        "eee": [
            {
                "evaluation_id": "e",
                "model_id": "m",
                "evaluation_name": "n",
                "evaluation_result_id": "r",
                "sample_id": "s",
                "interaction_type": "single_turn",
                "input": {"raw": "What?", "reference": ["4"]},
                "output": {"raw": ["4"], "reasoning_trace": ["a"]},
                "token_usage": {"reasoning_tokens": 5},
                "evaluation": {"score": 1},
            }
        ],
        "chat": [
            {
                "request": {"messages": asked, "model": "m", "seed": 1, "options": {"seed": 1}},
                "response": {
                    "choices": [{"message": told, "finish_reason": "stop"}],
                    "usage": {"prompt_tokens": 1, "completion_tokens_details": {}},
                },
            },
            {"messages": talk, "model": "m"},
        ],
        "arena": [
            {
                "winner": "tie",
                "model_a": "a",
                "model_b": "b",
                "conversation_a": talk,
                "conversation_b": talk,
                "conv_metadata": {"sum_assistant_a_tokens": 1},
            },
            {
                "type": "leftvote",
                "models": ["a", "b"],
                "states": [{"messages": [["U", "What?"], ["A", "4"]], "model_name": "a"}] * 2,
            },
        ],
        "prm800k": [
            {
                "labeler": "a",
                "question": {"problem": "What?", "ground_truth_answer": "4"},
                "label": {
                    "steps": [{"completions": [{"text": "4", "rating": 1}], "chosen_completion": 0}]
                },
            }
        ],
        "bigbench-mistake": [
            {
                "input": "What?",
                "steps": ["a", "b"],
                "answer": "4",
                "target": "4",
                "mistake_index": 1,
            }
        ],
        "inspect": [
            sample([{"type": "reasoning", "reasoning": "a"}, {"type": "text", "text": "4"}])
        ],
    }

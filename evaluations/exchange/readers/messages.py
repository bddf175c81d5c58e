"""Conversations in the form of chat APIs, which here have one question and one reply. Pure."""

from typing import Any

from evaluations.exchange.readers.checks import Unfit, text_of

TURNS = "It has more than one turn."
TOOLS = "It calls tools."
_SYSTEM = ("system", "developer")
_TEXTS = ("text", "input_text", "output_text")
_CALLS = ("tool_use", "tool_call", "tool_result", "server_tool_use")
_SEEN = {
    "image": "an image",
    "image_url": "an image",
    "input_image": "an image",
    "audio": "a sound",
    "input_audio": "a sound",
    "video": "a video",
    "document": "a document",
    "file": "a file",
    "input_file": "a file",
}


def words_in(content: Any, name: str) -> str:
    """The text of a message's content, which may come in parts.

    Raises Unfit where there is anything but text: no address is ever followed.
    """
    if not isinstance(content, list):
        return text_of(content, name)
    texts = []
    for part in content:
        if isinstance(part, str):
            texts.append(text_of(part, name))
            continue
        kind = part.get("type") if isinstance(part, dict) else None
        if kind in _TEXTS:
            texts.append(text_of(part.get("text"), name))
        elif kind in _CALLS:
            raise Unfit(TOOLS)
        elif isinstance(kind, str) and kind in _SEEN:
            raise Unfit(f"“{name}” holds {_SEEN[kind]}, and only text can be judged here.")
        else:
            raise Unfit(f"“{name}” has a part that is not text.")
    return "\n".join(texts)


def question_in(messages: Any) -> tuple[str, str]:
    """The system message, empty where there is none, and what the user asked.

    Raises Unfit unless there is one message of the user, with none of the model before it.
    """
    if not isinstance(messages, list) or not messages:
        raise Unfit("It has no prompt: “messages” is missing.")
    system: list[str] = []
    asked: list[str] = []
    for message in messages:
        role = message.get("role") if isinstance(message, dict) else None
        if role in _SYSTEM and not asked:
            system.append(words_in(message.get("content"), "system message"))
        elif role == "user":
            asked.append(words_in(message.get("content"), "prompt"))
        elif role in ("tool", "function") or (role == "assistant" and has_tools(message)):
            raise Unfit(TOOLS)
        else:
            raise Unfit(TURNS)
    if not asked:
        raise Unfit("It has no prompt: no message is the user's.")
    if len(asked) > 1:
        raise Unfit(TURNS)
    if not asked[0].strip():
        raise Unfit("“prompt” is empty.")
    return "\n\n".join(system), asked[0]


def has_tools(message: dict[str, Any]) -> bool:
    """Whether a message of the model calls tools."""
    return bool(message.get("tool_calls") or message.get("function_call"))

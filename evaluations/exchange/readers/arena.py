"""Arena battles: two replies to one prompt, and which of them somebody preferred. Pure.

Of a battle come two records and a vote. The vote answers another question than this site asks, so
it stands for itself. Chatbot Arena's sets have `winner` and conversations; a log of FastChat has
`type` and `states`, and the address from which somebody voted, which is never looked at.
"""

from collections.abc import Iterator, Mapping
from typing import Any, BinaryIO, NamedTuple

from evaluations.exchange.readers.checks import (
    Unfit,
    list_of,
    mapping_of,
    name_of,
    said_count,
    said_text,
    text_of,
    text_or_none,
    written,
)
from evaluations.exchange.readers.lines import objects_of
from evaluations.exchange.readers.messages import TURNS, question_in, words_in
from evaluations.exchange.readers.records import (
    Origin,
    Read,
    Record,
    Refused,
    Side,
    Skipped,
    Vote,
)
from evaluations.exchange.readers.replies import reply_of
from evaluations.exchange.readers.samples import Samples, digest

FORMAT = "arena"
_WINNERS: Mapping[str, Side] = {
    "model_a": "left",
    "model_b": "right",
    "tie": "same",
    "both_bad": "neither",
    "tie (bothbad)": "neither",
}
_VOTES: Mapping[str, Side] = {
    "leftvote": "left",
    "rightvote": "right",
    "tievote": "same",
    "bothbad_vote": "neither",
}


class _Conversation(NamedTuple):
    model: str
    system: str
    prompt: str
    said: str


class _Battle(NamedTuple):
    left: _Conversation
    right: _Conversation
    side: Side
    tokens: tuple[int | None, int | None]


def read_arena(
    file: BinaryIO, *, companion: BinaryIO | None = None, name: str = ""
) -> Iterator[Read]:
    """Two records and a vote a line. The same two replies may be voted about several times."""
    samples = Samples()
    for found in objects_of(file):
        if isinstance(found, Refused):
            yield found
            continue
        line, row = found
        try:
            battle = _battle_in(row)
            if isinstance(battle, str):
                yield Skipped(line, battle)
                continue
            if battle.left.prompt != battle.right.prompt:
                raise Unfit("The two replies answer different prompts.")
            left = _record_of(battle.left, line, samples, battle.tokens[0])
            right = _record_of(battle.right, line, samples, battle.tokens[1])
        except Unfit as error:
            yield Refused(line, str(error))
            continue
        yield left
        yield right
        yield Vote(line=line, left=left.origin, right=right.origin, side=battle.side)


def _record_of(told: _Conversation, line: int, samples: Samples, tokens: int | None) -> Record:
    asked = (told.system, told.prompt, told.model)
    sample = samples.numbered(asked, told.said, line)
    return Record(
        line=line,
        prompt=told.prompt,
        system=told.system,
        model=told.model,
        **reply_of(told.said)._asdict(),
        origin=Origin(format=FORMAT, sample=digest(*asked, told.said)),
        sample=sample,
        tokens_out=tokens,
    )


def _battle_in(row: Mapping[str, Any]) -> _Battle | str:
    """A battle, or why the format itself counts it as none."""
    if "winner" not in row:
        return _logged(row)
    order = said_count(row.get("evaluation_order")) or 0
    if order > 1:
        return f"A later vote of the same session: “evaluation_order” is {order}."
    side = _WINNERS.get(said_text(row["winner"]))
    if side is None:
        raise Unfit(f"“winner” is none of {', '.join(_WINNERS)}.")
    counts = mapping_of(row.get("conv_metadata"))
    return _Battle(
        _conversation(row.get("model_a"), row.get("conversation_a")),
        _conversation(row.get("model_b"), row.get("conversation_b")),
        side,
        (
            said_count(counts.get("sum_assistant_a_tokens")),
            said_count(counts.get("sum_assistant_b_tokens")),
        ),
    )


def _conversation(model: object, value: object) -> _Conversation:
    messages = list_of(value)
    last = mapping_of(messages[-1]) if messages else {}
    if last.get("role") != "assistant":
        raise Unfit("A conversation does not end with a model's reply.")
    system, prompt = question_in(messages[:-1])
    said = words_in(last.get("content"), "reply")
    return _Conversation(name_of(model, "model"), system, prompt, said)


def _logged(row: Mapping[str, Any]) -> _Battle | str:
    """A line of FastChat's log. The models of an anonymous battle are named in its states."""
    kind = said_text(row.get("type"))
    side = _VOTES.get(kind)
    if not kind:
        raise Unfit("It is no battle: it has neither “winner” nor “type”.")
    if side is None:
        return f"No vote: “type” is {kind}."
    states = list_of(row.get("states"))
    if len(states) != 2:
        raise Unfit("“states” does not hold two conversations.")
    named = [*list_of(row.get("models")), "", ""]
    left, right = (
        _state(mapping_of(state), model) for state, model in zip(states, named[:2], strict=True)
    )
    return _Battle(left, right, side, (None, None))


def _state(state: Mapping[str, Any], named: object) -> _Conversation:
    offset = said_count(state.get("offset")) or 0
    turns = [list_of(turn) for turn in list_of(state.get("messages"))]
    if offset or len(turns) > 2:
        raise Unfit(TURNS)
    if len(turns) < 2 or any(len(turn) != 2 for turn in turns):
        raise Unfit("A conversation is not a question and a reply.")
    return _Conversation(
        name_of(named or state.get("model_name"), "model"),
        text_or_none(state.get("system_message"), "system_message"),
        written(turns[0][1], "prompt"),
        text_of(turns[1][1], "reply"),
    )

"""A simulated world: do the moves that the answer lists reach the goal?

Moves are read in order from all lines of the answer ("A -> C", "move disk 1 from A to C", "put
red on blue", "red to the table"); each must be allowed where it comes. Any way to the goal is
right, so the reference is only one of them. With `shortest` it may not take more moves than the
reference does.
"""

import re
from collections.abc import Callable
from typing import Any, Final, NamedTuple

from evaluations.grading.grade import BadParameters, Grade, UnusableReference, right, wrong
from evaluations.grading.parameters import Parameter, Parameters
from evaluations.grading.statement import Statement, undecorated

VERSION: Final = 1
MOST_MOVES: Final = 2_000
MOST_DISKS: Final = 10
MOST_BLOCKS: Final = 26
TABLE: Final = "table"
PARAMETERS: Final = (
    Parameter("world", "choice", "what is moved", choices=("hanoi", "blocks"), required=True),
    Parameter("disks", "whole", "hanoi: how many there are, all on the first peg", 3),
    Parameter("pegs", "text", "hanoi: their names; the disks must go to the last", "A B C"),
    Parameter("start", "list", "blocks: stacks, each from the table up", [["A"]]),
    Parameter("goal", "list", "blocks: the stacks there must be in the end", [["A"]]),
    Parameter("shortest", "flag", "whether more moves than the reference's are wrong", False),
)
Move = tuple[str, str]
Stacks = dict[str, list[Any]]


class World(NamedTuple):
    """`moves` reads them, `start` is a state, `move` changes it or says why not."""

    moves: Callable[[str], list[Move]]
    start: Callable[[], Stacks]
    move: Callable[[Stacks, str, str], str]
    is_reached: Callable[[Stacks], bool]


def check_reference(reference: str, parameters: Parameters) -> None:
    """Raise UnusableReference for moves that do not reach the goal."""
    world = _world(parameters)
    if why := _fault(world, world.moves(undecorated(reference))):
        raise UnusableReference(f"the reference does not reach the goal: {why}")


def grade(stated: Statement, reference: str, parameters: Parameters) -> Grade:
    """1 if the moves reach the goal, else 0."""
    world = _world(parameters)
    moves = world.moves(undecorated(stated.text))
    shown = ", ".join(f"{one} to {other}" for one, other in moves)[:200]
    if why := _fault(world, moves):
        return wrong(shown, why)
    most = len(world.moves(undecorated(reference)))
    if parameters["shortest"] and len(moves) > most:
        return wrong(shown, f"{len(moves)} moves, where {most} are enough")
    return right(shown, f"reaches the goal in {len(moves)} moves")


def _fault(world: World, moves: list[Move]) -> str:
    """Why moves do not reach the goal; empty where they do."""
    if not moves:
        return "it lists no move"
    if len(moves) > MOST_MOVES:
        return f"it lists more than {MOST_MOVES:,} moves"
    state = world.start()
    for number, (one, other) in enumerate(moves, start=1):
        if why := world.move(state, one, other):
            return f"move {number}, {one} to {other}: {why}"
    return "" if world.is_reached(state) else "the goal is not reached"


def _world(parameters: Parameters) -> World:
    return _hanoi(parameters) if parameters["world"] == "hanoi" else _blocks(parameters)


def _hanoi(told: Parameters) -> World:
    pegs, disks = told["pegs"].split(), told["disks"]
    if len(set(pegs)) != len(pegs) or len(pegs) < 3:
        raise BadParameters("'pegs' must be three different names or more")
    if not 1 <= disks <= MOST_DISKS:
        raise BadParameters(f"'disks' must be from 1 to {MOST_DISKS}")
    name = "|".join(map(re.escape, sorted(pegs, key=len, reverse=True)))
    written = re.compile(
        rf"(?<!\w)({name})(?!\w)\W{{0,3}}(?:->|→|=>|>|-|–|,|\bto\b|\bonto\b)\W{{0,3}}"
        rf"(?:(?:the|peg|rod|pole|tower)\s){{0,2}}({name})(?!\w)"
    )

    def move(state: Stacks, one: str, other: str) -> str:
        if not state[one]:
            return f"there is no disk on {one}"
        if state[other] and state[other][-1] < state[one][-1]:
            return "a larger disk cannot lie on a smaller one"
        state[other].append(state[one].pop())
        return ""

    return World(
        moves=written.findall,
        start=lambda: {peg: list(range(disks, 0, -1)) if peg == pegs[0] else [] for peg in pegs},
        move=move,
        is_reached=lambda state: len(state[pegs[-1]]) == disks,
    )


def _blocks(told: Parameters) -> World:
    start, goal = (_stacks(told[name], name) for name in ("start", "goal"))
    names = {block.casefold(): block for stack in start for block in stack}
    if not {block for stack in goal for block in stack} <= set(names.values()):
        raise BadParameters("'goal' names a block that 'start' does not")
    name = "|".join(map(re.escape, sorted(names.values(), key=len, reverse=True)))
    written = re.compile(
        rf"(?<!\w)({name})(?!\w)(?:\sblock)?"
        rf"(?:\s(?:off|from)\s(?:the\s)?(?:block\s)?(?:{name}|{TABLE})(?!\w)(?:\sblock)?)?,?\s{{0,2}}"
        rf"(?:->|→|=>|(?:(?:and|then)\s)?(?:(?:goes|put|place|stack)\s(?:it\s)?)?"
        rf"(?:on\stop\sof|onto|on|to))"
        rf"\s{{0,2}}(?:the\s)?(?:block\s)?({name}|{TABLE})(?!\w)",
        re.IGNORECASE,
    )

    def moves(text: str) -> list[Move]:
        found = written.findall(text)
        return [(names[one.casefold()], names.get(other.casefold(), TABLE)) for one, other in found]

    def move(state: Stacks, one: str, other: str) -> str:
        stacks = state["stacks"]
        source = next(stack for stack in stacks if one in stack)
        if source[-1] != one:
            return f"{source[-1]} lies on top"
        target = next((stack for stack in stacks if other in stack), None)
        if target is not None and (target is source or target[-1] != other):
            return f"nothing can be put on {other}"
        source.pop()
        if target is None:
            stacks.append([one])
        else:
            target.append(one)
        state["stacks"] = [stack for stack in stacks if stack]
        return ""

    return World(
        moves=moves,
        start=lambda: {"stacks": [list(stack) for stack in start]},
        move=move,
        is_reached=lambda state: all(stack in state["stacks"] for stack in goal),
    )


def _stacks(given: list[Any], name: str) -> list[list[str]]:
    """Stacks of blocks with different names; raises BadParameters for anything else."""
    blocks = [block for stack in given if isinstance(stack, list) for block in stack]
    well_named = all(isinstance(block, str) and 0 < len(block) <= 20 for block in blocks)
    if not all(isinstance(stack, list) and stack for stack in given) or not well_named:
        raise BadParameters(f"{name!r} must be lists of the names of blocks")
    folded = {block.casefold() for block in blocks}
    if len(folded) < len(blocks) or TABLE in folded or len(blocks) > MOST_BLOCKS:
        raise BadParameters(
            f"{name!r} must name at most {MOST_BLOCKS} blocks, each once, and none '{TABLE}'"
        )
    return given

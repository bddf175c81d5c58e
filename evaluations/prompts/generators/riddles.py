"""Twenty riddles, each with the numbers it can have and with both of its answers."""

import math
from collections.abc import Callable
from fractions import Fraction
from typing import Final, NamedTuple

from evaluations.prompts.generators.draw import Draw

Number = int | Fraction


class Riddle(NamedTuple):
    """A riddle and its altered twin: texts, the numbers of both, and what is right for each."""

    name: str
    text: str
    altered: str
    numbers: Callable[[Draw], dict[str, int]]
    answer: Callable[..., Number]
    altered_answer: Callable[..., Number]


def between(**bounds: tuple[int, int]) -> Callable[[Draw], dict[str, int]]:
    """Numbers that are each drawn between two bounds."""
    return lambda draw: {name: draw.between(*ends) for name, ends in bounds.items()}


def well(draw: Draw) -> dict[str, int]:
    slips = draw.between(1, 3)
    climbs = slips + draw.between(1, 3)
    return {"deep": climbs + draw.between(4, 20), "climbs": climbs, "slips": slips}


def fence(draw: Draw) -> dict[str, int]:
    gap = draw.between(2, 9)
    return {"long": gap * draw.between(5, 20), "gap": gap}


def ladder(draw: Draw) -> dict[str, int]:
    gap = draw.between(20, 30)
    return {"gap": gap, "under": draw.between(2, 6), "rise": gap * draw.between(2, 5)}


def cyclists(draw: Draw) -> dict[str, int]:
    speed, hours = 2 * draw.between(3, 9), draw.between(1, 4)
    return {"far": 2 * speed * hours, "speed": speed, "fly": 3 * speed}


def ages(draw: Draw) -> dict[str, int]:
    then = 2 * draw.between(2, 6)
    return {"then": then, "now": then + draw.between(20, 50)}


def bridge(draw: Draw) -> dict[str, int]:
    first, second = draw.between(1, 3), draw.between(4, 5)
    third = draw.between(6, 9)
    return {"one": first, "two": second, "three": third, "four": third + draw.between(1, 6)}


def slowest_pairs(one: int, two: int, three: int, four: int) -> int:
    """The quickest goes to and fro with each, or the two slowest cross together."""
    return min(two + one + three + one + four, two + one + four + two + two)


def nines(digit: int, last: int) -> int:
    """How often a digit other than 0 is written from 1 to *last*: column by column."""
    count, column = 0, 1
    while column <= last:
        above, rest = divmod(last, 10 * column)
        count += above * column + min(max(rest - digit * column + 1, 0), column)
        column *= 10
    return count


def with_digit(digit: int, last: int) -> int:
    """How many of the numbers from 1 to *last* have the digit: all less those without it."""
    without, digits = 0, [int(sign) for sign in str(last)]
    for place, sign in enumerate(digits):
        lower = sign - (1 if digit < sign else 0)
        without += lower * int(9 ** (len(digits) - place - 1))
        if sign == digit:
            return last - (without - 1)
    return last - without


RIDDLES: Final[tuple[Riddle, ...]] = (
    Riddle(
        "Water lilies",
        "Water lilies on a pond double the area that they cover every day. After {days} days "
        "they cover the whole pond. After how many days did they cover half of it?",
        "Water lilies on a pond, none at first, cover the same area more every day. After {days} "
        "days they cover the whole pond. After how many days did they cover half of it?",
        lambda draw: {"days": 2 * draw.between(6, 30)},
        lambda days: days - 1,
        lambda days: days // 2,
    ),
    Riddle(
        "Looms and ribbons",
        "{few} looms take {few} minutes to weave {few} ribbons. How many minutes do {many} looms "
        "take to weave {many} ribbons?",
        "{few} looms take {few} minutes to weave {few} ribbons. How many minutes does one loom "
        "take to weave {many} ribbons?",
        between(few=(3, 9), many=(20, 99)),
        lambda few, many: few,
        lambda few, many: few * many,
    ),
    Riddle(
        "The snail in the well",
        "A snail sits at the bottom of a well {deep} metres deep. Every day it climbs {climbs} "
        "metres, and every night it slips back {slips} metres. On which day does it reach the top?",
        "A snail sits at the bottom of a well {deep} metres deep. Every day it climbs {climbs} "
        "metres, and every night it sleeps {slips} hours in its place. On which day does it reach "
        "the top?",
        well,
        lambda deep, climbs, slips: math.ceil(Fraction(deep - climbs, climbs - slips)) + 1,
        lambda deep, climbs, slips: math.ceil(Fraction(deep, climbs)),
    ),
    Riddle(
        "Socks in the dark",
        "In a drawer lie {red} red and {blue} blue socks, all mixed up. How many must you take in "
        "the dark, at least, to be sure of two of the same colour?",
        "In a drawer lie {red} red and {blue} blue socks, all mixed up. How many must you take in "
        "the dark, at least, to be sure of two of different colours?",
        between(red=(5, 15), blue=(5, 15)),
        lambda red, blue: 3,
        lambda red, blue: max(red, blue) + 1,
    ),
    Riddle(
        "The striking clock",
        "A clock strikes {strokes} times, and a stroke begins {gap} seconds after the one before. "
        "How many seconds pass from the beginning of the first stroke to the beginning of the "
        "last?",
        "A clock strikes {strokes} times, and a stroke with the pause behind it takes {gap} "
        "seconds. How many seconds pass from the beginning of the first stroke to the end of the "
        "last pause?",
        between(strokes=(5, 12), gap=(2, 6)),
        lambda strokes, gap: (strokes - 1) * gap,
        lambda strokes, gap: strokes * gap,
    ),
    Riddle(
        "Sawing wood",
        "A straight beam is sawn into {pieces} pieces, one cut after the other. Each cut takes "
        "{minutes} minutes. How many minutes does the sawing take?",
        "A closed wooden ring is sawn into {pieces} pieces, one cut after the other. Each cut "
        "takes {minutes} minutes. How many minutes does the sawing take?",
        between(pieces=(4, 12), minutes=(2, 9)),
        lambda pieces, minutes: (pieces - 1) * minutes,
        lambda pieces, minutes: pieces * minutes,
    ),
    Riddle(
        "Posts along a path",
        "Along a straight path of {long} metres stands a post every {gap} metres, with one at "
        "either end. How many posts are there?",
        "Along a path of {long} metres that leads once round a pond stands a post every {gap} "
        "metres. How many posts are there?",
        fence,
        lambda long, gap: long // gap + 1,
        lambda long, gap: long // gap,
    ),
    Riddle(
        "Shaking hands",
        "{people} people meet at the house of one of them, and each of them shakes hands once "
        "with each of the others. How many handshakes are there?",
        "{people} people meet at the house of one of them, and each of the others shakes hands "
        "once with the host alone. How many handshakes are there?",
        between(people=(4, 15)),
        lambda people: people * (people - 1) // 2,
        lambda people: people - 1,
    ),
    Riddle(
        "Sisters and brothers",
        "A family has {girls} daughters, and each of them has exactly one brother. How many "
        "children does the family have?",
        "{girls} girls come from {girls} families, and each of them has exactly one brother. How "
        "many children are that, brothers and all?",
        between(girls=(3, 12)),
        lambda girls: girls + 1,
        lambda girls: 2 * girls,
    ),
    Riddle(
        "Candles in the wind",
        "{all} candles are burning. A gust blows out {out} of them, and nobody lights them again. "
        "How many candles are left when the others have burnt down?",
        "{all} candles are burning. A gust blows out {out} of them, and nobody lights them again. "
        "How many candles are still burning right after the gust?",
        between(all=(8, 20), out=(2, 7)),
        lambda all, out: out,
        lambda all, out: all - out,
    ),
    Riddle(
        "Taking pears",
        "On a table lie {all} pears. You come with empty hands and take {some} of them. How many "
        "pears do you have then?",
        "On a table lie {all} pears. You come with empty hands and take {some} of them. How many "
        "pears lie on the table then?",
        between(all=(7, 20), some=(2, 6)),
        lambda all, some: some,
        lambda all, some: all - some,
    ),
    Riddle(
        "Overtaking",
        "In a race you overtake the runner in place {place}, and nobody else. In which place are "
        "you then?",
        "In a race you overtake the runner in place {place}, and then the next one too. In which "
        "place are you then?",
        between(place=(3, 12)),
        lambda place: place,
        lambda place: place - 1,
    ),
    Riddle(
        "The ladder and the tide",
        "A ladder hangs down from the deck of a floating ship. Its rungs are {gap} centimetres "
        "apart, and {under} of them are under water. The tide rises by {rise} centimetres. How "
        "many rungs are under water then?",
        "A long ladder is fixed to the wall of a harbour. Its rungs are {gap} centimetres apart, "
        "and {under} of them are under water. The tide rises by {rise} centimetres. How many "
        "rungs are under water then?",
        ladder,
        lambda gap, under, rise: under,
        lambda gap, under, rise: under + rise // gap,
    ),
    Riddle(
        "Boiling eggs",
        "One egg takes {minutes} minutes to boil. How many minutes do {eggs} eggs take that boil "
        "in one pot, all at once?",
        "One egg takes {minutes} minutes to boil. How many minutes do {eggs} eggs take that boil "
        "in one pot, one by one?",
        between(minutes=(4, 9), eggs=(3, 12)),
        lambda minutes, eggs: minutes,
        lambda minutes, eggs: minutes * eggs,
    ),
    Riddle(
        "Pills",
        "You are to take {pills} pills, one every {minutes} minutes, and you take the first right "
        "now. In how many minutes do you take the last?",
        "You are to take {pills} pills, one every {minutes} minutes, and you take the first in "
        "{minutes} minutes. In how many minutes do you take the last?",
        between(pills=(3, 9), minutes=(10, 40)),
        lambda pills, minutes: (pills - 1) * minutes,
        lambda pills, minutes: pills * minutes,
    ),
    Riddle(
        "The fly between cyclists",
        "Two cyclists, {far} kilometres apart, ride towards each other at {speed} kilometres an "
        "hour each. A fly starts with one of them and flies at {fly} kilometres an hour to the "
        "other, back, and so on until they meet. How many kilometres does it fly?",
        "Two cyclists, {far} kilometres apart, ride towards each other at {speed} kilometres an "
        "hour each. A fly starts with one of them and flies at {fly} kilometres an hour to the "
        "other, where it sits down until they meet. How many kilometres does it fly?",
        cyclists,
        lambda far, speed, fly: Fraction(far * fly, 2 * speed),
        lambda far, speed, fly: Fraction(far * fly, speed + fly),
    ),
    Riddle(
        "The younger sister",
        "When a boy was {then} years old, his sister was half his age. Now he is {now} years old. "
        "How old is his sister?",
        "When a boy was {then} years old, his sister was just born. Now he is {now} years old. "
        "How old is his sister?",
        ages,
        lambda then, now: now - then // 2,
        lambda then, now: now - then,
    ),
    Riddle(
        "The bridge at night",
        "Four people with one torch are to cross a bridge at night. Nobody walks without the "
        "torch, the bridge bears two at a time, and two together walk as fast as the slower one. "
        "Alone they take {one}, {two}, {three} and {four} minutes. How many minutes does it take "
        "at least until all are across?",
        "Four people with a torch each are to cross a bridge at night. Nobody walks without a "
        "torch, the bridge bears all at a time, and all together walk as fast as the slowest one. "
        "Alone they take {one}, {two}, {three} and {four} minutes. How many minutes does it take "
        "at least until all are across?",
        bridge,
        slowest_pairs,
        lambda one, two, three, four: four,
    ),
    Riddle(
        "Counting a digit",
        "The numbers from 1 to {last} are written down. How many times is the digit {digit} "
        "written?",
        "The numbers from 1 to {last} are written down. How many of the numbers have the digit "
        "{digit} in them?",
        between(digit=(1, 9), last=(100, 300)),
        nines,
        with_digit,
    ),
    Riddle(
        "A hen and a half",
        "A hen and a half lays an egg and a half in a day and a half. How many eggs do {hens} "
        "such hens lay in {days} days?",
        "Each hen of a flock lays one egg a day, day after day. How many eggs do {hens} such hens "
        "lay in {days} days?",
        lambda draw: {"hens": 3 * draw.between(2, 5), "days": draw.between(4, 12)},
        lambda hens, days: Fraction(2 * hens * days, 3),
        lambda hens, days: hens * days,
    ),
)

"""Templates of story sums: what happens, a clause that changes nothing, and names for things.

`{name}` is a person, `{a}`, `{b}`, `{c}` and `{d}` are numbers, of which `{d}` has one digit; the
other slots are those of the story's bank. `sum` says what is done with the numbers, from left to
right. The clause stands between the two parts: `{some}` is a number or the word "some".
"""

from typing import Final, NamedTuple


class Story(NamedTuple):
    first: str
    second: str
    clause: str
    sum: str
    slots: tuple[str, ...]
    bank: tuple[tuple[str, ...], ...]


NAMES: Final = ("Anna", "Boris", "Clara", "David", "Elena", "Felix", "Greta", "Henry", "Irene",
                "Jonas", "Karin", "Lucas", "Maria", "Oscar", "Paula", "Ralph")  # fmt: skip

STORIES: Final[tuple[Story, ...]] = (
    Story(
        "{name} keeps {a} {things} in a tin and is given {b} more.",
        "Then {name} gives {c} {things} to a neighbour. How many {things} are left?",
        "Of these, {some} are a little older than the others.",
        "a+b-c", ("things",), (("marbles",), ("buttons",), ("shells",)),
    ),
    Story(
        "A shop sells {a} {things} on Friday and {b} on Saturday.",
        "On Sunday it sells {c}. How many {things} does it sell on the three days?",
        "Of those sold on Saturday, {some} are smaller than usual.",
        "a+b+c", ("things",), (("melons",), ("lanterns",), ("kettles",)),
    ),
    Story(
        "{name} bakes {a} {things}. For the school, {b} are set aside.",
        "To the fair go {c}. How many {things} are left?",
        "In the oven, {some} came out a bit darker than the rest.",
        "a-b-c", ("things",), (("muffins",), ("scones",), ("rolls",)),
    ),
    Story(
        "A {vehicle} sets out with {a} {people}. At the market {b} get off.",
        "Then {c} get on. How many {people} are on the {vehicle} now?",
        "Of those on board, {some} carry an umbrella.",
        "a-b+c", ("vehicle", "people"),
        (("bus", "people"), ("ferry", "travellers"), ("tram", "passengers")),
    ),
    Story(
        "A {place} has {d} shelves with {a} {things} each.",
        "A visitor borrows {b}. How many {things} are left on the shelves?",
        "On the top shelf, {some} have a blue cover.",
        "a*d-b", ("place", "things"),
        (("library", "books"), ("studio", "albums"), ("club", "magazines")),
    ),
    Story(
        "{name} fills {d} bags with {a} {things} each.",
        "Then {b} {things} remain beside the bags. How many {things} are there in all?",
        "In the first bag, {some} have a small spot.",
        "a*d+b", ("things",), (("apples",), ("walnuts",), ("onions",)),
    ),
    Story(
        "In a {place} stand {a} {trees}. In spring {b} are planted.",
        "In a storm {c} fall. How many {trees} stand there then?",
        "Of the new ones, {some} were grown by a friend.",
        "a+b-c", ("place", "trees"),
        (("park", "birches"), ("garden", "willows"), ("field", "poplars")),
    ),
    Story(
        "{name} reads {a} pages of a {book} on Monday and {b} on Tuesday.",
        "On Wednesday come {c} more. How many pages has {name} read?",
        "Of these pages, {some} have a picture.",
        "a+b+c", ("book",), (("novel",), ("diary",), ("guide",)),
    ),
    Story(
        "A {keeper} has {a} {animals}. At the market {b} are sold.",
        "In summer {c} are born. How many {animals} are there now?",
        "Of those that stay, {some} have a white ear.",
        "a-b+c", ("keeper", "animals"),
        (("farmer", "goats"), ("shepherd", "lambs"), ("breeder", "rabbits")),
    ),
    Story(
        "A {hall} has {d} rows of {a} seats.",
        "For one evening {b} seats are roped off. How many seats can be taken?",
        "Last year, {some} of the seats were painted.",
        "a*d-b", ("hall",), (("theatre",), ("cinema",), ("stadium",)),
    ),
    Story(
        "{name} has {a} coins and spends {b} on a {thing}.",
        "A ticket takes {c} more. How many coins are left?",
        "Of the coins, {some} are from another country.",
        "a-b-c", ("thing",), (("kite",), ("scarf",), ("puzzle",)),
    ),
    Story(
        "A printer makes {a} {things} in the morning and {b} at noon.",
        "Of all of them, {c} are thrown away. How many {things} can be used?",
        "At noon, {some} were printed on thicker paper.",
        "a+b-c", ("things",), (("posters",), ("leaflets",), ("tickets",)),
    ),
    Story(
        "On each of {d} days {name} picks {a} {things}.",
        "A neighbour brings {b}. How many {things} does {name} have?",
        "On the last day, {some} were picked after dark.",
        "a*d+b", ("things",), (("plums",), ("cherries",), ("figs",)),
    ),
    Story(
        "A {ship} carries {a} crates. In the first port {b} are loaded.",
        "In the next one, {c} are loaded too. How many crates are on board?",
        "Of the crates, {some} bear a red label.",
        "a+b+c", ("ship",), (("barge",), ("steamer",), ("tug",)),
    ),
    Story(
        "A {place} holds {a} {people}. By noon {b} have left.",
        "In the afternoon {c} arrive. How many {people} are there then?",
        "Of those who left, {some} wore a hat.",
        "a-b+c", ("place", "people"),
        (("museum", "visitors"), ("pool", "swimmers"), ("camp", "hikers")),
    ),
    Story(
        "{name} knits {d} {things} with {a} stitches in each row.",
        "A border takes {b} stitches more. Each {thing} has one row so far. How many stitches "
        "are knitted?",
        "In the first row, {some} were knitted by lamplight.",
        "a*d+b", ("things", "thing"),
        (("scarves", "scarf"), ("shawls", "shawl"), ("blankets", "blanket")),
    ),
    Story(
        "A {team} scores {a} points in spring and {b} in summer.",
        "For a late start it loses {c}. How many points does it have?",
        "In spring, {some} were scored in the rain.",
        "a+b-c", ("team",), (("crew",), ("club",), ("squad",)),
    ),
    Story(
        "{name} owns {a} stamps. To a friend go {b} with a {picture} on them.",
        "At an exchange {c} are handed over. How many stamps are left?",
        "Of the stamps, {some} are older than a century.",
        "a-b-c", ("picture",), (("bird",), ("ship",), ("tower",)),
    ),
    Story(
        "A {maker} packs {d} boxes with {a} {things} each.",
        "On the way {b} {things} break. How many {things} arrive whole?",
        "In one box, {some} are wrapped twice.",
        "a*d-b", ("maker", "things"),
        (("potter", "cups"), ("glazier", "vases"), ("factory", "plates")),
    ),
    Story(
        "In a {water} live {a} {fish}. In March {b} are let in.",
        "In May {c} more are let in. How many {fish} live there then?",
        "Of the first ones, {some} are longer than a hand.",
        "a+b+c", ("water", "fish"),
        (("pond", "carp"), ("lake", "trout"), ("stream", "perch")),
    ),
)  # fmt: skip

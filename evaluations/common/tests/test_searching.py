"""The configuration of the search: no word is dropped, and forms of one word are the same."""

import pytest
from django.db import connection

from evaluations.common.searching import ASKED, MOST_LETTERS, searchable

pytestmark = pytest.mark.django_db

TEXTS = (
    "This is not reasoning at all.",
    "This is reasoning, and not guessing.",
    "A lamp, and nothing else.",
)


def found(asked: str) -> list[int]:
    """The numbers of the texts that answer a question."""
    with connection.cursor() as cursor:
        cursor.execute("CREATE TEMP TABLE scratch (id int, text text) ON COMMIT DROP")
        cursor.execute(str(searchable("scratch", {"text": "C"}).sql))
        for number, text in enumerate(TEXTS):
            cursor.execute("INSERT INTO scratch VALUES (%s, %s)", [number, text])
        cursor.execute(f"SELECT id FROM scratch WHERE search @@ {ASKED} ORDER BY id", [asked])
        return [number for (number,) in cursor.fetchall()]


@pytest.mark.parametrize(
    ("asked", "numbers"),
    [
        ('"not reasoning"', [0]),
        ("not reasoning", [0, 1]),
        ("reasoned", [0, 1]),
        ("reasoning -guessing", [0]),
        ("lamp or guess", [1, 2]),
        ("NOTHING", [2]),
        ("", []),
        ('"', []),
        ("& | ! ( :* <->", []),
    ],
)
def test_what_a_question_finds(asked: str, numbers: list[int]) -> None:
    assert found(asked) == numbers


def test_a_text_of_any_length_is_stored() -> None:
    with connection.cursor() as cursor:
        cursor.execute("CREATE TEMP TABLE scratch (id int, text text) ON COMMIT DROP")
        cursor.execute(str(searchable("scratch", {"text": "C"}).sql))
        long = " ".join(f"word{number}" for number in range(MOST_LETTERS))
        cursor.execute("INSERT INTO scratch VALUES (1, %s)", [long])
        cursor.execute(f"SELECT count(*) FROM scratch WHERE search @@ {ASKED}", ["word7"])
        assert cursor.fetchone() == (1,)

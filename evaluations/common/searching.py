"""Full-text search: the words of a table's rows in a generated column, and the question put to it.

The column is PostgreSQL's own and no field of the model, so that no other query carries it along.
"""

from collections.abc import Mapping

from django.db.migrations import RunSQL
from django.db.models import BooleanField, Func, Value

CONFIGURATION = """
CREATE TEXT SEARCH DICTIONARY site_stem (TEMPLATE = snowball, Language = english);
CREATE TEXT SEARCH CONFIGURATION site (COPY = english);
ALTER TEXT SEARCH CONFIGURATION site ALTER MAPPING
    FOR asciiword, asciihword, hword_asciipart, word, hword, hword_part WITH site_stem;
"""
"""English as PostgreSQL has it, with the words that it would leave out: here “not” is one that
everything hangs on."""

WITHOUT_CONFIGURATION = """
DROP TEXT SEARCH CONFIGURATION site;
DROP TEXT SEARCH DICTIONARY site_stem;
"""

MOST_LETTERS = 200_000
"""How much of one text is searched: PostgreSQL refuses a row whose words take over a megabyte."""

ASKED = "websearch_to_tsquery('site', %s)"
"""SQL of a question as people write one: words, "a phrase", or, -without. Reads whatever comes."""


def searchable(
    table: str, weights: Mapping[str, str], *, index: bool = True, where: str = ""
) -> RunSQL:
    """Migration operation that adds the column `search` to *table*.

    Args:
        weights: column to the weight of its words, "A" to "D".
        index: whether it gets a GIN index; one that only counts beside others needs none.
        where: SQL condition of the rows that the index holds; all where it is empty.
    """
    words = " || ".join(
        f"setweight(to_tsvector('site', left({column}, {MOST_LETTERS})), '{weight}')"
        for column, weight in weights.items()
    )
    made = f"ALTER TABLE {table} ADD COLUMN search tsvector GENERATED ALWAYS AS ({words}) STORED;"
    if index:
        kept = f" WHERE {where}" if where else ""
        made += f"CREATE INDEX {table}_search ON {table} USING gin (search){kept};"
    return RunSQL(made, f"ALTER TABLE {table} DROP COLUMN search")


class Found(Func):
    """Whether a row's words answer a question.

    Args:
        words: SQL of the words, such as `runs_output.search` in a query that begins there.
    """

    template = f"(%(words)s @@ {ASKED % '%(expressions)s'})"
    output_field = BooleanField()

    def __init__(self, asked: str, words: str) -> None:
        super().__init__(Value(asked), words=words)

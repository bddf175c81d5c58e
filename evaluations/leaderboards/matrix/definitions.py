"""The definitions that boards draw, in the memory of a web process beside the matrix.

Their rules, pins and names change rarely, and nearly every page on definitions reads all of them.
"""

from evaluations.definitions.models import DefinitionVersion
from evaluations.leaderboards.matrix.current import current_matrix


def curated_versions() -> list[DefinitionVersion]:
    """`DefinitionVersion.objects.curated()` with pins, as the database has them now.

    One query where none of them changed since they were read. Requests share them: nobody sets
    anything on them.
    """

    def read() -> list[DefinitionVersion]:
        return list(DefinitionVersion.objects.curated().with_pins())

    return list(current_matrix().versions.once("curated", read))

from evaluations.common.read_only_admin import read_only
from evaluations.debates.models import (
    Ballot,
    DebateSnapshot,
    Evidence,
    Reaction,
    Stance,
    Statement,
    Vote,
)

read_only(
    Statement, "version kind text author created_at is_current retired_at",
    "kind is_current retired_for", "text author__username version__definition__slug",
    joins="version__definition",
)  # fmt: skip
read_only(Evidence, "statement output role verdict_then added_at", "role", "statement__text")
read_only(Vote, "statement useful agreement created_at is_current", "is_current")
read_only(Stance, "version value before created_at is_current", "value is_current",
          joins="version__definition")  # fmt: skip
read_only(Reaction, "statement kind created_at is_current", "kind is_current")
read_only(DebateSnapshot, "version day digest created_by", "", "version__definition__slug",
          joins="version__definition")  # fmt: skip
read_only(Ballot, "version last_change", "", "version__definition__slug",
          joins="version__definition")  # fmt: skip

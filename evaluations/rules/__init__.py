"""Rules over criteria: read, check, evaluate, explain and describe them.

Pure: JSON values, strings and numpy arrays in and out.
"""

from evaluations.rules.absence import (
    ABSENCE_POLICIES,
    VISIBILITIES,
    WITHHELD,
    apply_absence_policy,
    apply_absence_policy_arrays,
)
from evaluations.rules.answers import (
    ANSWERS,
    CODES,
    PARTLY_POLICIES,
    VERDICTS,
    Answer,
    Codes,
    Verdict,
    answer,
    as_codes,
    code,
    met,
)
from evaluations.rules.arrays import array_bounds, evaluate_arrays
from evaluations.rules.description import Node, describe, tree
from evaluations.rules.evaluation import bounds, evaluate
from evaluations.rules.explanation import Explanation, explain
from evaluations.rules.judges import (
    VERDICT_RULES,
    combine_judges,
    combine_judges_codes,
    combine_judges_grouped,
    combine_verdicts,
    combine_verdicts_codes,
    verdict_per_judge,
)
from evaluations.rules.normal import normal
from evaluations.rules.share import Tally, tally, tally_groups
from evaluations.rules.syntax import (
    MAX_DEPTH,
    MAX_NODES,
    InvalidRule,
    ParsedRule,
    RuleError,
    check,
    criteria,
    parse,
)

__all__ = [
    "ABSENCE_POLICIES",
    "ANSWERS",
    "CODES",
    "MAX_DEPTH",
    "MAX_NODES",
    "PARTLY_POLICIES",
    "VERDICTS",
    "VERDICT_RULES",
    "VISIBILITIES",
    "WITHHELD",
    "Answer",
    "Codes",
    "Explanation",
    "InvalidRule",
    "Node",
    "ParsedRule",
    "RuleError",
    "Tally",
    "Verdict",
    "answer",
    "apply_absence_policy",
    "apply_absence_policy_arrays",
    "array_bounds",
    "as_codes",
    "bounds",
    "check",
    "code",
    "combine_judges",
    "combine_judges_codes",
    "combine_judges_grouped",
    "combine_verdicts",
    "combine_verdicts_codes",
    "criteria",
    "describe",
    "evaluate",
    "evaluate_arrays",
    "explain",
    "met",
    "normal",
    "parse",
    "tally",
    "tally_groups",
    "tree",
    "verdict_per_judge",
]

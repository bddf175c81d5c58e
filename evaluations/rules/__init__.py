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
from evaluations.rules.entailment import (
    Many,
    Stated,
    entails,
    equivalent,
    separator,
    stated,
    weight,
)
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
from evaluations.rules.patterns import TooLarge
from evaluations.rules.postulates import Postulate, clashes
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
    "Many",
    "Node",
    "ParsedRule",
    "Postulate",
    "RuleError",
    "Stated",
    "Tally",
    "TooLarge",
    "Verdict",
    "answer",
    "apply_absence_policy",
    "apply_absence_policy_arrays",
    "array_bounds",
    "as_codes",
    "bounds",
    "check",
    "clashes",
    "code",
    "combine_judges",
    "combine_judges_codes",
    "combine_judges_grouped",
    "combine_verdicts",
    "combine_verdicts_codes",
    "criteria",
    "describe",
    "entails",
    "equivalent",
    "evaluate",
    "evaluate_arrays",
    "explain",
    "met",
    "normal",
    "parse",
    "separator",
    "stated",
    "tally",
    "tally_groups",
    "tree",
    "verdict_per_judge",
    "weight",
]

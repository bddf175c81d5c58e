"""Small changes of a rule: a criterion left out, or one more asked."""

from typing import Any


def without(rule: Any, key: str) -> Any | None:
    """The rule with every mention of a criterion left out; None when nothing is left.

    A list that runs empty goes with it, a list of one becomes its element, and “at least n of”
    asks for no more than are left.
    """
    if isinstance(rule, str):
        return None if rule == key else rule
    if "not" in rule:
        kept = without(rule["not"], key)
        return None if kept is None else {"not": kept}
    name = next(name for name in ("all", "any", "of") if name in rule)
    parts = [part for part in (without(part, key) for part in rule[name]) if part is not None]
    if not parts:
        return None
    if len(parts) == 1:
        return parts[0]
    if name == "of":
        return {"at_least": min(rule["at_least"], len(parts)), "of": parts}
    return {name: parts}


def joined(operator: str, rule: Any, part: Any) -> Any:
    """The rule with one more part under *operator*, `all` or `any`, beside what it asks now.

    ValueError for another operator.
    """
    if operator not in ("all", "any"):
        raise ValueError(f"operator must be all or any, not {operator!r}")
    if isinstance(rule, dict) and operator in rule:
        return {operator: [*rule[operator], part]}
    return {operator: [rule, part]}

"""Random rules and answers for the property tests."""

from typing import Any

from hypothesis import strategies as st

from evaluations.rules import ANSWERS

KEYS = ("a", "b", "c", "d", "e")

json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: st.one_of(
        st.lists(inner, max_size=4),
        st.dictionaries(
            st.sampled_from(["all", "any", "not", "at_least", "of"]) | st.text(max_size=5),
            inner,
            max_size=3,
        ),
    ),
    max_leaves=25,
)


@st.composite
def at_least(draw: st.DrawFn, entries: st.SearchStrategy[Any]) -> dict[str, Any]:
    children = draw(st.lists(entries, min_size=1, max_size=4))
    return {"at_least": draw(st.integers(1, len(children))), "of": children}


def _operators(entries: st.SearchStrategy[Any], *, negated: bool) -> st.SearchStrategy[Any]:
    lists = st.lists(entries, min_size=1, max_size=4)
    choices = [
        lists.map(lambda children: {"all": children}),
        lists.map(lambda children: {"any": children}),
        at_least(entries),
    ]
    if negated:
        choices.append(entries.map(lambda child: {"not": child}))
    return st.one_of(choices)


def rules(*, negated: bool = True, max_leaves: int = 10) -> st.SearchStrategy[Any]:
    """Rules over KEYS; a criterion may stand in several places."""
    return st.recursive(
        st.sampled_from(KEYS),
        lambda entries: _operators(entries, negated=negated),
        max_leaves=max_leaves,
    )


def rules_with_each_criterion_once(max_leaves: int = 6) -> st.SearchStrategy[Any]:
    """Rules over k0, k1, ..., each in one place."""

    def renamed(rule: Any) -> Any:
        count = 0

        def rename(part: Any) -> Any:
            nonlocal count
            if isinstance(part, str):
                count += 1
                return f"k{count - 1}"
            if "not" in part:
                return {"not": rename(part["not"])}
            return {
                name: [rename(entry) for entry in value] if isinstance(value, list) else value
                for name, value in part.items()
            }

        return rename(rule)

    return rules(max_leaves=max_leaves).map(renamed)


def answers_to(keys: tuple[str, ...]) -> st.SearchStrategy[dict[str, str]]:
    """Answers to some of the keys, cannot-tell among them."""
    return st.dictionaries(st.sampled_from(keys), st.sampled_from(ANSWERS), max_size=len(keys))

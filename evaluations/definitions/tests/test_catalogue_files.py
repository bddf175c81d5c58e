"""The shipped criteria and definitions: complete, unchanged in wording, and well formed."""

import json
import re
from collections import Counter
from itertools import product
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest

from evaluations.rules import check, criteria, evaluate

Entry = dict[str, Any]

CATALOGUE = Path(__file__).resolve().parent.parent / "catalogue"
STATEMENTS = Path(__file__).resolve().parent / "data" / "statements.json"
CASES = CATALOGUE / "cases.json"
EXAMPLES = Path(__file__).resolve().parent / "data" / "examples.json"


def read(path: Path) -> list[Entry]:
    entries: list[Entry] = json.loads(path.read_text(encoding="utf-8"))
    return entries


CRITERIA = read(CATALOGUE / "criteria.json")
DEFINITIONS = read(CATALOGUE / "definitions.json")
ORIGINALS = read(STATEMENTS)
JUDGED = [entry for entry in CRITERIA if entry["answered_by"] == "judge"]
FOUND = [entry for entry in CRITERIA if entry["answered_by"] != "judge"]
KEYS = [entry["key"] for entry in CRITERIA]
SLUGS = [entry["slug"] for entry in DEFINITIONS]

CRITERION_FIELDS = [
    *("key", "level", "answered_by", "process", "title", "question", "guidance"),
    *("positive_example", "negative_example"),
]
NOT_ALWAYS = ("meaning", "successors")
DEFINITION_FIELDS = [
    *("slug", "name", "author", "year", "source", "link", "verification", "kind", "quoted"),
    *("statement", "rule", "absence_policy", "partly_policy", "reading", "note", "related"),
]
# Pages of authors, publishers and archives, DOI and arXiv; never a copy in which it was read.
LINKED = {
    *("interconnects.ai", "www.youtube.com", "sebastianraschka.com", "leon.bottou.org"),
    *("aiguide.substack.com", "x.com", "doi.org", "arxiv.org", "pmc.ncbi.nlm.nih.gov"),
    *("plato.stanford.edu", "www.gutenberg.org"),
    *("merriam-webster.com", "platform.openai.com"),
}
FINDINGS_ONLY = {
    "mirzadeh-et-al-formal-reasoning",
    "chollet-first-sense-retrieving-templates",
    "legg-and-hutter-goals-achieved",
    "bender-et-al-stochastic-parrot",
    "wu-et-al-reciting",
    "zhao-et-al-brittle-mirage",
    "kambhampati-et-al-intermediate-tokens",
}
PAIRS = {
    ("taylor-as-quoted", "taylor-as-spoken"),
    ("lambert-intermediate-tokens", "lambert-tokens-put-to-use"),
    (
        "chollet-first-sense-retrieving-templates",
        "chollet-second-sense-synthesising-programs",
    ),
    ("dewey-reflective-thought", "dewey-reasoning-proper"),
    ("peirce-deduction-induction-abduction", "peirce-result-of-previous-knowledge"),
    ("johnson-laird-possibilities", "johnson-laird-semantic-information"),
    ("kambhampati-search-not-retrieval", "kambhampati-et-al-intermediate-tokens"),
    ("lanham-et-al-causal-trace", "chen-et-al-unsaid-hints"),
    ("lambert-intermediate-tokens", "levy-et-al-state-over-tokens"),
}


def key_of(entry: Entry) -> str:
    return str(entry.get("key") or entry["slug"])


def sentences(text: str) -> int:
    """How many sentences end in the text; quoted single words may end within one."""
    return len(re.findall(r"[.!?](?=\s|$)", text.replace("c. 2024", "2024")))


def test_counts_and_keys() -> None:
    assert len(CRITERIA) == len(set(KEYS)) == 49
    assert len(DEFINITIONS) == len(set(SLUGS)) == 49
    assert len({entry["title"] for entry in CRITERIA}) == 49
    assert len({entry["name"] for entry in DEFINITIONS}) == 49
    slug = re.compile(r"[a-z0-9]+(?:-[a-z0-9]+)*")
    assert all(slug.fullmatch(name) for name in KEYS + SLUGS)
    written = [[name for name in entry if name not in NOT_ALWAYS] for entry in CRITERIA]
    assert all(fields == CRITERION_FIELDS for fields in written)
    assert all([f for f in entry if f != "changed"] == DEFINITION_FIELDS for entry in DEFINITIONS)


def test_levels_and_who_answers() -> None:
    assert Counter((entry["level"], entry["answered_by"]) for entry in CRITERIA) == {
        ("output", "judge"): 24,
        ("prompt", "judge"): 3,
        ("set", "probe"): 13,
        ("trace-edit", "probe"): 5,
        ("mechanism", "evidence"): 4,
    }
    process = {entry["key"] for entry in CRITERIA if entry["process"]}
    answers = {"states-conclusion", "coherent", "to-the-point", "ends-in-action"}
    outputs = {entry["key"] for entry in CRITERIA if entry["level"] == "output"}
    assert process == outputs - answers


@pytest.mark.parametrize("entry", CRITERIA, ids=key_of)
def test_titles_stand_in_a_rule(entry: Entry) -> None:
    assert 2 <= len(entry["title"].split()) <= 5
    assert len(entry["title"]) <= 40
    assert entry["title"][0].islower()
    assert entry["title"][-1].isalpha()
    assert entry["question"].endswith("?")


@pytest.mark.parametrize("entry", JUDGED, ids=key_of)
def test_judges_are_guided(entry: Entry) -> None:
    guidance = entry["guidance"]
    assert 2 <= sentences(guidance) <= 3
    assert len(guidance) <= 480, "too long to read while judging"
    assert "artly" in guidance
    assert re.search(r"\bno\b", guidance, re.IGNORECASE)
    assert "annot tell" in guidance
    if entry["process"]:
        assert re.search(r"\ba bare answer\b", guidance, re.IGNORECASE)
        assert re.search(r"trace was withheld|withheld trace", guidance)


@pytest.mark.parametrize("entry", [e for e in JUDGED if e["process"]], ids=key_of)
def test_guidance_on_a_bare_answer_agrees_with_the_worked_case(entry: Entry) -> None:
    bare = next(case for case in read(CASES) if case["id"] == "K01")["answers"]
    says_no = "a bare answer is no" in entry["guidance"].lower()
    assert says_no == (bare[entry["key"]] == "no")


@pytest.mark.parametrize("entry", JUDGED, ids=key_of)
def test_examples_are_short_and_explained(entry: Entry) -> None:
    for side in ("positive_example", "negative_example"):
        example = entry[side]
        assert list(example) == ["text", "why"]
        assert 1 <= sentences(example["text"]) <= 4
        assert sentences(example["why"]) == 1
        assert len(example["why"].split()) <= 14


def test_every_example_is_answered_as_it_says() -> None:
    """Each example was read by itself under the guidance; one that changes is read again."""
    answers = json.loads(EXAMPLES.read_text(encoding="utf-8"))
    for entry in JUDGED:
        sides = {entry["positive_example"]["text"]: "yes", entry["negative_example"]["text"]: "no"}
        assert answers[entry["key"]] == sides
    assert answers.keys() == {entry["key"] for entry in JUDGED}


@pytest.mark.parametrize("entry", [e for e in JUDGED if "successors" not in e], ids=key_of)
def test_two_worked_cases_show_each_answer(entry: Entry) -> None:
    found = Counter(case["answers"][entry["key"]] for case in read(CASES))
    assert min(found[answer] for answer in ("yes", "partly", "no")) >= 2


def test_cases_name_criteria_and_what_was_missing_once() -> None:
    cases = read(CASES)
    assert all(case["answers"].keys() <= set(KEYS) for case in cases)
    answers = [case["answers"] for case in cases]
    sound = [a for a in answers if (a["conclusion-supported"], a["deduction"]) == ("yes", "yes")]
    assert any(a.get("solved-at-k") == "no" for a in sound)
    assert any(a["corrects-itself"] == "yes" == a["coherent"] for a in answers)
    # The answer first and reasons after it.
    assert any((a["has-intermediate-text"], a["offers-reasons"]) == ("no", "yes") for a in answers)
    assert any(a["deductive-form"] == "yes" and a["deduction"] == "no" for a in answers)
    assert {"hidden", "summary"} <= {case["trace_visibility"] for case in cases}


def test_no_example_is_used_twice() -> None:
    texts = [
        entry[side]["text"] for entry in JUDGED for side in ("positive_example", "negative_example")
    ]
    whys = [
        entry[side]["why"] for entry in JUDGED for side in ("positive_example", "negative_example")
    ]
    assert len(texts) == len(set(texts)) == 54
    assert len(whys) == len(set(whys))


@pytest.mark.parametrize("entry", FOUND, ids=key_of)
def test_probes_and_evidence_are_described(entry: Entry) -> None:
    guidance = entry["guidance"]
    assert 2 <= sentences(guidance) <= 3
    assert all(re.search(rf"\b{word}\b", guidance, re.IGNORECASE) for word in ("partly", "no"))
    assert "annot tell" in guidance
    if entry["answered_by"] == "probe" and "A record" not in guidance:
        assert "egistered probe" in guidance
    # No difference found is not taken for no difference.
    assert "within the interval" not in guidance
    assert entry["positive_example"] is None
    assert entry["negative_example"] is None


def test_guidance_says_nothing_twice() -> None:
    assert len({entry["guidance"] for entry in CRITERIA}) == 49


def test_no_question_says_it_without_a_noun() -> None:
    for entry in CRITERIA:
        assert not re.match(r"(Does|Can|Is|Do) it\b", entry["question"]), entry["key"]


def test_a_split_names_criteria_that_take_its_place() -> None:
    split = {entry["key"]: entry["successors"] for entry in CRITERIA if "successors" in entry}
    assert split == {"revises-itself": ["checks-itself", "corrects-itself"]}
    assert not any(set(split) & set(criteria(entry["rule"])) for entry in DEFINITIONS)
    blocks = read(CATALOGUE.parents[1] / "judgments" / "catalogue" / "blocks.json")
    assert not any(set(split) & set(block["criteria"]) for block in blocks)


def test_definitions_stand_in_the_order_of_the_originals() -> None:
    assert [original["slug"] for original in ORIGINALS] == SLUGS


@pytest.mark.parametrize(
    ("entry", "original"), list(zip(DEFINITIONS, ORIGINALS, strict=True)), ids=SLUGS
)
def test_nothing_given_was_changed(entry: Entry, original: Entry) -> None:
    statement = f'"{entry["statement"]}"' if entry["quoted"] else entry["statement"]
    assert statement == original["statement"]
    for field in ("name", "year", "rule", "absence_policy", "partly_policy", "verification"):
        assert entry[field] == original[field]


@pytest.mark.parametrize("entry", DEFINITIONS, ids=key_of)
def test_quotation_marks(entry: Entry) -> None:
    if entry["quoted"]:
        assert not re.search(r'["“”…]', entry["statement"])
    else:
        # A whole quotation would be marked as one; these have words around or between.
        assert not re.fullmatch(r'"[^"]*"', entry["statement"])


def test_what_is_not_one_quotation() -> None:
    assert {entry["slug"] for entry in DEFINITIONS if not entry["quoted"]} == {
        "zhou-tokens-in-between",
        "lanham-et-al-causal-trace",
    }


@pytest.mark.parametrize("entry", DEFINITIONS, ids=key_of)
def test_rules_can_be_evaluated(entry: Entry) -> None:
    assert check(entry["rule"], set(KEYS)) == []


def test_judging_alone_settles_25() -> None:
    judged = {entry["key"] for entry in JUDGED}
    settled = [entry["slug"] for entry in DEFINITIONS if judged.issuperset(criteria(entry["rule"]))]
    assert len(settled) == 25
    assert "taylor-as-quoted" in settled
    assert "taylor-as-spoken" not in settled


@pytest.mark.parametrize("entry", DEFINITIONS, ids=key_of)
def test_reading_and_note(entry: Entry) -> None:
    assert entry["reading"].startswith("Counts ")
    assert sentences(entry["reading"]) == 1
    assert sentences(entry["note"]) <= 2
    assert entry["author"].strip()
    assert entry["source"].strip()


def test_no_rule_is_constant_on_what_judges_can_answer() -> None:
    judged = {entry["key"] for entry in JUDGED}
    findings_only = set()
    for entry in DEFINITIONS:
        asked = sorted(judged.intersection(criteria(entry["rule"])))
        verdicts = {
            evaluate(entry["rule"], dict(zip(asked, values, strict=True)))
            for values in product(("no", "partly", "yes"), repeat=len(asked))
        }
        if not asked:
            findings_only.add(entry["slug"])
        else:
            assert len(verdicts) > 1, entry["slug"]
    assert findings_only == FINDINGS_ONLY


def test_readings_differ_where_rules_do() -> None:
    readings = {json.dumps(entry["rule"]): entry["reading"] for entry in DEFINITIONS}
    assert len(readings) == len(set(readings.values())) == 49


def test_kinds() -> None:
    assert Counter(entry["kind"] for entry in DEFINITIONS) == {
        "definition": 21,
        "claim": 20,
        "question": 1,
        "neighbouring-concept": 7,
    }


def test_links_lead_to_authors_publishers_and_archives() -> None:
    links = [entry["link"] for entry in DEFINITIONS if entry["link"] is not None]
    assert {urlsplit(link).hostname for link in links} == LINKED
    assert {urlsplit(link).scheme for link in links} == {"https"}
    assert not any(name in entry for entry in DEFINITIONS for name in ("seen", "address"))


def test_related_in_both_directions() -> None:
    pairs = {(entry["slug"], other) for entry in DEFINITIONS for other in entry["related"]}
    assert pairs == PAIRS | {(b, a) for a, b in PAIRS}

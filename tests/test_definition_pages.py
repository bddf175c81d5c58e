"""Pages about definitions and boards, with something to show: accessible and inside the screen."""

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, BrowserContext, expect

from tests.conftest import Visitors, visiting
from tests.definition_site import judged
from tests.evening_site import make_person, sign_in
from tests.live_site import LiveSite
from tests.test_pages import check

__all__ = ["judged"]

pytestmark = pytest.mark.browser

# On top of what `judged` has: a third model with grades and three samples a prompt, judges who
# answer every criterion, who classify by the wording, and who compare outputs.
MORE = """
import random
from tests.cast import classify, give, make_model, make_output, make_run
from evaluations.definitions.models import Criterion, DefinitionVersion
from evaluations.judgments.models import Comparison, Judge
from evaluations.prompts.models import Prompt
from evaluations.runs.models import Output, Recipe

dice = random.Random(3)
judges = list(Judge.objects.filter(kind="person"))
asked = Criterion.objects.filter(answered_by="judge").exclude(level="prompt")
keys = list(asked.values_list("key", flat=True))
prompts = list(Prompt.objects.filter(slug__startswith="lamp"))
cirrus = make_model("cirrus", name="Cirrus 3B")
for recipe in Recipe.objects.filter(slug__startswith="asked"):
    run = make_run(model=cirrus, recipe=recipe, prompt_set=prompts[0].prompt_set)
    for prompt in prompts:
        for sample in range(3):
            tokens = dice.randint(40, 300)
            right = float(dice.random() < 0.6)
            make_output(run=run, prompt=prompt, sample=sample, grade=right, tokens_out=tokens)
outputs = list(Output.objects.filter(state="done").select_related("run__model"))
lean = {"alba": 0.7, "breve": 0.5, "cirrus": 0.85}
quoted = DefinitionVersion.objects.get(definition__slug="taylor-as-quoted")
for output in outputs:
    truth = {key: dice.random() < lean[output.run.model.slug] for key in keys}
    for judge in dice.sample(judges, 2):
        answers = {key: "yes" if true == (dice.random() < 0.9) else "no"
                   for key, true in truth.items()}
        give(judge, output, answers)
    classify(judge, output, quoted, dice.choice(["yes", "yes", "no", "partly"]))
seen = set()
for _ in range(200):
    left = dice.choice(outputs)
    right = dice.choice([o for o in outputs if o.prompt_id == left.prompt_id and o.pk != left.pk])
    judge, version = dice.choice(judges), dice.choice([None, quoted])
    key = (judge.pk, frozenset([left.pk, right.pk]), version and version.pk)
    if key not in seen:
        seen.add(key)
        Comparison.objects.create(judge=judge, left=left, right=right, definition_version=version,
            value=dice.choice(["left", "left", "right", "tie", "neither"]))
"""
# Ada's own definition: two published versions, a draft whose rule is four deep, an amendment.
WRITTEN = """
from tests.cast import make_user
from evaluations.accounts.models import User
from evaluations.definitions.actions import draft_definition, publish_version
from evaluations.definitions.forms import provenance_of, wording_of
from evaluations.definitions.models import DefinitionVersion
from evaluations.definitions.proposal_actions import propose_amendment
from evaluations.definitions.workshop_actions import found_definition

ada = User.objects.get(username="ada")
base = DefinitionVersion.objects.get(definition__slug="taylor-as-quoted")
said = {name: value for name, value in wording_of(base).items() if name in base.WRITTEN}
first = found_definition(owner=ada, provenance={**provenance_of(base.definition), "name": "Own"},
    wording=said, slug="own", forked_from=base)
publish_version(version=first, actor=ada)
some = {"at_least": 2, "of": ["conclusion-supported", "coherent", "to-the-point"]}
deep = {"all": ["grounds-in-observations", some, {"not": "plans-solution"}]}
said |= {"statement": "drawing supported conclusions by making inferences from observations",
    "quoted": False, "rule": {"all": ["states-conclusion", {"any": ["makes-inference", deep]}]}}
second = draft_definition(definition=first.definition, author=ada, change_note="Asks more.", **said)
publish_version(version=second, actor=ada)
said |= {"rule": {"all": ["adds-intermediate-claim", said["rule"]]}}
draft_definition(definition=first.definition, author=ada, change_note="A draft.", **said)
said |= {"statement": "drawing conclusions by several inferences", "rule": "makes-inference"}
propose_amendment(base=second, proposer=make_user("bob"), reason="Shorter.", wording=said)
"""
SLUG = "taylor-as-quoted"
PAGES = (
    "/",
    "/leaderboards/",
    f"/leaderboards/?a={SLUG}&b=oxford-dictionary&sort=year",
    "/leaderboards/between/",
    f"/leaderboards/between/?a={SLUG}&b=oxford-dictionary",
    f"/leaderboards/{SLUG}/",
    f"/leaderboards/{SLUG}/?by=model",
    f"/leaderboards/{SLUG}/process/",
    f"/leaderboards/{SLUG}/curves/",
    f"/leaderboards/{SLUG}/pair/",
    f"/leaderboards/{SLUG}/pair/?a=alba--asked-plainly&b=cirrus--asked-for-steps",
    f"/leaderboards/{SLUG}/pairwise/",
    "/leaderboards/pairwise/",
    "/leaderboards/pairwise/?row=cirrus--asked-plainly&outcome=won",
    f"/leaderboards/{SLUG}/snapshots/",
    "/leaderboards/snapshots/",
    f"/definitions/{SLUG}/",
    f"/definitions/{SLUG}/what-if/",
    '/definitions/taylor-as-quoted/what-if/?rule={"all":["states-conclusion","makes-inference"]}',
    f"/definitions/{SLUG}/history/",
    f"/definitions/{SLUG}/proposals/",
    "/definitions/fidelity/",
    "/definitions/compare/",
    f"/definitions/compare/?a={SLUG}&b=oxford-dictionary",
    "/disagreements/",
    "/disagreements/?list=facts",
)
OWN_PAGES = (
    "/definitions/moves/",
    "/definitions/new/",
    "/definitions/own/",
    "/definitions/own/what-if/",
    "/definitions/own/edit/",
    "/definitions/own/history/",
    "/definitions/own/diff/",
    "/definitions/own/diff/?a=1&b=2",
    "/definitions/own/proposals/",
    "/definitions/own/proposals/1/",
    "/definitions/own/merge/",
    f"/definitions/{SLUG}/fork/",
    f"/definitions/{SLUG}/amend/",
    "/definitions/mine/",
)


@pytest.fixture(scope="module")
def rich(judged: LiveSite) -> LiveSite:
    judged.shell(MORE)
    make_person(judged, "ada")
    judged.shell(WRITTEN)
    return judged


@pytest.fixture
def visitors(browser: Browser, rich: LiveSite) -> Iterator[Visitors]:
    with visiting(browser, rich.url) as opened:
        yield opened


def look_at(context: BrowserContext, paths: tuple[str, ...], scheme: str, width: int) -> None:
    """Axe on each page, and nothing wider than the screen."""
    problems: list[str] = []
    page = context.new_page()
    for path in paths:
        response = page.goto(path)
        assert response is not None
        if response.status != 200:
            problems.append(f"{path} answers {response.status}")
        check(page, f"{scheme} {path}", problems)
        wide = page.evaluate("document.documentElement.scrollWidth")
        if wide > width:
            problems.append(f"{path} is {wide} px wide on a screen of {width}")
    assert not problems, "\n".join(problems)


@pytest.mark.parametrize(("scheme", "width"), [("light", 1280), ("dark", 390)])
def test_axe_finds_nothing_where_there_is_something_to_show(
    visitors: Visitors, scheme: str, width: int
) -> None:
    context = visitors(viewport={"width": width, "height": 900}, color_scheme=scheme)
    page = context.new_page()
    sign_in(page, "ada")
    page.goto(f"/leaderboards/{SLUG}/")
    page.locator("#freeze-board").click()
    expect(page).to_have_url(re.compile(rf"/leaderboards/{SLUG}/\d{{4}}-\d\d-\d\d-[0-9a-f]+/$"))
    frozen = page.url
    page.goto("/leaderboards/")
    expect(page.locator(".slope line")).to_have_count(6)
    look_at(context, (frozen, *PAGES, *OWN_PAGES), scheme, width)

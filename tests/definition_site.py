"""Sites whose judgments are scripted and known: two made-up models, or the default run and one."""

import json
from collections.abc import Iterator
from dataclasses import dataclass

import pytest

from tests.debate_site import DEBATED
from tests.evening_site import make_person
from tests.live_site import LiveSite
from tests.looks import OWN_RUN, RELEASE
from tests.prepared_site import running_site

PROMPTS = 8
KEYS = (
    "states-conclusion",
    "grounds-in-observations",
    "makes-inference",
    "conclusion-supported",
)
DROPPED = KEYS[3]

# Of eight prompts, on how many the answer to each criterion is yes, by model and recipe. Alba
# does everything but support its conclusions; Breve supports what little it concludes.
GOOD = {
    ("Alba 1B", "Asked plainly"): (8, 8, 7, 2),
    ("Alba 1B", "Asked for steps"): (8, 8, 8, 3),
    ("Breve 2B", "Asked plainly"): (5, 6, 5, 6),
    ("Breve 2B", "Asked for steps"): (8, 7, 6, 8),
}

# What a judge answers: as it should be, with a slip now and then, and now and then no idea.
ANSWERS = f"""
def answers_of(place, n, number, well):
    answers = {{}}
    for row, key in enumerate({KEYS!r}):
        value = "yes" if well[row] else ("no", "no", "partly")[(n + row) % 3]
        if (place + 2 * number + 5 * row) % 11 == 0:
            value = "no" if well[row] else "yes"
        if (place + number + row) % 13 == 0:
            value = "cannot-tell"
        answers[key] = value
    return answers
"""

MAKE = f"""{ANSWERS}
from tests.cast import give, make_model, make_output, make_prompt, make_recipe, make_run, make_user
from evaluations.judgments.models import Judge

judges = [Judge.objects.create(kind="person", user=make_user(f"reader-{{n}}")) for n in range(5)]
prompts = [
    make_prompt(f"lamp-{{n}}", title=f"Lamp {{n}}", text=f"House {{n}}: is anybody home?")
    for n in range({PROMPTS})
]
models, recipes = {{}}, {{}}
place = 0
for (model, recipe), good in {GOOD!r}.items():
    models.setdefault(model, None)
    if models[model] is None:
        models[model] = make_model(model.split()[0].lower(), name=model)
    if recipe not in recipes:
        recipes[recipe] = make_recipe(recipe.replace(" ", "-").lower(), name=recipe)
    run = make_run(model=models[model], recipe=recipes[recipe], prompt_set=prompts[0].prompt_set)
    for n, prompt in enumerate(prompts):
        output = make_output(run=run, prompt=prompt)
        place += 1
        for seat in range(3):
            number = (place + seat * (1 + place % 2)) % 5
            well = [(3 * n + row) % {PROMPTS} < good[row] for row in range(len(good))]
            give(judges[number], output, answers_of(place, n, number, well))
print(place)
"""


@pytest.fixture(scope="session")
def judged(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LiveSite]:
    """No model writes, and five judges have judged everything: several journeys go through it."""
    with running_site(tmp_path_factory.mktemp("judged"), {"FIRST_RUN": "0"}) as live:
        assert live.shell(MAKE).endswith(str(PROMPTS * len(GOOD)))
        yield live


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
first = found_definition(owner=ada, provenance={**provenance_of(base.definition), "name": "Own",
    "verification": "unverified"},
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
# Ada's own run, kept to herself, and collections: hers, frozen once, with a suggestion, and two
# rounds of it; another's.
GATHERED = """
import datetime as dt
import random, uuid
from django.utils import timezone
from tests.cast import make_judge
from evaluations.curation.models import Round
from evaluations.curation.rounds.actions import begin_round, join_round, open_round
from evaluations.judgments.answers.actions import Served, reveal_answers, submit_judgment
from evaluations.judgments.items.pages import pages_of
from evaluations.judgments.models import Block, Protocol
from evaluations.accounts.models import User
from evaluations.curation.actions import make_collection, show
from evaluations.curation.placement_actions import place
from evaluations.curation.suggestions.actions import suggest
from evaluations.curation.version_actions import freeze
from evaluations.definitions.models import DefinitionVersion
from evaluations.exchange.models import ImportJob
from evaluations.prompts.actions import add_prompts, make_set
from evaluations.prompts.drafts import drafted
from evaluations.runs.models import Grid, Output, Run

ada, bob = User.objects.get(username="ada"), User.objects.get(username="bob")
User.objects.filter(pk=ada.pk).update(role="researcher")
ada.refresh_from_db()
said = {"visibility": "private", "description": "Whether a lamp tells that somebody is home.",
        "limits": "Whether anybody is.", "licence": "CC BY 4.0", "source": "Ada."}
make_set(actor=ada, title="An empty set", **said)
lamps = make_set(actor=ada, title="Lamps of Ada", **said)
add_prompts(prompt_set=lamps, actor=ada, drafts=[drafted(text="Is it on?", title="A lamp")])
own = Run.objects.latest("pk")
grid = Grid.objects.create(
    form_token=uuid.uuid4(), launched_by=ada, launched_at=own.created_at, ceiling_tokens=90000
)
Run.objects.filter(pk=own.pk).update(launched_by=ada, grid=grid)
files = (("bakers.eval", "previewed", ""), ("replies.jsonl", "reading", ""),
         ("bakers-again.eval", "loaded", ""), ("old.csv", "refused", "There is no reply in it."))
refusals = [{"line": 2, "why": "It has more than one turn."},
            {"line": 9, "why": "It calls tools."},
            {"line": 14, "why": "It has more than one turn."}]
examples = [
    {"line": 1, "visibility": "full", "answer": "55",
     "prompt": "A baker makes 3 trays of 24 rolls and sells 17 of them. How many are left?",
     "trace": "Three trays of 24 are 72. After the morning 72 - 17 = 55 are left."},
    {"line": 3, "visibility": "hidden", "answer": "2", "trace": "",
     "prompt": "Five candles burn in a room. How many are there in the room the next day?"}]
report = {"outputs": 16, "new": 14, "here": 2, "repeated": 1, "prompts": 8, "model_count": 1,
          "models": ["mockllm/brot-7b"], "tasks": ["bakers"], "refused_count": 3, "stored": 14,
          "visibility": {"full": 8, "hidden": 2, "redacted": 2, "summary": 4},
          "stored_prompts": 8, "examples": examples}
for name, state, why_not in files:
    job = ImportJob.objects.create(
        name=name, size=155825, state=state, why_not=why_not, by=ada, format="inspect",
        progress=12000, licence="CC BY 4.0", touched_at=timezone.now() + dt.timedelta(days=1),
        refused=refusals, report=report)
    if state == "loaded":
        job.runs.set([own])
why = ("What a model writes down is not what it did: each of these lamps is lit in the same words, "
       "and nobody is at home in one of them.")
outputs = list(Output.objects.order_by("pk")[:5])
version = DefinitionVersion.objects.get(definition__slug="taylor-as-quoted")
made = make_collection(owner=ada, title="Three lamps", why=why)
place(collection=made, actor=ada, target={"text": "Begin with the one that says least."})
for note, output in zip(("It names the lamp.", "It doubts it.", "It jumps."), outputs):
    place(collection=made, actor=ada, target={"output": output}, note=note)
pair = {"left": outputs[3], "right": outputs[4]}
place(collection=made, actor=ada, target=pair, note="Alike in words only.")
lens = {"definition_version": version}
place(collection=made, actor=ada, target=lens, note="What the lamps are seen through.")
show(collection=made, actor=ada, visibility="public")
freeze(collection=made, actor=ada, words="The first three.")
suggest(collection=made, author=bob, target={"output": outputs[4]}, note="This one, too.")
other = make_collection(owner=bob, title="One lamp", why=why)
place(collection=other, actor=bob, target={"output": outputs[0]}, note="The only one.")
show(collection=other, actor=bob, visibility="unlisted")
ended = begin_round(
    collection=made, actor=ada, outputs=[output.pk for output in outputs],
    block=Block.objects.get(is_default=True),
)
Protocol.objects.filter(pk=ended.protocol_id).update(slug="round-ended1", title="Five lamps")
running = begin_round(
    collection=made, actor=ada, outputs=[output.pk for output in outputs],
    block=Block.objects.get(is_default=True),
)
Protocol.objects.filter(pk=running.protocol_id).update(slug="round-runs11")
judges = [make_judge(user=ada), *(make_judge("guest") for _ in range(4))]
dice = random.Random(9)
for round_ in (ended, running):
    version = round_.protocol.versions.get()
    page = pages_of(version, None)[0]
    for place, judge in enumerate(judges):
        join_round(round_=round_, judge=judge)
        for item in version.items.select_related("output", "version__protocol"):
            if round_ == ended:
                answers = {w: dice.choice(["yes", "yes", "yes", "no", "partly"])
                           for w in page.wordings}
                submit_judgment(
                    judge=judge, output=item.output, answers=answers, form_token=uuid.uuid4(),
                    holistic=dice.choice(["yes", "no", ""]),
                    served=Served(item=item, page=page.page, finishes=True, way="chosen"),
                )
open_round(round_=Round.objects.get(pk=ended.pk), actor=ada)
for output in outputs:
    reveal_answers(judge=judges[0], output=output)
print(own.pk)
"""

# What Ada calls reasoning. She chose what she judged, so that it moves no board.
CALLED = """
import random
from tests.cast import give
from evaluations.definitions.models import Criterion
from evaluations.judgments.answers.actions import Served
from evaluations.judgments.models import Judge
from evaluations.runs.models import Output

dice = random.Random(5)
ada = Judge.objects.get(user__username="ada")
asked = Criterion.objects.filter(answered_by="judge").exclude(level="prompt")
keys = list(asked.values_list("key", flat=True))
for number, output in enumerate(Output.objects.filter(state="done").order_by("pk")[5:25]):
    answers = {key: "yes" if dice.random() < 0.7 else "no" for key in keys}
    holds = answers["conclusion-supported"] == "yes"
    called = "" if number > 15 else "yes" if holds == (dice.random() < 0.9) else "no"
    give(ada, output, answers, holistic=called, served=Served(way="chosen"))
"""


# A release of all that, under a day and a hash that are known.
RELEASED = f"""
from evaluations.exchange.models import DataRelease
from evaluations.exchange.releases.release_actions import make_release

make_release(site="https://example.org")
day, digits = {RELEASE!r}.rsplit("-", 1)
DataRelease.objects.update(day=day, digest=digits.ljust(64, "0"))
"""


def fill_richly(site: LiveSite) -> None:
    """Judgments and definitions for every page to show, by hand: nothing here is a finding."""
    assert site.shell(MAKE).endswith(str(PROMPTS * len(GOOD)))
    site.shell(MORE)
    make_person(site, "ada")
    site.shell(WRITTEN)
    assert site.shell(GATHERED) == str(OWN_RUN)
    site.shell(CALLED)
    site.shell(DEBATED)
    site.shell(RELEASED)


@pytest.fixture(scope="module")
def rich(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LiveSite]:
    """A site of its own that is filled for looking at its pages."""
    with running_site(tmp_path_factory.mktemp("rich"), {"FIRST_RUN": "0"}) as live:
        fill_richly(live)
        yield live


# The first prompts of the sets of the default run, answered by the default model with its recipes
# and by a second, clearly named one; what a real model writes on them, other journeys look at.
# Of twelve prompts, on how many the answer to each criterion is yes, row by row.
LIMIT = 6
GOOD_OF_RUN = ((12, 12, 10, 3), (12, 12, 12, 4), (7, 9, 7, 9), (12, 10, 9, 12))
MAKE_ON_RUN = f"""{ANSWERS}
import json
from tests.cast import give, make_model, make_output, make_run, make_user
from evaluations.judgments.models import Judge
from evaluations.prompts.models import PromptSet
from evaluations.runs.loading import FIRST_PROMPT_SETS
from evaluations.runs.models import LanguageModel, Output, Recipe, Run

judges = [Judge.objects.create(kind="person", user=make_user(f"reader-{{n}}")) for n in range(5)]
first = LanguageModel.objects.order_by("position", "pk").first()
for prompt_set in PromptSet.objects.filter(slug__in=FIRST_PROMPT_SETS):
    for recipe in Recipe.objects.filter(slug__in=("direct", "step-by-step")):
        run = make_run(model=first, recipe=recipe, prompt_set=prompt_set)
        for prompt in prompt_set.prompts.to_be_asked().order_by("position", "pk")[:{LIMIT}]:
            make_output(run=run, prompt=prompt)
written = list(Run.objects.order_by("recipe__position", "pk").select_related("model", "recipe"))
second = make_model("scripted", name="Scripted 2B, made up by the tests")
for run in written:
    twin = make_run(model=second, recipe=run.recipe, prompt_set=run.prompt_set)
    for output in run.outputs.select_related("prompt"):
        make_output(run=twin, prompt=output.prompt)
rows = [(model, recipe) for model in (written[0].model, second)
        for recipe in dict.fromkeys(run.recipe for run in written)]
place = 0
for (model, recipe), good in zip(rows, {GOOD_OF_RUN!r}, strict=True):
    outputs = Output.objects.filter(run__model=model, run__recipe=recipe).order_by("prompt__pk")
    for n, output in enumerate(outputs):
        place += 1
        for seat in range(3):
            number = (place + seat * (1 + place % 2)) % 5
            well = [(5 * n + row) % {2 * LIMIT} < good[row] for row in range(len(good))]
            give(judges[number], output, answers_of(place, n, number, well))
print(json.dumps([[m.name, r.name, m.slug, r.slug] for m, r in rows]))
"""


@dataclass(frozen=True)
class JudgedRun:
    """A site whose default run is judged; `slugs` by the names of model and recipe."""

    live: LiveSite
    slugs: dict[tuple[str, str], tuple[str, str]]
    prompts: int = 2 * LIMIT


@pytest.fixture(scope="module")
def judged_run(tmp_path_factory: pytest.TempPathFactory) -> Iterator[JudgedRun]:
    """The default run on the first prompts of its sets, and a second model's."""
    with running_site(tmp_path_factory.mktemp("judged-run"), {"FIRST_RUN": "0"}) as live:
        named = json.loads(live.shell(MAKE_ON_RUN).splitlines()[-1])
        yield JudgedRun(live, {(row[0], row[1]): (row[2], row[3]) for row in named})

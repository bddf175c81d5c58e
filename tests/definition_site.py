"""A site of two models with two recipes, whose outputs and judgments are scripted and known."""

from collections.abc import Iterator

import pytest

from tests.live_site import LiveSite

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

MAKE = f"""
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
            answers = {{}}
            for row, key in enumerate({KEYS!r}):
                well = (3 * n + row) % {PROMPTS} < good[row]
                value = "yes" if well else ("no", "no", "partly")[(n + row) % 3]
                if (place + 2 * number + 5 * row) % 11 == 0:
                    value = "no" if well else "yes"
                if (place + number + row) % 13 == 0:
                    value = "cannot-tell"
                answers[key] = value
            give(judges[number], output, answers)
print(place)
"""


@pytest.fixture(scope="module")
def judged(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LiveSite]:
    """A site of its own: no model writes, and five judges have judged everything there is."""
    live = LiveSite(tmp_path_factory.mktemp("judged"), {"FIRST_RUN": "0"})
    live.start()
    assert live.shell(MAKE).endswith(str(PROMPTS * len(GOOD)))
    yield live
    assert live.stop() == 0, live.tail()

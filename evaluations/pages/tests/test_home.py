"""The front page in every state of a site: empty, written, judged, and seen by a guest."""

import re

import pytest
from django.test import Client
from django.utils import timezone

from evaluations.common.tests.constant_queries import assert_queries_do_not_grow
from evaluations.judgments.judges.visitors import GUEST_KEY
from evaluations.judgments.models import Judge
from evaluations.judgments.tests.cast import (
    give,
    make_block,
    make_criterion,
    make_definition,
    make_judge,
    make_model,
    make_output,
    make_prompt,
    make_recipe,
    make_run,
    make_user,
)
from evaluations.runs.models import Output

pytestmark = pytest.mark.django_db


def text(client: Client, url: str = "/") -> str:
    response = client.get(url)
    assert response.status_code == 200, url
    return " ".join(response.content.decode().split())


@pytest.fixture
def definitions() -> None:
    """Seven definitions that judging settles and one that needs a finding."""
    make_criterion("one")
    make_criterion("stays-stable", level="set", answered_by="probe")
    make_block("one")
    make_definition("stable", {"all": ["one", "stays-stable"]}, name="Stable under change")
    for n in range(1, 8):
        make_definition(f"d{n}", "one" if n % 2 else {"not": "one"}, name=f"Definition {n}")


def as_guest(client: Client) -> Judge:
    guest = make_judge("guest")
    session = client.session
    session[GUEST_KEY] = str(guest.guest_key)
    session.save()
    return guest


def test_a_site_where_nothing_was_loaded_or_written(client: Client) -> None:
    page = text(client)
    assert "No model has written anything yet" in page
    assert 'href="/runs/"' in page
    assert 'id="matrix"' not in page
    assert "Judge one output" in page


def test_a_site_whose_first_outputs_are_being_written(client: Client, definitions: None) -> None:
    make_output(state="pending")
    make_output(state="leased", leased_until=timezone.now())
    page = text(client)
    assert "The first outputs are being written" in page
    assert "2 outputs are asked for, and none is finished yet" in page
    assert "on the way" not in page, "it is said once"


def test_outputs_without_judgments(client: Client, definitions: None) -> None:
    make_output()
    make_output()
    page = text(client)
    assert "2 outputs wait for a judge" in page
    assert page.count('href="/judge/"') >= 2, "above the cases and below them"
    assert "Same text, 8 definitions, different verdicts" in page
    assert "made by hand" in page
    assert 'id="matrix"' not in page, "a table of what is lacking says nothing"
    assert "One contested output" not in page


def test_twelve_cases_to_read_one_of_them_open(client: Client) -> None:
    make_criterion("states-conclusion")
    make_criterion("makes-inference")
    make_definition("states", "states-conclusion", name="States it")
    make_definition("infers", "makes-inference", name="Infers it")
    page = text(client)
    keys = re.findall(r'id="case-(k\d\d)"', page)
    assert keys == [f"k{n:02}" for n in (*range(1, 6), *range(7, 13), 14)]
    assert page.count('class="prompt-box"') == 1
    assert page.count('aria-current="true" hx') + page.count('aria-current="true">') == 1
    opened = text(client, "/?case=k04")
    assert "4. Filler, then a right answer" in opened
    assert ". . . . . . . . . ." in opened
    line = opened.partition('class="verdict-line"')[2].partition("</ul>")[0]
    hrefs = re.findall(r'href="(/cases/k04/#\w+)"', line)
    assert hrefs == ["/cases/k04/#states", "/cases/k04/#infers"], "reasoning before not"
    assert "?case=k05" in opened.partition('id="case-next"')[2][:80]
    assert "?case=k01" in text(client, "/?case=k14").partition('id="case-next"')[2][:80]
    part = client.get("/?case=k04", headers={"HX-Request": "true"}).content.decode()
    assert "Filler, then a right answer" in part
    assert "<h1" not in part
    for unknown in ("/?case=k13", "/?case=none"):
        assert (
            page.partition('id="case"')[2][:900]
            == text(client, unknown).partition('id="case"')[2][:900]
        )


def test_no_cases_once_a_board_has_data(client: Client, definitions: None) -> None:
    output = make_output()
    give(make_judge(), output, {"one": "yes"})
    page = text(client, "/?case=k04")
    assert "Filler, then a right answer" not in page
    assert 'id="matrix"' in page
    assert 'href="/cases/"' in page


def test_a_failed_output_is_no_output_that_waits_for_a_judge(
    client: Client, definitions: None
) -> None:
    make_output()
    make_output(state="failed")
    assert "1 output waits for a judge" in text(client)


def test_the_first_five_and_all_on_request(client: Client, definitions: None) -> None:
    give(make_judge(), make_output(), {"one": "cannot-tell"})
    page, everything = text(client), text(client, "/?all=1")
    names = [f"Definition {n}" for n in range(1, 8)]
    assert [name for name in names if f">{name}</a>" in page] == names[:5]
    assert "Show all 8 definitions" in page
    assert "Stable under change" not in page
    assert all(f">{name}</a>" in everything for name in names)
    assert "1 definition also needs findings" in everything
    assert "Stable under change" in everything
    assert "Show the first five" in everything


def test_shares_with_n_lead_to_the_outputs(client: Client, definitions: None) -> None:
    judge = make_judge()
    for value in ("yes", "yes", "yes", "no"):
        give(judge, make_output(), {"one": value})
    page = text(client)
    cell = page.partition('href="/leaderboards/d1/outputs/?model=babbler&amp;recipe=plainly"')[2]
    cell = cell.partition("</a>")[0]
    assert "75%" in cell
    assert '<span class="visually-hidden">n </span>4' in cell
    assert 'class="mark' not in cell
    other = page.partition('href="/leaderboards/d2/outputs/?')[2].partition("</a>")[0]
    assert "25%" in other
    assert 'class="mark' not in other, "no verdict stands beside a share of several"
    assert "Nobody signed in has judged" not in page
    rows = {row["definition"]: row for row in client.get("/matrix.json").json()["rows"] if row["n"]}
    assert (rows["d1"]["share"], rows["d1"]["n"], rows["d2"]["share"]) == (0.75, 4, 0.25)


def test_one_output_on_which_definitions_split(client: Client, definitions: None) -> None:
    judge = make_judge()
    quiet = make_output(prompt=make_prompt(text="A prompt that nobody settled"))
    give(judge, quiet, {"one": "cannot-tell"})
    split = make_output(prompt=make_prompt(text="<b>Is the lamp on?</b>"))
    give(judge, split, {"one": "yes"})
    page = text(client)
    assert "One contested output" in page
    assert "&lt;b&gt;Is the lamp on?&lt;/b&gt;" in page
    assert f'href="/outputs/{split.pk}/"' in page
    assert "1 says this is reasoning and 1 says it is not" in page, "equal rules count once"
    assert 'href="/definitions/d1/"' in page
    Output.objects.filter(pk=split.pk).update(withdrawn_at=timezone.now())
    assert "One contested output" not in text(client)


def test_a_guest_sees_at_once_how_cells_read_with_theirs(client: Client, definitions: None) -> None:
    guest = as_guest(client)
    output = make_output()
    assert "with yours" not in text(client)
    give(guest, output, {"one": "yes"})
    page = text(client)
    assert 'id="with-yours"' in page
    assert "with yours: </span>1 of 1" in page
    assert "with yours: </span>0 of 1" in page
    assert "Nobody signed in has judged an output yet" in page
    assert "with yours" not in text(Client())
    person = make_judge()
    give(person, output, {"one": "yes"})
    page = text(client)
    assert 'id="with-yours"' not in page  # the guest's answer changes no cell


def test_signing_up_makes_the_guests_judgment_count(client: Client, definitions: None) -> None:
    give(as_guest(client), make_output(), {"one": "yes"})
    assert "100%" not in text(client)
    client.force_login(make_user())
    page = text(client)
    assert "100%" in page
    assert "with yours" not in page
    assert "100%" in text(Client())


def test_the_front_page_draws_as_many_columns_as_fit(client: Client, definitions: None) -> None:
    judge = make_judge()
    for n in range(10):
        run = make_run(make_model(f"m{n}", position=n))
        give(judge, make_output(run=run), {"one": "yes" if n >= 8 else "no"})
    page = text(client)
    heads = re.findall(r'<th scope="col" data-column="([\w-]+)"', page)
    # Half of the definitions are “one”, the others its contrary; the first has four of seven.
    assert [head.removesuffix("--plainly") for head in heads] == [
        "m8", "m9", "m0", "m1", "m2", "m3", "m4", "m5",
    ]  # fmt: skip
    assert '<a href="/leaderboards/">2 more models and recipes</a>' in page
    row = page.partition('id="matrix"')[2].partition(">Definition 1</a>")[2].partition("</tr>")[0]
    assert row.count("<td") == 8


def test_a_phone_opens_each_definition_on_the_row_that_leads_it(
    client: Client, definitions: None
) -> None:
    judge = make_judge()
    for slug, value in (("ape", "yes"), ("bee", "no")):
        output = make_output(run=make_run(make_model(slug, name=slug.title())))
        give(judge, output, {"one": value})
    leads = text(client).partition('id="leads"')[2].partition("</ul>")[0].split("<li>")[1:]
    assert [re.findall(r">(Definition \d)<|>(Ape|Bee), ", lead) for lead in leads] == [
        [(f"Definition {n}", ""), ("", "Ape" if n % 2 else "Bee")] for n in range(1, 6)
    ]
    assert all("<strong>100%</strong>" in lead and "n 1" in lead for lead in leads)


def test_a_finding_stands_only_where_a_test_tells_rows_apart(
    client: Client, definitions: None
) -> None:
    judge = make_judge()
    runs = [make_run(make_model(slug, name=slug.title())) for slug in ("ape", "bee")]

    def judged(prompts: int) -> None:
        for _ in range(prompts):
            prompt = make_prompt()
            for run, value in zip(runs, ("yes", "no"), strict=True):
                give(judge, make_output(run=run, prompt=prompt), {"one": value})

    judged(3)
    page = text(client)
    assert 'id="finding"' not in page
    needed = page.index("No definition can say yet which model leads")
    assert needed < page.index('id="leads"'), "what is known stands before the figures"
    judged(9)
    page = text(client)
    finding = page.partition('id="finding"')[2].partition("</div>")[0]
    assert "under 1 of the 2 definitions by which models can be told apart so far" in finding
    assert "n = 24 judged outputs" in finding
    assert 'id="finding-address">http://testserver/#finding<' in finding
    assert 'data-copy="#finding-address"' in finding
    assert 'href="/leaderboards/#on-top"' in finding
    assert 'id="on-top"' in text(client, "/leaderboards/")


def test_models_are_in_catalogue_order(client: Client, definitions: None) -> None:
    later = make_model("ape", position=2)
    first = make_model("bee", position=1)
    for model in (later, first):
        give(make_judge(), make_output(run=make_run(model)), {"one": "yes"})
    heads = re.findall(r'<th scope="col" data-column="([\w-]+)"', text(client))
    assert heads == ["bee--plainly", "ape--plainly"]


def test_only_reading_is_allowed(client: Client) -> None:
    assert client.post("/").status_code == 405
    assert client.head("/").status_code == 200


def test_queries_do_not_grow_with_what_there_is(client: Client, definitions: None) -> None:
    guest = as_guest(client)

    def grow(n: int) -> None:
        make_definition(f"more-{n}", {"not": "one"})
        run = make_run(make_model(f"m{n}"), make_recipe(f"r{n}"))
        give(make_judge(), make_output(run=run), {"one": "yes"})
        give(guest, make_output(run=run), {"one": "no"})

    assert_queries_do_not_grow(client, ["/", "/?all=1"], grow)


def test_the_order_of_the_matrix_is_kept(client: Client, definitions: None) -> None:
    give(make_judge(), make_output(), {"one": "yes"})
    page = client.get("/?sort=name").content.decode()
    assert 'href="/?sort=name&amp;all=1#matrix"' in page
    assert 'aria-sort="ascending"' in page
    assert 'href="/?sort=name#matrix"' in client.get("/?sort=name&all=1").content.decode()
    by_name = [row["definition"].name for row in client.get("/?sort=name&all=1").context["rows"]]
    assert by_name[:3] == sorted(by_name[:3])

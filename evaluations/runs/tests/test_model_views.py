"""Language models and their runs."""

import csv
import io

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from evaluations.inference.backends import TRANSFORMERS
from evaluations.runs.models import LanguageModel
from tests.cast import make_model, make_output, make_run, make_staff, make_user

pytestmark = pytest.mark.django_db


def test_an_empty_site_says_so(client: Client) -> None:
    assert "No language models yet" in client.get("/models/").content.decode()


def test_list_and_record(client: Client) -> None:
    model = make_model("babbler", name="Babbler 1B", maker="Babel", licence="MIT", revision="9c")
    run = make_run(model=model)
    make_output(run=run)
    make_output(run=run, state="failed")
    make_run(model=make_model("other"))
    page = client.get("/models/").content.decode()
    assert 'href="/models/babbler/"' in page
    record = client.get("/models/babbler/").content.decode()
    for word in ("Babbler 1B", "Babel", "MIT", "9c", "package:babbler", f"/runs/{run.pk}/"):
        assert word in record, word
    assert record.count(">Run ") == 1
    rows = list(csv.DictReader(io.StringIO(client.get("/models.csv").content.decode())))
    assert [(row["slug"], row["runs"], row["outputs"]) for row in rows] == [
        ("babbler", "1", "1"),
        ("other", "1", "0"),
    ]
    assert client.get("/models.json").json()["models"][0]["maker"] == "Babel"


def test_a_model_nobody_asked(client: Client) -> None:
    make_model("silent")
    client.force_login(make_staff())
    page = client.get("/models/silent/").content.decode()
    assert "Nobody has asked this model yet." in page
    assert "/runs/new/?model=silent" in page


def test_a_model_of_imports_is_shown_to_who_may_read_a_run_of_it(client: Client) -> None:
    ada, eve = make_user("ada", role="researcher"), make_user("eve", role="researcher")
    elsewhere = make_model("elsewhere", name="Elsewhere 9B", backend="")
    run = make_run(model=elsewhere, launched_by=ada, visibility="private")
    address = "/models/elsewhere/"
    assert client.get(address).status_code == 404
    client.force_login(eve)
    assert client.get(address).status_code == 404
    assert client.post(f"{address}try/").status_code == 404
    assert "Elsewhere 9B" not in client.get("/protocols/new/").content.decode()
    run.readers.add(eve)
    assert f"/runs/{run.pk}/" in client.get(address).content.decode()
    for reader in (ada, make_staff()):
        client.force_login(reader)
        assert "Elsewhere 9B" in client.get(address).content.decode()
    client.force_login(ada)
    assert "Elsewhere 9B" in client.get("/protocols/new/").content.decode()
    client.logout()
    make_run(model=elsewhere)
    assert client.get(address).status_code == 200


def test_unknown_model(client: Client) -> None:
    assert client.get("/models/unknown/").status_code == 404


@pytest.mark.parametrize("path", ["/models/", "/models/babbler/", "/models.csv", "/models.json"])
def test_queries_do_not_grow_with_the_rows(client: Client, path: str) -> None:
    babbler = make_model("babbler")

    def make_rows(name: str) -> None:
        make_output(run=make_run(model=babbler))
        make_output(run=make_run(model=make_model(name)))

    make_rows("few")
    with CaptureQueriesContext(connection) as few:
        client.get(path)
    make_rows("many")
    with CaptureQueriesContext(connection) as many:
        client.get(path)
    assert len(few) == len(many)


def test_a_model_that_staff_add_names_an_engine_of_the_site(client: Client) -> None:
    client.force_login(make_user("chief", is_staff=True, is_superuser=True))
    add = "/admin/runs/languagemodel/add/"
    said = {"slug": "new", "name": "New", "path": "a/b", "position": 1}
    refused = client.post(add, {**said, "backend": "os.system"})
    assert "os.system is not one of the available choices" in refused.content.decode()
    assert client.post(add, {**said, "backend": TRANSFORMERS}).status_code == 302
    assert LanguageModel.objects.get(slug="new").backend == TRANSFORMERS

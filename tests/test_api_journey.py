"""Keys from the browser to a program: made, used, revoked, refused. And what the docs promise."""

import os
import re
import subprocess
import sys

import pytest
from playwright.sync_api import Page, expect

from tests.evening_site import make_person, sign_in
from tests.live_site import ROOT, LiveSite

EXAMPLES = re.findall(r"```python\n(.*?)```", (ROOT / "docs" / "api.md").read_text(), re.DOTALL)
MAKE_A_KEY = """
from evaluations.accounts.models import User
from evaluations.api.actions import make_key
person, _ = User.objects.get_or_create(username="program")
print(make_key(person=person, name="example", scope="judge", days=30)[1])
"""


def curl(address: str, key: str) -> tuple[int, str]:
    """The status and the body of what curl is answered."""
    sent = ["curl", "-s", "-w", "\n%{http_code}", "-H", f"Authorization: Bearer {key}", address]
    said = subprocess.run(sent, capture_output=True, text=True, timeout=60, check=True)
    body, _, status = said.stdout.rpartition("\n")
    return int(status), body


@pytest.mark.browser
def test_a_key_is_made_used_revoked_and_refused(page: Page, site: LiveSite) -> None:
    make_person(site, "grace")
    sign_in(page, "grace")
    page.goto("/accounts/preferences/")
    page.get_by_role("link", name="API keys").click()
    page.get_by_label("Name").fill("my notebook")
    page.get_by_label("Read, and work out what a rule would change").check()
    page.get_by_role("button", name="Make a key").click()
    key = page.locator("#secret").inner_text().strip()
    assert curl(f"{site.url}/api/v1/definitions?limit=1", key)[0] == 200
    page.goto("/accounts/preferences/api-keys/")
    expect(page.get_by_text(key)).to_have_count(0)
    expect(page.get_by_text("last used")).to_be_visible()
    page.get_by_role("button", name="Revoke").click()
    page.get_by_role("dialog").get_by_role("button", name="Revoke").click()
    expect(page.locator("#messages")).to_contain_text("is revoked")
    status, body = curl(f"{site.url}/api/v1/definitions?limit=1", key)
    assert status == 401
    assert "revoked" in body


@pytest.mark.browser
@pytest.mark.parametrize("number", [0, 1])
def test_the_examples_of_the_docs_run(written: LiveSite, number: int) -> None:
    key = written.shell(MAKE_A_KEY).strip()
    environment = {**os.environ, "SITE": written.url, "KEY": key}
    said = subprocess.run(
        [sys.executable, "-c", EXAMPLES[number]],
        capture_output=True, text=True, timeout=120, env=environment,
    )  # fmt: skip
    assert said.returncode == 0, said.stderr
    assert len(EXAMPLES[number].strip().splitlines()) <= 16
    if number:
        assert "200 {'saved': True" in said.stdout
    else:
        assert "share" in said.stdout

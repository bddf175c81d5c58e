"""The search field in the head: by its key, not where keys are off or a text is typed."""

from playwright.sync_api import Page, expect

from tests.evening_site import comment, guests, judging

__all__ = ["guests", "judging"]


def test_the_key_goes_to_the_search_and_leaves_texts_alone(judging: Page) -> None:
    field = judging.get_by_role("searchbox", name="Search")
    judging.keyboard.press("/")
    expect(field).to_be_focused()
    expect(field).to_have_value("")
    comment(judging).focus()
    judging.keyboard.press("/")
    expect(comment(judging)).to_have_value("/")
    judging.locator("#item-title, h1").first.click()
    judging.keyboard.press("/")
    judging.keyboard.type('"lamp is lit"')
    judging.keyboard.press("Enter")
    judging.wait_for_url("**/search/?q=*")
    expect(judging.locator("#found-outputs")).to_contain_text("24")
    judging.get_by_role("link", name="All 24, by model").click()
    expect(judging.locator("#found")).to_have_text("24 outputs")
    expect(judging.get_by_label("Words in it")).to_have_value('"lamp is lit"')


def test_the_key_does_nothing_where_single_keys_are_off(judging: Page) -> None:
    judging.locator("#show-keys").click()
    judging.locator("#single-keys").uncheck()
    judging.locator("#keys-close").click()
    judging.goto("/definitions/")
    judging.keyboard.press("/")
    expect(judging.get_by_role("searchbox", name="Search")).not_to_be_focused()

"""A site with one of everything, and who may do what there: see `test_permissions.py`."""

from collections.abc import Iterator
from typing import Any

from django.db import transaction
from django.test import Client
from django.urls import NoReverseMatch, get_resolver, reverse

from evaluations.accounts import invitations
from evaluations.accounts.models import User
from evaluations.curation.suggestions.actions import suggest
from evaluations.curation.tests.cast import make_shown
from evaluations.curation.version_actions import freeze as freeze_collection
from evaluations.definitions.models import DefinitionVersion
from evaluations.judgments.models import Member, Protocol
from evaluations.judgments.tests import cast
from evaluations.judgments.tests.protocol_cast import make_item, make_protocol
from evaluations.leaderboards.tests.freezing import freeze
from evaluations.prompts.models import PromptSet
from evaluations.runs.models import Run
from tests.test_file_addresses import addresses

ROLES = ("visitor", "member", "invited", "owner", "researcher", "moderator", "staff")
LETTERS = dict(zip(ROLES, "vmiords", strict=True))
"""Letters of the table; d stands for moderator."""


class World:
    """One of everything, with the people who look at it."""

    def __init__(self) -> None:
        self.people: dict[str, User | None] = {
            "visitor": None,
            "member": cast.make_user("mem"),
            "invited": cast.make_user("inv"),
            "owner": cast.make_user("own", role="researcher"),
            "researcher": cast.make_user("res", role="researcher"),
            "moderator": cast.make_user("mod", role="moderator"),
            "staff": cast.make_user("sta", is_staff=True),
        }
        owner, staff = self.people["owner"], self.people["staff"]
        assert owner is not None
        assert staff is not None
        cast.make_criterion("one")
        block = cast.make_block("one")
        version = cast.make_definition("taylor", "one")
        type(version.definition).objects.filter(pk=version.definition_id).update(owner=owner)
        version = DefinitionVersion.objects.get(pk=version.pk)
        self.version = version
        run = cast.make_run()
        Run.objects.filter(pk=run.pk).update(launched_by=owner)
        output = cast.make_output(run=run)
        self.judge = cast.make_judge(user=owner)
        cast.give(self.judge, output, {"one": "yes"})
        terms = make_protocol("closed", blocks=(block,), access="invited", owner=owner)
        item = make_item(terms, output)
        Protocol.objects.filter(pk=terms.protocol_id).update(owner=owner)
        Member.objects.create(
            protocol=terms.protocol, judge=cast.make_judge(user=self.people["invited"])
        )
        snapshot = freeze(version, owner)
        made = make_shown(owner)
        frozen = freeze_collection(collection=made, actor=owner)
        member = self.people["member"]
        assert member is not None
        suggestion = suggest(
            collection=made, author=member, target={"output": output}, note="Also this."
        )
        self.collection: dict[str, Any] = {
            "owner": "own",
            "slug": made.slug,
            "name": frozen.name,
            "key": made.placements.earliest("pk").pk,
        }
        self.suggestion = suggestion.pk
        invitation = invitations.invite(actor=staff, role="curator")
        self.given: dict[str, Any] = {
            "output_id": output.pk,
            "run_id": run.pk,
            "item_id": item.pk,
            "opinion_id": 1,
            "number": 1,
            "name": snapshot.get_absolute_url().rstrip("/").rpartition("/")[2],
            "key": "one",
            "case_key": "k02",
            "table": "criteria",
            "token": invitation.token,
            "invitation": terms.protocol.invitation,
            "pk": cast.make_user("eve").pk,
        }
        PromptSet.objects.filter(slug="set").update(owner=owner)
        self.slugs = {
            "protocol": "closed",
            "opinion": "closed",
            "comparisons": "closed",
            "prompt-set": "set",
            "prompt": output.prompt.slug,
            "judge-prompt": output.prompt.slug,
            "model": run.model.slug,
        }

    def address_of(self, name: str) -> str | None:
        """The address of a name with this world's things; None where it needs what is not here."""
        patterns = get_resolver().reverse_dict.getlist(name)
        wanted = patterns[0][0][0][1]
        slug = next((s for p, s in self.slugs.items() if name.startswith(p)), "taylor")
        given = {**self.given, "slug": slug}
        if name.startswith("collection"):
            given |= self.collection
            if name.startswith("collection-by-rule"):
                given["name"] = "brittle"
            if name == "collection-suggestion":
                given["key"] = self.suggestion
        if name == "set-aside":
            given["pk"] = self.judge.pk
        try:
            return reverse(name, kwargs={each: given[each] for each in wanted})
        except (NoReverseMatch, KeyError):
            return None


def named_addresses() -> Iterator[str]:
    """The names of the site's own addresses; the JSON twin of a CSV file goes with it."""
    for route, name in addresses(get_resolver().url_patterns):
        own = not route.startswith(("admin/", "accounts/")) or "-" in name
        if name and own and not name.endswith("-json"):
            yield name


def lets_through(world: World, role: str, method: str, address: str) -> bool:
    """Whether somebody is neither sent to sign in nor refused; what it changes is taken back."""
    person = world.people[role]
    client = Client()
    if person is not None:
        client.force_login(person)
    with transaction.atomic():
        response = getattr(client, method)(address)
        transaction.set_rollback(True)
    to_sign_in = response.status_code == 302 and "/accounts/login/" in response["Location"]
    return not to_sign_in and response.status_code not in (403, 405)


def letters(world: World, method: str, address: str) -> str:
    """Those who get through, as letters of the table."""
    return "".join(LETTERS[r] for r in ROLES if lets_through(world, r, method, address)) or "-"

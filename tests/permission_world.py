"""A site with one of everything, and who may do what there: see `test_permissions.py`."""

import uuid
from collections.abc import Iterator
from contextlib import ExitStack
from typing import Any
from unittest.mock import patch

from django.conf import settings
from django.db import transaction
from django.template.backends.django import Template
from django.test import Client
from django.urls import NoReverseMatch, get_resolver, reverse
from django.utils import timezone

from evaluations.accounts import invitations
from evaluations.accounts.models import User
from evaluations.accounts.standing import (
    ENOUGH_JUDGED,
    ESTABLISHED_AFTER,
    FIRST_ACCOUNTS,
    standing_of,
)
from evaluations.activity.models import Decision, Event
from evaluations.activity.notices.digests import token_of
from evaluations.api.actions import make_key
from evaluations.curation.rounds.actions import begin_round, join_round, open_round
from evaluations.curation.suggestions.actions import suggest
from evaluations.curation.tests.cast import make_shown
from evaluations.curation.version_actions import freeze as freeze_collection
from evaluations.curation.views import output_keys
from evaluations.debates.actions import state
from evaluations.debates.freezing_actions import freeze as freeze_debate
from evaluations.debates.retiring_actions import retire
from evaluations.definitions import rule_form
from evaluations.definitions.models import DefinitionVersion
from evaluations.exchange.eee import views as eee_views
from evaluations.exchange.models import ImportJob, StudyExport
from evaluations.exchange.releases import views as release_views
from evaluations.exchange.releases.release_actions import make_release
from evaluations.exchange.studies import views as study_views
from evaluations.judgments.judges.visitors import GUEST_KEY
from evaluations.judgments.models import Judge, Member, Protocol, Reveal
from evaluations.judgments.opinions.prompt_actions import write_prompt
from evaluations.judgments.tests import cast
from evaluations.judgments.tests.protocol_cast import make_item, make_protocol
from evaluations.leaderboards.tests.freezing import freeze
from evaluations.leaderboards.yours.actions import show as show_yours
from evaluations.prompts.models import PromptSet
from evaluations.runs.endpoints.tests.worlds import an_endpoint
from evaluations.runs.models import Grid, Run
from tests.test_file_addresses import addresses

ROLES = (
    "visitor", "guest", "new", "member", "established", "invited", "owner", "researcher",
    "curator", "moderator", "staff",
)  # fmt: skip
LETTERS = dict(zip(ROLES, "vgnmeiorcds", strict=True))
"""Letters of the table; d stands for moderator."""


DRAW = Template.render
ZIPPING = (eee_views, release_views, study_views)
WORDS = "drawing a conclusion of my own"
PUBLISHED = {
    "name": "Of my own",
    "slug": "",
    "kind": "definition",
    "statement": WORDS,
    "reading": "Counts what has one.",
    "absence_policy": "may-be-latent",
    "partly_policy": "not-met",
    "verification": "unverified",
    "press": "publish",
    **rule_form.fields({"all": ["one"]}),
}
SENT = {"definition-new": PUBLISHED, "definition-fork": PUBLISHED}
"""What is sent to some addresses; nothing to the others."""


class World:
    """One of everything, with the people who look at it.

    The site has its first accounts already, and people have been here for different times.
    """

    def __init__(self) -> None:
        User.objects.bulk_create(User(username=f"first-{n}") for n in range(FIRST_ACCOUNTS))
        now = timezone.now()
        days = {"date_joined": now - ESTABLISHED_AFTER / 2}
        self.people: dict[str, User | None] = {
            "visitor": None,
            "guest": None,
            "new": cast.make_user("new"),
            "member": cast.make_user("mem", **days),
            "established": cast.make_user("est", date_joined=now - ESTABLISHED_AFTER),
            "invited": cast.make_user("inv", **days),
            "owner": cast.make_user("own", role="researcher"),
            "researcher": cast.make_user("res", role="researcher"),
            "curator": cast.make_user("cur", role="curator"),
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
        grid = Grid.objects.create(
            form_token=uuid.uuid4(), launched_by=owner, launched_at=timezone.now()
        )
        Run.objects.filter(pk=run.pk).update(launched_by=owner, grid=grid)
        output = cast.make_output(run=run)
        self.judge = cast.make_judge(user=owner)
        cast.give(self.judge, output, {"one": "yes"})
        guest, established = cast.make_judge("guest"), self.people["established"]
        cast.give(guest, output, {"one": "no"})
        much = cast.make_judge(user=established)
        for _ in range(ENOUGH_JUDGED):
            cast.give(much, cast.make_output(run=run), {"one": "yes"})
        for name in ("new", "member", "established"):
            assert standing_of(self.people[name]) == name
        self.sessions = {role: self.session_of(role, guest) for role in ROLES}
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
        ended = begin_round(collection=made, actor=owner, outputs=output_keys(made), block=block)
        for judge in (self.judge, Judge.objects.get(user=self.people["invited"])):
            join_round(round_=ended, judge=judge)
        open_round(round_=ended, actor=owner)
        for key in output_keys(made):
            Reveal.objects.create(judge=self.judge, output_id=key)
        self.round = ended.code
        self.export = StudyExport.objects.create(run=run, by=owner, state="done").pk
        self.release = make_release(site="https://example.org")[0].name
        code = show_yours(owner=owner, name=True, everything=True, outputs=True).code
        said = state(
            author=owner, version=version, kind="question", text="What is a conclusion here?"
        )
        self.debate_snapshot = freeze_debate(version=version, actor=owner).name
        gone = state(author=owner, version=version, kind="question", text="Who says what it is?")
        retire(statement=gone, actor=staff, sentence="It says the same.", reason="duplicate")
        self.decision = Decision.objects.get().pk
        self.unsubscribing = token_of(owner)
        self.event = Event.objects.listed().latest("pk").pk
        invitation = invitations.invite(actor=staff, role="curator")
        self.given: dict[str, Any] = {
            "output_id": output.pk,
            "statement_id": said.pk,
            "run_id": run.pk,
            "grid_id": grid.pk,
            "job_id": ImportJob.objects.create(name="log.jsonl", size=1, by=owner).pk,
            "item_id": item.pk,
            "opinion_id": 1,
            "number": 1,
            "name": snapshot.get_absolute_url().rstrip("/").rpartition("/")[2],
            "key": "one",
            "case_key": "k02",
            "table": "criteria",
            "code": code,
            "token": invitation.token,
            "invitation": terms.protocol.invitation,
            "pk": cast.make_user("eve").pk,
        }
        PromptSet.objects.filter(slug="set").update(owner=owner)
        self.key = make_key(person=owner, name="notebook", scope="read", days=30)[0].pk
        self.slugs = {
            "protocol": "closed",
            "opinion": "closed",
            "comparisons": "closed",
            "prompt-set": "set",
            "prompt": output.prompt.slug,
            "judge-prompt": output.prompt.slug,
            "model-judge": write_prompt(
                actor=owner, title="Strict", body="{answer} {questions} {form}"
            ).slug,
            "model": run.model.slug,
            "endpoint": an_endpoint().slug,
            "recipe": run.recipe.slug,
        }

    def session_of(self, role: str, guest: Judge) -> str:
        """The key of a session in which somebody is signed in, or has judged as a guest."""
        client, person = Client(), self.people[role]
        if person is not None:
            client.force_login(person)
        elif role == "guest":
            session = client.session
            session[GUEST_KEY] = str(guest.guest_key)
            session.save()
        cookie = client.cookies.get(settings.SESSION_COOKIE_NAME)
        return cookie.value if cookie else ""

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
        if name.startswith("debate-snapshot"):
            given["name"] = self.debate_snapshot
        if name.startswith("person"):
            given["name"] = "own"
        if name == "unsubscribe":
            given["token"] = self.unsubscribing
        if name == "event":
            given["pk"] = self.event
        if name == "flag" or name == "moderation-decide":
            given |= {"what": "item", "pk": self.collection["key"]}
        if name in ("moderation-decision", "moderation-appeal", "moderation-hearing"):
            given["pk"] = self.decision
        if name == "hide":
            given["pk"] = self.version.definition.owner_id
        if name == "follow":
            given |= {"what": "definition", "pk": self.version.definition_id}
        if name.startswith("release"):
            given |= {"name": self.release, "file": "MANIFEST.json"}
        if name.startswith("study-export"):
            given["pk"] = self.export
        if name.startswith("round"):
            given["code"] = self.round
        if name == "set-aside":
            given["pk"] = self.judge.pk
        if name == "api-key-revoke":
            given["pk"] = self.key
        try:
            return reverse(name, kwargs={each: given[each] for each in wanted})
        except (NoReverseMatch, KeyError):
            return None


def named_addresses() -> Iterator[str]:
    """The names of the site's own addresses; the JSON twin of a CSV file goes with it."""
    for route, name in addresses(get_resolver().url_patterns):
        own = not route.startswith(("admin/", "accounts/")) or "-" in name
        # What programs call is in the schema that the stage `api` tests.
        own = own and not route.startswith("api/v1/")
        if name and own and not name.endswith("-json"):
            yield name


def answer(world: World, role: str, method: str, name: str) -> Any:
    """What somebody is answered; what it changes is taken back."""
    client = Client()
    if world.sessions[role]:
        client.cookies[settings.SESSION_COOKIE_NAME] = world.sessions[role]
    sent = SENT.get(name, {}) if method == "post" else {}
    with transaction.atomic():
        response = getattr(client, method)(world.address_of(name), sent)
        transaction.set_rollback(True)
    return response


def undrawn(template: Template, context: Any = None, request: Any = None) -> str:
    """Nothing for a page; a picture, which becomes a file, is drawn."""
    is_page = (template.template.name or "").endswith(".html")
    return "" if is_page else DRAW(template, context, request)


def lets_through(world: World, role: str, method: str, name: str) -> bool:
    """Whether somebody is neither sent to sign in nor refused.

    A view has decided that before it draws its page or fills its zip, and four thousand of them
    take minutes: none is, but where what was typed must stay in a page.
    """
    with ExitStack() as undone:
        undone.enter_context(patch.object(Template, "render", undrawn))
        for views in ZIPPING:
            undone.enter_context(patch.object(views, "zip_in_memory", return_value=b""))
        response = answer(world, role, method, name)
    if response.status_code == 429:
        page = answer(world, role, method, name).content.decode()
        assert f"{SENT[name]['statement']}</textarea>" in page, (name, role)
    to_sign_in = response.status_code == 302 and "/accounts/login/" in response["Location"]
    return not to_sign_in and response.status_code not in (403, 405, 429)


def letters(world: World, method: str, name: str) -> str:
    """Those who get through, as letters of the table."""
    return "".join(LETTERS[r] for r in ROLES if lets_through(world, r, method, name)) or "-"

"""What is said in the debates of a filled site: made up, as all of its judgments are."""

# On two sides by stance, three people each; one of ten calls everything, one nothing reasoning.
DEBATED = """
import uuid
from tests.cast import make_user
from evaluations.accounts.models import User
from evaluations.debates.actions import state
from evaluations.debates.claims import EvidenceDraft
from evaluations.debates.freezing_actions import freeze
from evaluations.debates.models import (Statement)
from evaluations.debates.vote_actions import react, take_stance, vote
from evaluations.definitions.models import DefinitionVersion
from evaluations.judgments.answers.actions import Served, reveal_answers, submit_judgment
from evaluations.judgments.models import Judge
from evaluations.leaderboards.listing.verdicts import verdicts_on
from evaluations.runs.models import Output

version = DefinitionVersion.objects.with_pins().get(
    definition__slug="taylor-as-quoted", is_current=True)
outputs = list(Output.objects.finished().order_by("pk"))
said = verdicts_on([o.pk for o in outputs], [version])
wide = [o for o in outputs if said[o.pk, version.pk].word == "reasoning"]
narrow = [o for o in outputs if said[o.pk, version.pk].word == "not-reasoning"]
people = [make_user(f"debater-{n}") for n in range(6)]
ada = User.objects.get(username="ada")
served = Served(way="served")
for n, person in enumerate(people):
    judge = Judge.objects.create(kind="person", user=person)
    for output in [*wide[:2 + n], *narrow[:1]]:
        value = "no" if output in wide[:2] else "yes"
        submit_judgment(judge=judge, output=output, holistic=value, form_token=uuid.uuid4(),
            served=served)
    take_stance(version=version, person=person, value="use" if n < 3 else "reject")
first = state(author=people[3], version=version, kind="against",
    text="It counts an answer as reasoning whose steps only say the question again in other words.",
    evidence=[EvidenceDraft(wide[0], "too-wide"), EvidenceDraft(wide[1], "too-wide")])
state(author=people[4], version=version, kind="against",
    text="It leaves out work that plainly infers, because the conclusion is not supported.",
    evidence=[EvidenceDraft(narrow[0], "too-narrow")])
state(author=people[0], version=version, kind="for",
    text="Where it says yes, a conclusion was drawn.",
    evidence=[EvidenceDraft(wide[2], "fits")])
state(author=people[1], version=version, kind="scope",
    text="It is meant for texts that show their working, and for no others.")
state(author=people[2], version=version, kind="question",
    text="What is a body of observations here?",
    quotes=first, quote="the question again")
for row in Statement.objects.filter(version=version).exclude(author=None):
    for n, person in enumerate(people):
        if row.author_id != person.pk and (n + row.pk) % 5:
            agreement = "agree" if (n < 3) == (row.kind == "for") else "disagree"
            vote(statement=row, voter=person, useful=row.pk % 2 == 0 or n > 1, agreement=agreement)
for person in people[:3]:
    vote(statement=first, voter=person, useful=True)
for person in people[4:]:
    vote(statement=first, voter=person, useful=True)
react(statement=first, person=people[0], kind="define", quote="other words")
react(statement=first, person=people[1], kind="checked", link="https://example.org/checked")
take_stance(version=version, person=people[0], value="change", because=first)
take_stance(version=version, person=people[0], value="use")
vote(statement=first, voter=ada, useful=True, agreement="agree")
judge, _ = Judge.objects.get_or_create(user=ada, defaults={"kind": "person"})
reveal_answers(judge=judge, output=wide[0])
freeze(version=version, actor=ada)
print("said")
"""

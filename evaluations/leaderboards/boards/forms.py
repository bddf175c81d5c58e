"""The form above a board: which judgments count, how they combine, which outputs are looked at."""

import datetime as dt
from collections.abc import Iterable, Mapping
from typing import Any, cast

from django import forms
from django.contrib.auth.models import AnonymousUser
from django.core.exceptions import ValidationError
from django.db.models import Q
from django.http import Http404, HttpRequest, QueryDict

from evaluations.accounts.models import User
from evaluations.accounts.visibility import Audience
from evaluations.common.parameters import named
from evaluations.judgments.judges.visitors import visitor
from evaluations.judgments.models import Item, Protocol
from evaluations.judgments.protocols.permissions import may_see
from evaluations.leaderboards.boards.questions import (
    COMBINE_WORDS,
    NAMED,
    ROADS,
    SHARPENED,
    WHO,
    WHO_OF_BOARDS,
)
from evaluations.leaderboards.boards.standings import COMBINE, Question
from evaluations.leaderboards.matrix.answers import Scope, Selection
from evaluations.leaderboards.matrix.narrowed import Beyond
from evaluations.prompts.models import PromptSet
from evaluations.runs.models import LanguageModel, Recipe, Run

DAYS = ("since", "until")


class Unreadable(Http404):
    """Days that cannot be read; a page that keeps the form answers 422 in its place.

    `errors` are sentences by field, `question` what the rest of the URL asks.
    """

    def __init__(self, errors: Mapping[str, str], question: Question) -> None:
        super().__init__(" ".join(errors.values()))
        self.errors = dict(errors)
        self.question = question


def one_of(name: str, words: Mapping[str, str], label: str = "") -> forms.ChoiceField:
    """One of some words; where nothing is said, the first is meant."""
    unknown = f"“%(value)s” is not a choice for “{name}”: choose {', '.join(words)}."
    return forms.ChoiceField(
        choices=list(words.items()),
        required=False,
        label=label,
        error_messages={"invalid_choice": unknown},
    )


def row_of(name: str) -> "forms.ModelChoiceField[Any]":
    """A row by its slug or number: any that exists; `QuestionForm.offer` says what is offered."""
    kind, noun = NAMED[name]
    return forms.ModelChoiceField(
        kind._default_manager.all(),
        to_field_name="pk" if kind is Run else "slug",
        required=False,
        label=noun.capitalize(),
        error_messages={"invalid_choice": f"There is no {noun} “%(value)s”."},
    )


class DayField(forms.DateField):
    """A day as year-month-day, or a sentence with what was typed where it is none."""

    def __init__(self) -> None:
        super().__init__(required=False, input_formats=["%Y-%m-%d"])

    def to_python(self, value: Any) -> dt.date | None:
        try:
            return super().to_python(value)
        except ValidationError:
            why = f"“{value.strip()[:40]}” is no day. Write it as year-month-day: 2026-05-31."
            raise ValidationError(why) from None


class QuestionForm(forms.Form):
    """What a board's address asks. Unbound it is drawn with a question's `fields_of`."""

    judges = one_of("judges", WHO_OF_BOARDS, "Judgments by")
    combine = one_of(
        "combine",
        {name: f"{name}: {COMBINE_WORDS[name]}" for name in COMBINE},
        "Several judges combine by",
    )
    road = one_of("road", ROADS, "Road to the verdict")
    domain = forms.CharField(required=False, strip=False, widget=forms.Select)
    prompt_set = row_of("prompt_set")
    model = row_of("model")
    recipe = row_of("recipe")
    run = row_of("run")
    protocol = row_of("protocol")
    since = DayField()
    until = DayField()
    unblinded = one_of("unblinded", {"0": "", "1": ""})
    apart = one_of("apart", {"0": "", "1": ""})
    chosen = one_of("chosen", {"0": "", "1": ""})
    people = one_of("people", {"1": "", "0": ""})

    def __init__(
        self,
        *args: Any,
        request: HttpRequest | None = None,
        sharpens: bool = False,
        with_people: bool = False,
        **kwargs: Any,
    ) -> None:
        """`sharpens`: of a page that shows shares sharpened by model judges where it is asked to;
        any other shows people's for the same address, so that links lead from one to the other.
        `with_people`: of a page that has a row of what people wrote, unless that is left out."""
        super().__init__(*args, **kwargs)
        self.auto_id, self.request, self.sharpens = "%s", request, sharpens
        self.with_people = with_people
        if not self.is_bound and not sharpens:
            cast(forms.ChoiceField, self.fields["judges"]).choices = list(WHO.items())

    def clean_domain(self) -> str:
        domain: str = self.cleaned_data["domain"]
        if domain and not self.readable(PromptSet).filter(domain=domain).exists():
            raise ValidationError(f"There is no domain “{domain}”.")
        return domain

    @property
    def user(self) -> User | AnonymousUser:
        """Who looks; nobody where no request is."""
        return self.request.user if self.request is not None else AnonymousUser()

    def readable(self, kind: Any) -> Any:
        """The rows of a model that the visitor may read."""
        return kind._default_manager.readable_by(self.user)

    def clean_protocol(self) -> Protocol | None:
        """One that was opened, or that is the visitor's."""
        protocol: Protocol | None = self.cleaned_data["protocol"]
        if protocol is not None and protocol.is_round and protocol.is_open:
            raise ValidationError("This round is still going on: its board opens when it ends.")
        who = visitor(self.request) if self.request is not None else None
        if protocol is not None and (protocol.opened_at is None or not protocol.is_public):
            judge = who.judge if who is not None else None
            if not may_see(protocol, self.user, judge):
                raise ValidationError(f"There is no protocol “{protocol.slug}”.")
        return protocol

    def clean_prompt_set(self) -> PromptSet | None:
        found: PromptSet | None = self.cleaned_data["prompt_set"]
        if found is not None and not found.may_be_read_by(self.user):
            raise ValidationError(f"There is no prompt set “{found.slug}”.")
        return found

    def clean_run(self) -> Run | None:
        found: Run | None = self.cleaned_data["run"]
        if found is not None and not self.readable(Run).to_judge().filter(pk=found.pk).exists():
            raise ValidationError(f"There is no run “{found.pk}”.")
        return found

    def beyond(self) -> Beyond | None:
        """What the question names that is not public, with what belongs to it and is readable."""
        run, protocol = self.cleaned_data.get("run"), self.cleaned_data.get("protocol")
        hidden_run = run if run is not None and not run.is_public else None
        hidden = protocol if protocol is not None and not protocol.is_public else None
        if hidden_run is None and hidden is None:
            return None
        runs, protocols = {hidden_run.pk} if hidden_run else set(), {hidden.pk} if hidden else set()
        guarded = ~Q(visibility=Audience.PUBLIC)
        if hidden is not None:
            items = Item.objects.filter(version__protocol=hidden)
            of_it = Q()
            for side in ("output", "left", "right"):
                of_it |= Q(outputs__in=items.exclude(**{side: None}).values(side))
            runs.update(self.readable(Run).filter(guarded, of_it).values_list("pk", flat=True))
        if hidden_run is not None:
            about = Q(versions__items__output__run=hidden_run)
            found = self.readable(Protocol).told().filter(guarded, about)
            protocols.update(found.values_list("pk", flat=True))
        return Beyond(
            run=hidden_run and hidden_run.pk,
            protocol=hidden and hidden.pk,
            in_round=hidden is not None and hidden.is_round,
            runs=tuple(sorted(runs)),
            protocols=tuple(sorted(protocols)),
        )

    def clean(self) -> dict[str, Any]:
        since, until = self.cleaned_data.get("since"), self.cleaned_data.get("until")
        if since is not None and until is not None and until < since:
            self.add_error("until", f"The last day, {until}, is before the first, {since}.")
        return self.cleaned_data

    def question(self) -> Question:
        """The question; fields that could not be read ask nothing. Call after `is_valid`."""
        sent = self.cleaned_data
        key = {name: sent[name] and sent[name].pk for name in NAMED}
        road = sent["road"] or next(iter(ROADS))
        judges = sent["judges"] or next(iter(WHO))
        return Question(
            selection=Selection(
                judges=judges if judges in WHO else next(iter(WHO)),
                unblinded=sent["unblinded"] == "1",
                apart=sent["apart"] == "1",
                chosen=sent["chosen"] == "1",
                protocol=key.pop("protocol"),
                since=sent.get("since"),
                until=sent.get("until"),
            ),
            scope=Scope(
                domain=sent["domain"],
                people=False if sent["people"] == "0" else self.with_people or None,
                **key,
            ),
            # Classifications have no criteria to vote over: they combine by the median alone.
            combine=sent["combine"] if road != "direct" and sent["combine"] else COMBINE[0],
            road=road,
            beyond=self.beyond(),
            sharpened=self.sharpens and judges == SHARPENED,
        )

    def offer(self) -> list[forms.BoundField]:
        """What a board can be narrowed to. Makes five queries; fields without a choice go.

        Runs that are public are named by the addresses of their pages alone: there are many.
        """
        # Rows without their texts: there may be many, and two words of each are drawn.
        sets = list(
            PromptSet.objects.to_answer()
            .listed_for(self.user)
            .values_list("slug", "title", "domain")
        )
        opened = Protocol.objects.listed_for(self.user).filter(opened_at__isnull=False)
        models = LanguageModel.objects.listed().filter(is_people=False)
        runs: Iterable[Run] = ()
        if self.user.is_authenticated:
            runs = Run.objects.to_judge().listed_for(self.user).exclude(visibility=Audience.PUBLIC)
        offers: dict[str, Iterable[tuple[str, str]]] = {
            "domain": [(it, it) for it in sorted({domain for *_, domain in sets if domain})],
            "prompt_set": [(slug, title) for slug, title, _ in sets],
            "model": models.values_list("slug", "name"),
            "recipe": Recipe.objects.listed().values_list("slug", "name"),
            "run": [(str(row.pk), f"run {row.pk}, {row.visibility}") for row in runs],
            "protocol": opened.values_list("slug", "title"),
        }
        offered = []
        for name, rows in offers.items():
            words, chosen = dict(rows), self[name].value()
            if chosen:
                words.setdefault(chosen, chosen)
            cast(forms.Select, self.fields[name].widget).choices = [("", "all"), *words.items()]
            offered += [self[name]] if words else []
        return offered


def question_from(
    parameters: QueryDict,
    request: HttpRequest | None = None,
    *,
    sharpens: bool = False,
    with_people: bool = False,
) -> Question:
    """The question that a board's URL asks; nothing given means the declared defaults.

    Makes one query for each of prompt set, model, recipe, protocol and domain that is named.

    Args:
        request: whose visitor may see more protocols than those that were opened.
        sharpens: whether the page can show people's shares sharpened by model judges.
        with_people: whether the page has a row of what people wrote by hand.

    Raises:
        Http404: for a value that is no choice, with a sentence that lists the choices, and for
            a name that does not exist or that the visitor may not see.
        Unreadable: for a day that is none, or that ends before it begins.
    """
    asked = {
        name: parameters.get(name) if name in DAYS else named(parameters, name)
        for name in QuestionForm.base_fields
    }
    # Boards frozen by method 1 say whose judgments count with `guests=1` and `models=1`.
    if "judges" not in parameters and parameters.get("models") == "1":
        raise Http404("People and model judges are not put together any more.")
    if "judges" not in parameters and parameters.get("guests") == "1":
        asked["judges"] = "guests"
    form = QuestionForm(asked, request=request, sharpens=sharpens, with_people=with_people)
    form.is_valid()
    errors = {name: str(found[0]) for name, found in form.errors.items()}
    if unknown := [error for name, error in errors.items() if name not in DAYS]:
        raise Http404(unknown[0])
    if errors:
        raise Unreadable(errors, form.question())
    return form.question()

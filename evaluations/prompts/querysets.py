from typing import TYPE_CHECKING

from django.db.models import Count, Q

from evaluations.accounts.visibility import GuardedQuerySet

if TYPE_CHECKING:
    from django.contrib.auth.models import AnonymousUser

    from evaluations.accounts.models import User
    from evaluations.prompts.models import Prompt, PromptSet  # noqa: F401


class PromptSetQuerySet(GuardedQuerySet["PromptSet"]):
    def to_answer(self) -> "PromptSetQuerySet":
        """Sets that models answer, whoever may read them: without what model judges are asked."""
        return self.filter(is_listed=True)

    def listed(self) -> "PromptSetQuerySet":
        """Sets that everybody sees: public, and without those that model judges are asked."""
        return self.to_answer().public()

    def to_be_asked(self) -> "PromptSetQuerySet":
        """Sets that new runs may ask: without the archived."""
        return self.filter(is_archived=False)

    def for_list(self) -> "PromptSetQuerySet":
        """Sets to answer in catalogue order, joined with nothing.

        `prompt_count` is of the prompts that a run would ask.
        """
        asked = Count("prompts", filter=Q(prompts__is_archived=False))
        counted = self.to_answer().annotate(prompt_count=asked)
        return counted.order_by("position", "title")


class PromptQuerySet(GuardedQuerySet["Prompt"]):
    GUARD = "prompt_set"

    def to_answer(self) -> "PromptQuerySet":
        """Prompts that models answer, whoever may read them."""
        return self.filter(prompt_set__is_listed=True)

    def listed(self) -> "PromptQuerySet":
        """Prompts of sets that everybody sees."""
        return self.to_answer().public()

    def to_be_asked(self) -> "PromptQuerySet":
        """Prompts that runs ask: without the archived."""
        return self.filter(is_archived=False)

    def open_to_people(self) -> "PromptQuerySet":
        """Prompts that people may be given to answer: of public sets that their owner opened."""
        opened = self.listed().to_be_asked()
        return opened.filter(prompt_set__for_people=True, prompt_set__is_archived=False)

    def on_page_of_all(self, user: "User | AnonymousUser | None") -> "PromptQuerySet":
        """What the page of all prompts and its files hold for *user*, in catalogue order.

        Those that they find in lists and that runs ask, of sets that new runs may ask.
        """
        asked = self.listed_for(user).to_be_asked().filter(prompt_set__is_archived=False)
        return asked.for_list()

    def for_list(self) -> "PromptQuerySet":
        """Prompts to answer in catalogue order, set by set; joins the set and the family."""
        by_set = ("prompt_set__position", "prompt_set__title", "prompt_set_id")
        found = self.to_answer().select_related("prompt_set", "family")
        return found.order_by(*by_set, "position", "slug")

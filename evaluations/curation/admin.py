from evaluations.common.read_only_admin import read_only
from evaluations.curation.models import (
    Collection,
    CollectionVersion,
    Placement,
    Round,
    Suggestion,
)

read_only(
    Collection, "title owner visibility featured_at retired_at created_at",
    "visibility", "title owner__username",
)  # fmt: skip
read_only(Placement, "collection rank output note added_by added_at", "", "collection__title")
read_only(CollectionVersion, "collection number day digest created_by", "", "collection__title")
read_only(Suggestion, "collection author state created_at", "state", "collection__title")
read_only(Round, "protocol collection opened_at created_at", "", "protocol__title")

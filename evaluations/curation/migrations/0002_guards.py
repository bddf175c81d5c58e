"""Frozen collections are not rewritten; collections are found by their words."""

from django.db import migrations

from evaluations.common.append_only import append_only
from evaluations.common.searching import searchable


class Migration(migrations.Migration):
    replaces = [
        ("curation", "0002_rounds"),
        ("curation", "0003_form_of_a_round"),
        ("curation", "0004_placed_statements"),
        ("curation", "0005_own_retiring"),
        ("curation", "0006_searching"),
    ]
    dependencies = [("curation", "0001_initial"), ("common", "0002_functions")]
    operations = [
        append_only("curation_collectionversion", may_change=["created_by_id"]),
        searchable("curation_collection", {"title": "A", "why": "B"}),
    ]

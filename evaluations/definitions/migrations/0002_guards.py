"""What was published is not rewritten; definitions and criteria are found by their words."""

from django.db import migrations

from evaluations.common.append_only import append_only
from evaluations.common.searching import searchable


class Migration(migrations.Migration):
    replaces = [
        ("definitions", "0002_append_only"),
        ("definitions", "0003_catalogue_digest"),
        ("definitions", "0004_workshop"),
        ("definitions", "0005_append_only_workshop"),
        ("definitions", "0006_successors"),
        ("definitions", "0007_whose_words"),
        ("definitions", "0008_curated"),
        ("definitions", "0009_relations"),
        ("definitions", "0010_searching"),
    ]
    dependencies = [("definitions", "0001_initial"), ("common", "0002_functions")]
    operations = [
        append_only("definitions_criterionversion", may_change=["is_current"]),
        append_only(
            "definitions_definitionversion",
            may_change=["is_current", "state", "author_id"],
            when="OLD.state <> 'draft'",
        ),
        append_only("definitions_proposal", may_change=["state", "version_id", "proposer_id"]),
        append_only("definitions_proposalmessage", may_change=["author_id"]),
        append_only("definitions_statechange", may_change=["actor_id"]),
        searchable(
            "definitions_definition", {"name": "A", "author": "B", "source": "C"}, index=False
        ),
        searchable("definitions_definitionversion", {"statement": "B"}, index=False),
        searchable(
            "definitions_criterionversion",
            {
                "title": "A",
                "question": "B",
                "guidance": "C",
                "positive_example": "C",
                "negative_example": "C",
            },
        ),
    ]

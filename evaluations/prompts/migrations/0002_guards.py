"""A prompt's words are not rewritten; prompts are found by them."""

from django.db import migrations

from evaluations.common.append_only import append_only
from evaluations.common.searching import searchable


class Migration(migrations.Migration):
    replaces = [
        ("prompts", "0002_append_only"),
        ("prompts", "0003_judging"),
        ("prompts", "0004_contains_grader"),
        ("prompts", "0005_archived_prompts"),
        ("prompts", "0006_searching"),
        ("prompts", "0007_visibility"),
        ("prompts", "0008_written_in_forms"),
        ("prompts", "0009_more_graders"),
        ("prompts", "0010_for_people"),
    ]
    dependencies = [("prompts", "0001_initial"), ("common", "0002_functions")]
    operations = [
        append_only(
            "prompts_prompt",
            may_change=["title", "note", "position", "prompt_set_id", "licence", "is_archived"],
        ),
        searchable("prompts_prompt", {"title": "A", "text": "B", "note": "C"}),
    ]

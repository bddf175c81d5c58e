from django.db import migrations

from evaluations.common.searching import searchable


class Migration(migrations.Migration):
    dependencies = [("definitions", "0009_relations"), ("common", "0003_searching")]

    operations = [
        # A version is found by the name and the author of its definition too: no index holds both.
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

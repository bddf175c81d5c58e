import django.db.models.deletion
from django.db import migrations, models

from evaluations.common.append_only import append_only

# Where answers were found was not kept, nor, before the first versions, by what.
COPY = """
INSERT INTO runs_grade (output_id, grader, grader_version, answer_version, how, score, note,
    is_current, created_at)
SELECT o.id, p.grader, (e.data ->> 'grader_version')::int,
    (e.data ->> 'answer_version')::int, '', o.grade, o.grade_note, true, coalesce(o.finished_at, o.created_at)
FROM runs_output o JOIN prompts_prompt p ON p.id = o.prompt_id
    LEFT JOIN runs_environment e ON e.id = o.environment_id
WHERE o.grade IS NOT NULL OR o.grade_note <> ''
ORDER BY o.id
"""


class Migration(migrations.Migration):
    dependencies = [("runs", "0005_backends"), ("prompts", "0004_contains_grader")]

    operations = [
        migrations.CreateModel(
            name="Grade",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "grader",
                    models.CharField(
                        choices=[
                            ("numeric", "numeric equivalence"),
                            ("exact", "exact text"),
                            ("choice", "choice letter"),
                            ("contains", "short answer in a sentence"),
                        ],
                        max_length=10,
                    ),
                ),
                ("grader_version", models.PositiveSmallIntegerField(blank=True, null=True)),
                ("answer_version", models.PositiveSmallIntegerField(blank=True, null=True)),
                ("start", models.PositiveIntegerField(blank=True, null=True)),
                ("end", models.PositiveIntegerField(blank=True, null=True)),
                ("how", models.CharField(blank=True, max_length=10)),
                ("score", models.FloatField(blank=True, null=True)),
                ("note", models.CharField(blank=True, max_length=200)),
                ("is_current", models.BooleanField(default=True)),
                ("created_at", models.DateTimeField(auto_now_add=True)),
                (
                    "output",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="grades",
                        to="runs.output",
                    ),
                ),
            ],
            options={
                "ordering": ["output", "-id"],
                "constraints": [
                    models.UniqueConstraint(
                        models.F("output"),
                        condition=models.Q(("is_current", True)),
                        name="grade_one_current_an_output",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("score", None),
                            models.Q(("score__gte", 0), ("score__lte", 1)),
                            _connector="OR",
                        ),
                        name="grade_score_range",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("end", None), ("start", None)),
                            models.Q(("end__gte", models.F("start")), ("start__isnull", False)),
                            _connector="OR",
                        ),
                        name="grade_span_whole",
                    ),
                ],
            },
        ),
        append_only("runs_grade", may_change=["is_current"]),
        migrations.RunSQL(COPY, migrations.RunSQL.noop),
    ]

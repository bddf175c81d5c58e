import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

from evaluations.common.append_only import append_only


class Migration(migrations.Migration):
    dependencies = [
        ("definitions", "0010_searching"),
        ("judgments", "0017_call_left_open"),
        ("runs", "0013_records_by_model"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="ImportedOpinion",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("sample", models.PositiveSmallIntegerField()),
                (
                    "value",
                    models.CharField(
                        choices=[
                            ("yes", "Yes"),
                            ("partly", "Partly"),
                            ("no", "No"),
                            ("cannot-tell", "Cannot tell"),
                        ],
                        max_length=12,
                    ),
                ),
                ("created_at", models.DateTimeField(auto_now_add=True)),
            ],
            options={
                "ordering": ["-id"],
            },
        ),
        migrations.CreateModel(
            name="JudgePrompt",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("slug", models.SlugField(max_length=60)),
                ("number", models.PositiveSmallIntegerField(default=1)),
                ("title", models.CharField(max_length=80)),
                ("body", models.TextField(max_length=8000)),
                ("created_at", models.DateTimeField(auto_now_add=True)),
                ("used_at", models.DateTimeField(blank=True, null=True)),
            ],
            options={
                "ordering": ["title", "-number"],
            },
        ),
        migrations.RemoveConstraint(
            model_name="judge",
            name="judge_is_one_kind",
        ),
        migrations.RemoveConstraint(
            model_name="opinion",
            name="opinion_answered_has_judgment",
        ),
        migrations.RemoveConstraint(
            model_name="opinion",
            name="opinion_one_waiting",
        ),
        migrations.AddField(
            model_name="judge",
            name="name",
            field=models.CharField(
                blank=True, help_text="Of one that was imported.", max_length=80
            ),
        ),
        migrations.AddField(
            model_name="opinion",
            name="sample",
            field=models.PositiveSmallIntegerField(default=0),
        ),
        migrations.AddField(
            model_name="opinion",
            name="values",
            field=models.JSONField(
                blank=True,
                default=list,
                help_text="The answers that were read, in the order asked.",
            ),
        ),
        migrations.AddConstraint(
            model_name="opinion",
            constraint=models.UniqueConstraint(
                models.F("judge"),
                models.F("output"),
                models.F("block"),
                models.F("prompt_version"),
                models.F("sample"),
                condition=models.Q(("state", "waiting")),
                name="opinion_one_waiting",
            ),
        ),
        migrations.AddConstraint(
            model_name="opinion",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("state", "answered"), _negated=True),
                    ("judgment__isnull", False),
                    models.Q(("values", []), _negated=True),
                    _connector="OR",
                ),
                name="opinion_answered_has_judgment",
            ),
        ),
        migrations.AddField(
            model_name="importedopinion",
            name="criterion_version",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="definitions.criterionversion",
            ),
        ),
        migrations.AddField(
            model_name="importedopinion",
            name="imported_by",
            field=models.ForeignKey(
                null=True, on_delete=django.db.models.deletion.SET_NULL, to=settings.AUTH_USER_MODEL
            ),
        ),
        migrations.AddField(
            model_name="importedopinion",
            name="judge",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT,
                related_name="imported_opinions",
                to="judgments.judge",
            ),
        ),
        migrations.AddField(
            model_name="importedopinion",
            name="judgment",
            field=models.ForeignKey(
                help_text="What the samples known by then came to.",
                on_delete=django.db.models.deletion.PROTECT,
                related_name="imported_opinions",
                to="judgments.judgment",
            ),
        ),
        migrations.AddField(
            model_name="importedopinion",
            name="output",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT,
                related_name="imported_opinions",
                to="runs.output",
            ),
        ),
        migrations.AddField(
            model_name="judgeprompt",
            name="made_by",
            field=models.ForeignKey(
                null=True,
                on_delete=django.db.models.deletion.SET_NULL,
                related_name="judge_prompts",
                to=settings.AUTH_USER_MODEL,
            ),
        ),
        migrations.AddField(
            model_name="judge",
            name="judge_prompt",
            field=models.ForeignKey(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                to="judgments.judgeprompt",
            ),
        ),
        migrations.AddConstraint(
            model_name="judge",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(
                        ("guest_key", None),
                        ("judge_prompt", None),
                        ("kind", "person"),
                        ("language_model", None),
                        ("name", ""),
                    ),
                    models.Q(
                        ("guest_key__isnull", False),
                        ("judge_prompt", None),
                        ("kind", "guest"),
                        ("language_model", None),
                        ("name", ""),
                        ("user", None),
                    ),
                    models.Q(
                        ("guest_key", None),
                        ("kind", "model"),
                        ("user", None),
                        models.Q(
                            models.Q(("language_model__isnull", False), ("name", "")),
                            models.Q(
                                ("judge_prompt", None),
                                ("language_model", None),
                                models.Q(("name", ""), _negated=True),
                            ),
                            _connector="OR",
                        ),
                    ),
                    _connector="OR",
                ),
                name="judge_is_one_kind",
            ),
        ),
        migrations.AddConstraint(
            model_name="judge",
            constraint=models.UniqueConstraint(
                condition=models.Q(("name", ""), _negated=True),
                fields=("name",),
                name="judge_imported_once",
            ),
        ),
        migrations.AddConstraint(
            model_name="importedopinion",
            constraint=models.UniqueConstraint(
                fields=("judge", "output", "criterion_version", "sample"),
                name="imported_opinion_once",
            ),
        ),
        migrations.AddConstraint(
            model_name="importedopinion",
            constraint=models.CheckConstraint(
                condition=models.Q(("value__in", ["yes", "partly", "no", "cannot-tell"])),
                name="imported_opinion_value_known",
            ),
        ),
        migrations.AddConstraint(
            model_name="judgeprompt",
            constraint=models.UniqueConstraint(fields=("slug", "number"), name="judge_prompt_once"),
        ),
        migrations.RunSQL(
            "DROP TRIGGER IF EXISTS judgments_opinion_append_only ON judgments_opinion",
            append_only(
                "judgments_opinion", may_change=["state", "note", "judgment_id", "read_at"]
            ).sql,
        ),
        append_only(
            "judgments_opinion",
            may_change=["state", "note", "judgment_id", "read_at", "values"],
        ),
        append_only("judgments_importedopinion", may_change=["imported_by_id"]),
        append_only(
            "judgments_judgeprompt", may_change=["made_by_id"], when="OLD.used_at IS NOT NULL"
        ),
    ]

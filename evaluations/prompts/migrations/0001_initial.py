import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    initial = True

    dependencies = [
        ("accounts", "__first__"),
    ]

    operations = [
        migrations.CreateModel(
            name="Family",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("slug", models.SlugField(max_length=60, unique=True)),
                ("name", models.CharField(blank=True, max_length=60)),
            ],
            options={
                "verbose_name_plural": "families",
                "ordering": ["slug"],
            },
        ),
        migrations.CreateModel(
            name="PromptSet",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "visibility",
                    models.CharField(
                        choices=[
                            ("public", "public"),
                            ("unlisted", "unlisted"),
                            ("private", "private"),
                        ],
                        default="public",
                        max_length=8,
                    ),
                ),
                (
                    "publish_on",
                    models.DateField(
                        blank=True,
                        help_text="From the beginning of this day (UTC) it is public.",
                        null=True,
                    ),
                ),
                ("slug", models.SlugField(max_length=60, unique=True)),
                ("title", models.CharField(max_length=120)),
                ("description", models.TextField(blank=True, help_text="What it is for.")),
                ("limits", models.TextField(blank=True, help_text="What it cannot show.")),
                ("domain", models.CharField(blank=True, max_length=60)),
                (
                    "is_listed",
                    models.BooleanField(
                        default=True, help_text="Unlisted sets hold what model judges are asked."
                    ),
                ),
                ("licence", models.CharField(default="CC BY 4.0", max_length=40)),
                (
                    "source",
                    models.CharField(blank=True, help_text="Where it comes from.", max_length=300),
                ),
                (
                    "is_archived",
                    models.BooleanField(
                        default=False,
                        help_text="No new run asks it; what was written stays.",
                        verbose_name="archived",
                    ),
                ),
                (
                    "for_people",
                    models.BooleanField(
                        db_default=False,
                        default=False,
                        help_text="While it is public, people may be given its prompts to answer by hand.",
                        verbose_name="people may answer it",
                    ),
                ),
                ("position", models.PositiveSmallIntegerField(default=1000)),
                ("created_at", models.DateTimeField(auto_now_add=True)),
                (
                    "owner",
                    models.ForeignKey(
                        blank=True,
                        help_text="Staff look after a set without one.",
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="prompt_sets",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "readers",
                    models.ManyToManyField(
                        blank=True, related_name="+", to=settings.AUTH_USER_MODEL
                    ),
                ),
            ],
            options={
                "ordering": ["position", "title"],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("visibility__in", ["public", "unlisted", "private"])),
                        name="prompt_set_visibility_in_words",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("visibility", "public"), _negated=True),
                            ("publish_on", None),
                            _connector="OR",
                        ),
                        name="prompt_set_public_waits_for_no_day",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="Prompt",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("slug", models.SlugField(max_length=80, unique=True)),
                ("title", models.CharField(max_length=120)),
                ("text", models.TextField()),
                (
                    "relation",
                    models.CharField(
                        blank=True,
                        choices=[
                            ("original", "original"),
                            ("surface", "surface changed"),
                            ("irrelevant-clause", "irrelevant clause added"),
                            ("changed-rule", "rule changed"),
                            ("reordered", "reordered"),
                            ("larger", "larger"),
                            ("changed-fact", "fact changed"),
                            ("empty-clause", "clause without a number added"),
                            ("reversed", "asked the other way round"),
                            ("check", "comprehension check"),
                        ],
                        max_length=20,
                    ),
                ),
                (
                    "reference",
                    models.TextField(blank=True, help_text="The right answer, where there is one."),
                ),
                (
                    "grader",
                    models.CharField(
                        blank=True,
                        choices=[
                            ("numeric", "numeric equivalence"),
                            ("exact", "exact text"),
                            ("choice", "choice letter"),
                            ("contains", "short answer in a sentence"),
                            ("regex", "pattern"),
                            ("list", "list of items"),
                            ("constraint", "rules to keep"),
                            ("simulator", "moves in a simulated world"),
                            ("math-verify", "expression in LaTeX"),
                            ("reasoning-gym", "verifier of reasoning-gym"),
                            ("combination", "several graders"),
                        ],
                        max_length=20,
                    ),
                ),
                (
                    "parameters",
                    models.JSONField(
                        blank=True,
                        db_default={},
                        default=dict,
                        help_text="What else its grader is told.",
                    ),
                ),
                (
                    "origin",
                    models.JSONField(
                        blank=True,
                        default=dict,
                        help_text="Generator, seed, index and version; empty if written.",
                    ),
                ),
                ("licence", models.CharField(default="CC BY 4.0", max_length=40)),
                ("note", models.TextField(blank=True)),
                ("position", models.PositiveSmallIntegerField(default=1000)),
                ("created_at", models.DateTimeField(auto_now_add=True)),
                (
                    "is_archived",
                    models.BooleanField(
                        default=False,
                        help_text="Later runs of its set leave it out.",
                        verbose_name="archived",
                    ),
                ),
                (
                    "family",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="prompts",
                        to="prompts.family",
                    ),
                ),
                (
                    "replaces",
                    models.OneToOneField(
                        blank=True,
                        help_text="The earlier wording, which has answers.",
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="replaced_by",
                        to="prompts.prompt",
                    ),
                ),
                (
                    "prompt_set",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="prompts",
                        to="prompts.promptset",
                    ),
                ),
            ],
            options={
                "ordering": ["prompt_set__position", "position", "slug"],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            ("relation", ""),
                            (
                                "relation__in",
                                [
                                    "original",
                                    "surface",
                                    "irrelevant-clause",
                                    "changed-rule",
                                    "reordered",
                                    "larger",
                                    "changed-fact",
                                    "empty-clause",
                                    "reversed",
                                    "check",
                                ],
                            ),
                            _connector="OR",
                        ),
                        name="prompt_relation_known",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("grader", ""),
                            (
                                "grader__in",
                                [
                                    "numeric",
                                    "exact",
                                    "choice",
                                    "contains",
                                    "regex",
                                    "list",
                                    "constraint",
                                    "simulator",
                                    "math-verify",
                                    "reasoning-gym",
                                    "combination",
                                ],
                            ),
                            _connector="OR",
                        ),
                        name="prompt_grader_known",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("family", None), ("relation", "")),
                            models.Q(
                                ("family__isnull", False), models.Q(("relation", ""), _negated=True)
                            ),
                            _connector="OR",
                        ),
                        name="prompt_relation_within_family",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("grader", ""),
                            models.Q(("reference", ""), _negated=True),
                            _connector="OR",
                        ),
                        name="prompt_grader_needs_reference",
                    ),
                    models.UniqueConstraint(
                        models.F("family"),
                        condition=models.Q(("is_archived", False), ("relation", "original")),
                        name="prompt_one_original_a_family",
                    ),
                ],
            },
        ),
    ]

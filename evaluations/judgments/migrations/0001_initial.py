import uuid

import django.db.models.deletion
import django.db.models.expressions
import django.db.models.functions.comparison
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    initial = True

    dependencies = [
        ("accounts", "__first__"),
        ("definitions", "0001_initial"),
        ("prompts", "0001_initial"),
        ("runs", "0001_initial"),
    ]

    operations = [
        migrations.CreateModel(
            name="Finding",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
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
                (
                    "source",
                    models.CharField(
                        choices=[("probe", "a probe"), ("evidence", "linked evidence")],
                        max_length=10,
                    ),
                ),
                ("link", models.URLField(blank=True)),
                ("note", models.TextField(blank=True)),
                ("created_at", models.DateTimeField(auto_now_add=True)),
                ("is_current", models.BooleanField(default=True)),
                ("withdrawn_at", models.DateTimeField(blank=True, null=True)),
                (
                    "created_by",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "criterion_version",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="findings",
                        to="definitions.criterionversion",
                    ),
                ),
                (
                    "family",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="findings",
                        to="prompts.family",
                    ),
                ),
                (
                    "model",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="findings",
                        to="runs.languagemodel",
                    ),
                ),
                (
                    "output",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="findings",
                        to="runs.output",
                    ),
                ),
                (
                    "prompt",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="findings",
                        to="prompts.prompt",
                    ),
                ),
                (
                    "recipe",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="findings",
                        to="runs.recipe",
                    ),
                ),
                (
                    "supersedes",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="superseded_by",
                        to="judgments.finding",
                    ),
                ),
            ],
            options={
                "ordering": ["-id"],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(
                                ("family", None),
                                ("model", None),
                                ("output__isnull", False),
                                ("prompt", None),
                                ("recipe", None),
                            ),
                            models.Q(
                                ("family", None),
                                ("model", None),
                                ("output", None),
                                ("prompt__isnull", False),
                                ("recipe", None),
                            ),
                            models.Q(
                                ("family__isnull", False),
                                ("model__isnull", False),
                                ("output", None),
                                ("prompt", None),
                                ("recipe__isnull", False),
                            ),
                            models.Q(
                                ("family", None),
                                ("model__isnull", False),
                                ("output", None),
                                ("prompt", None),
                                ("recipe", None),
                            ),
                            _connector="OR",
                        ),
                        name="finding_one_subject",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("value__in", ["yes", "partly", "no", "cannot-tell"])),
                        name="finding_value_known",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("source", "probe"),
                            models.Q(("link", ""), _negated=True),
                            _connector="OR",
                        ),
                        name="finding_evidence_has_link",
                    ),
                    models.UniqueConstraint(
                        models.F("criterion_version"),
                        models.F("output"),
                        models.F("prompt"),
                        models.F("model"),
                        models.F("recipe"),
                        models.F("family"),
                        condition=models.Q(("is_current", True)),
                        name="finding_one_current",
                        nulls_distinct=False,
                    ),
                ],
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
                (
                    "made_by",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="judge_prompts",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
            options={
                "ordering": ["title", "-number"],
                "constraints": [
                    models.UniqueConstraint(fields=("slug", "number"), name="judge_prompt_once")
                ],
            },
        ),
        migrations.CreateModel(
            name="Judge",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "kind",
                    models.CharField(
                        choices=[
                            ("person", "signed-in person"),
                            ("guest", "guest"),
                            ("model", "model"),
                            ("imported", "people elsewhere"),
                        ],
                        max_length=8,
                    ),
                ),
                ("guest_key", models.UUIDField(blank=True, null=True, unique=True)),
                (
                    "name",
                    models.CharField(
                        blank=True, help_text="Of one that was imported.", max_length=80
                    ),
                ),
                ("created_at", models.DateTimeField(auto_now_add=True)),
                (
                    "language_model",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        to="runs.languagemodel",
                    ),
                ),
                (
                    "user",
                    models.OneToOneField(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="judge",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "judge_prompt",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        to="judgments.judgeprompt",
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.CheckConstraint(
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
                            models.Q(
                                ("guest_key", None),
                                ("judge_prompt", None),
                                ("kind", "imported"),
                                ("language_model", None),
                                ("user", None),
                                models.Q(("name", ""), _negated=True),
                            ),
                            _connector="OR",
                        ),
                        name="judge_is_one_kind",
                    ),
                    models.UniqueConstraint(
                        condition=models.Q(("name", ""), _negated=True),
                        fields=("kind", "name"),
                        name="judge_imported_once",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="Draft",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "place",
                    models.CharField(
                        help_text="The judging page's path and questions.", max_length=250
                    ),
                ),
                ("data", models.JSONField(default=dict)),
                ("updated_at", models.DateTimeField()),
                (
                    "judge",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="drafts",
                        to="judgments.judge",
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(
                        models.F("judge"), models.F("place"), name="draft_one_a_place"
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="Consent",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("licence", models.CharField(default="CC BY 4.0", max_length=40)),
                ("given_at", models.DateTimeField(auto_now_add=True)),
                (
                    "judge",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="consent",
                        to="judgments.judge",
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="PassedPrompt",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("had_seen", models.BooleanField(help_text="They had seen an answer to it.")),
                ("created_at", models.DateTimeField(auto_now_add=True)),
                (
                    "judge",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="passed_prompts",
                        to="judgments.judge",
                    ),
                ),
                (
                    "prompt",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to="prompts.prompt",
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(
                        models.F("judge"), models.F("prompt"), name="passed_prompt_once"
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="Reveal",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("created_at", models.DateTimeField(auto_now_add=True)),
                (
                    "judge",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="reveals",
                        to="judgments.judge",
                    ),
                ),
                (
                    "output",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="reveals",
                        to="runs.output",
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(
                        models.F("judge"), models.F("output"), name="reveal_once"
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="Skip",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("reason", models.CharField(blank=True, max_length=200)),
                ("created_at", models.DateTimeField(auto_now_add=True)),
                (
                    "judge",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="skips",
                        to="judgments.judge",
                    ),
                ),
                (
                    "output",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="skips",
                        to="runs.output",
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(models.F("judge"), models.F("output"), name="skip_once")
                ],
            },
        ),
        migrations.CreateModel(
            name="Writing",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("token", models.UUIDField(default=uuid.uuid4, unique=True)),
                ("working", models.TextField(blank=True)),
                ("answer", models.TextField(blank=True)),
                ("shown_at", models.DateTimeField()),
                ("kept_at", models.DateTimeField(blank=True, null=True)),
                (
                    "judge",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="writing",
                        to="judgments.judge",
                    ),
                ),
                (
                    "prompt",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to="prompts.prompt",
                    ),
                ),
                (
                    "recipe",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to="runs.recipe",
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="WrittenByHand",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("token", models.UUIDField(unique=True)),
                ("licence", models.CharField(max_length=40)),
                ("consented_at", models.DateTimeField()),
                ("shows_name", models.BooleanField(default=False)),
                (
                    "judge",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="written",
                        to="judgments.judge",
                    ),
                ),
                (
                    "output",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="by_hand",
                        to="runs.output",
                    ),
                ),
            ],
            options={
                "ordering": ["-output"],
            },
        ),
        migrations.CreateModel(
            name="Block",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("slug", models.SlugField(max_length=60, unique=True)),
                ("title", models.CharField(max_length=80)),
                ("description", models.TextField(blank=True)),
                ("is_default", models.BooleanField(default=False)),
            ],
            options={
                "ordering": ["slug"],
                "constraints": [
                    models.UniqueConstraint(
                        models.F("is_default"),
                        condition=models.Q(("is_default", True)),
                        name="block_one_default",
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="BlockCriterion",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("position", models.PositiveSmallIntegerField()),
                (
                    "block",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, to="judgments.block"
                    ),
                ),
                (
                    "criterion",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, to="definitions.criterion"
                    ),
                ),
            ],
            options={
                "ordering": ["block", "position"],
                "constraints": [
                    models.UniqueConstraint(
                        models.F("block"), models.F("criterion"), name="block_criterion_once"
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="Item",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("needed", models.PositiveSmallIntegerField()),
                ("done", models.PositiveSmallIntegerField(default=0)),
                ("leased", models.PositiveSmallIntegerField(default=0)),
                ("random", models.FloatField(help_text="Place in the random order, 0 to 1.")),
                (
                    "is_gold",
                    models.BooleanField(default=False, help_text="Expected answers are known."),
                ),
                (
                    "is_qualification",
                    models.BooleanField(
                        default=False, help_text="A gold item that judges do before all others."
                    ),
                ),
                (
                    "left",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="runs.output",
                    ),
                ),
                (
                    "output",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="items",
                        to="runs.output",
                    ),
                ),
                (
                    "prompt",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="items",
                        to="prompts.prompt",
                    ),
                ),
                (
                    "right",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="runs.output",
                    ),
                ),
            ],
            options={
                "ordering": ["id"],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(
                                ("left", None),
                                ("output__isnull", False),
                                ("prompt", None),
                                ("right", None),
                            ),
                            models.Q(
                                ("left__isnull", False),
                                ("output", None),
                                ("prompt", None),
                                ("right__isnull", False),
                            ),
                            models.Q(
                                ("left", None),
                                ("output", None),
                                ("prompt__isnull", False),
                                ("right", None),
                            ),
                            _connector="OR",
                        ),
                        name="item_one_subject",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("is_gold", True),
                            (
                                "needed__gte",
                                django.db.models.expressions.CombinedExpression(
                                    models.F("done"), "+", models.F("leased")
                                ),
                            ),
                            _connector="OR",
                        ),
                        name="item_not_over_collected",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("is_gold", True), ("is_qualification", False), _connector="OR"
                        ),
                        name="item_qualification_is_gold",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="GoldAnswer",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("value", models.CharField(max_length=12)),
                ("feedback", models.TextField(blank=True)),
                (
                    "criterion",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="definitions.criterion",
                    ),
                ),
                (
                    "criterion_version",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="definitions.criterionversion",
                    ),
                ),
                (
                    "item",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="gold_answers",
                        to="judgments.item",
                    ),
                ),
            ],
            options={
                "ordering": ["item", "id"],
                "constraints": [
                    models.UniqueConstraint(
                        models.F("item"), models.F("criterion"), name="gold_answer_once"
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="Adjudication",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
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
                (
                    "reason",
                    models.CharField(
                        choices=[
                            ("ambiguous-output", "ambiguous output"),
                            ("criterion-unclear", "criterion unclear"),
                            ("definition-gap", "definition gap"),
                            ("slip", "slip"),
                            ("real-disagreement", "real disagreement"),
                        ],
                        max_length=20,
                    ),
                ),
                ("note", models.TextField(blank=True)),
                ("created_at", models.DateTimeField(auto_now_add=True)),
                ("is_current", models.BooleanField(default=True)),
                (
                    "criterion",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="adjudications",
                        to="definitions.criterion",
                    ),
                ),
                (
                    "criterion_version",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="definitions.criterionversion",
                    ),
                ),
                (
                    "decided_by",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="adjudications",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "supersedes",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="superseded_by",
                        to="judgments.adjudication",
                    ),
                ),
                (
                    "item",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="adjudications",
                        to="judgments.item",
                    ),
                ),
            ],
            options={
                "ordering": ["-id"],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("value__in", ["yes", "partly", "no", "cannot-tell"])),
                        name="adjudication_value_known",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            (
                                "reason__in",
                                [
                                    "ambiguous-output",
                                    "criterion-unclear",
                                    "definition-gap",
                                    "slip",
                                    "real-disagreement",
                                ],
                            )
                        ),
                        name="adjudication_reason_known",
                    ),
                    models.UniqueConstraint(
                        models.F("item"),
                        models.F("criterion"),
                        condition=models.Q(("is_current", True)),
                        name="adjudication_one_current",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="Comparison",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "value",
                    models.CharField(
                        choices=[
                            ("left", "Left"),
                            ("right", "Right"),
                            ("tie", "Tie"),
                            ("neither", "Neither"),
                        ],
                        max_length=8,
                    ),
                ),
                ("form_token", models.UUIDField(default=uuid.uuid4)),
                ("blind", models.BooleanField(default=True)),
                (
                    "masked",
                    models.BooleanField(
                        default=False,
                        help_text="Names that give a model away were masked in one of the two, or both.",
                    ),
                ),
                (
                    "guest_check",
                    models.CharField(
                        choices=[
                            ("counted", "counted"),
                            ("held-back", "held back"),
                            ("could-not-check", "could not check"),
                        ],
                        default="counted",
                        max_length=16,
                    ),
                ),
                (
                    "way",
                    models.CharField(
                        choices=[
                            ("served", "served"),
                            ("chosen", "opened by its own address"),
                            ("unknown", "saved before this was noted"),
                        ],
                        db_default="unknown",
                        default="unknown",
                        max_length=8,
                    ),
                ),
                ("finishes_item", models.BooleanField(default=False)),
                ("is_surplus", models.BooleanField(default=False)),
                ("comment", models.TextField(blank=True)),
                ("confidence", models.PositiveSmallIntegerField(blank=True, null=True)),
                ("seconds", models.FloatField(blank=True, null=True)),
                ("created_at", models.DateTimeField(auto_now_add=True)),
                ("is_current", models.BooleanField(default=True)),
                ("withdrawn_at", models.DateTimeField(blank=True, null=True)),
                (
                    "definition_version",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="comparisons",
                        to="definitions.definitionversion",
                    ),
                ),
                (
                    "left",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="runs.output",
                    ),
                ),
                (
                    "right",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="runs.output",
                    ),
                ),
                (
                    "supersedes",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="superseded_by",
                        to="judgments.comparison",
                    ),
                ),
                (
                    "item",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="comparisons",
                        to="judgments.item",
                    ),
                ),
                (
                    "judge",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="comparisons",
                        to="judgments.judge",
                    ),
                ),
            ],
            options={
                "ordering": ["-id"],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("value__in", ["left", "right", "tie", "neither"])),
                        name="comparison_value_known",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("way__in", ["served", "chosen", "unknown"])),
                        name="comparison_way_known",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("left", models.F("right")), _negated=True),
                        name="comparison_of_two",
                    ),
                    models.UniqueConstraint(
                        models.F("judge"), models.F("form_token"), name="comparison_once_a_form"
                    ),
                    models.UniqueConstraint(
                        models.F("judge"),
                        django.db.models.functions.comparison.Least("left", "right"),
                        django.db.models.functions.comparison.Greatest("left", "right"),
                        models.F("definition_version"),
                        condition=models.Q(("is_current", True)),
                        name="comparison_one_current",
                        nulls_distinct=False,
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="Lease",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("token", models.UUIDField(default=uuid.uuid4, unique=True)),
                ("address", models.CharField(blank=True, max_length=32)),
                ("is_prefetch", models.BooleanField(default=False)),
                ("taken_at", models.DateTimeField()),
                ("expires_at", models.DateTimeField()),
                (
                    "item",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="leases",
                        to="judgments.item",
                    ),
                ),
                (
                    "judge",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="leases",
                        to="judgments.judge",
                    ),
                ),
            ],
            options={
                "indexes": [
                    models.Index(fields=["expires_at"], name="lease_by_end"),
                    models.Index(fields=["judge"], name="lease_by_judge"),
                    models.Index(
                        condition=models.Q(("address", ""), _negated=True),
                        fields=["address"],
                        name="lease_by_address",
                    ),
                ],
                "constraints": [
                    models.UniqueConstraint(models.F("item"), models.F("judge"), name="lease_once")
                ],
            },
        ),
        migrations.CreateModel(
            name="SkippedItem",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("counted", models.BooleanField(default=False)),
                ("carried", models.BooleanField(default=False)),
                ("created_at", models.DateTimeField(auto_now_add=True)),
                (
                    "item",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="skipped",
                        to="judgments.item",
                    ),
                ),
                (
                    "judge",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="skipped_items",
                        to="judgments.judge",
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(
                        models.F("item"), models.F("judge"), name="skipped_item_once"
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="Answer",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "meaning",
                    models.PositiveSmallIntegerField(
                        default=1,
                        help_text="The criterion version's: a new question supersedes no old answer.",
                    ),
                ),
                (
                    "is_holistic",
                    models.BooleanField(
                        default=False,
                        help_text="To “would you call this reasoning?”, without any definition.",
                    ),
                ),
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
                (
                    "words",
                    models.TextField(blank=True, help_text="Direct road: the words that decided."),
                ),
                ("reason", models.TextField(blank=True)),
                ("is_current", models.BooleanField(default=True)),
                (
                    "criterion",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="answers",
                        to="definitions.criterion",
                    ),
                ),
                (
                    "criterion_version",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="answers",
                        to="definitions.criterionversion",
                    ),
                ),
                (
                    "definition_version",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="direct_answers",
                        to="definitions.definitionversion",
                    ),
                ),
                (
                    "output",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="answers",
                        to="runs.output",
                    ),
                ),
                (
                    "prompt",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="answers",
                        to="prompts.prompt",
                    ),
                ),
                (
                    "supersedes",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="superseded_by",
                        to="judgments.answer",
                    ),
                ),
                (
                    "judge",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="answers",
                        to="judgments.judge",
                    ),
                ),
            ],
            options={
                "ordering": ["id"],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("output__isnull", False), ("prompt", None)),
                            models.Q(("output", None), ("prompt__isnull", False)),
                            _connector="OR",
                        ),
                        name="answer_one_subject",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("value__in", ["yes", "partly", "no", "cannot-tell"])),
                        name="answer_value_known",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(
                                ("criterion__isnull", False),
                                ("criterion_version__isnull", False),
                                ("definition_version", None),
                                ("is_holistic", False),
                            ),
                            models.Q(
                                ("criterion", None),
                                ("criterion_version", None),
                                ("definition_version__isnull", False),
                                ("is_holistic", False),
                                ("prompt", None),
                            ),
                            models.Q(
                                ("criterion", None),
                                ("criterion_version", None),
                                ("definition_version", None),
                                ("is_holistic", True),
                                ("prompt", None),
                            ),
                            _connector="OR",
                        ),
                        name="answer_one_road",
                    ),
                    models.UniqueConstraint(
                        models.F("judge"),
                        models.F("output"),
                        models.F("criterion"),
                        models.F("meaning"),
                        condition=models.Q(
                            ("criterion__isnull", False),
                            ("is_current", True),
                            ("output__isnull", False),
                        ),
                        name="answer_one_current_on_output",
                    ),
                    models.UniqueConstraint(
                        models.F("judge"),
                        models.F("prompt"),
                        models.F("criterion"),
                        models.F("meaning"),
                        condition=models.Q(("is_current", True), ("prompt__isnull", False)),
                        name="answer_one_current_on_prompt",
                    ),
                    models.UniqueConstraint(
                        models.F("judge"),
                        models.F("output"),
                        models.F("definition_version"),
                        condition=models.Q(
                            ("definition_version__isnull", False), ("is_current", True)
                        ),
                        name="answer_one_current_direct",
                    ),
                    models.UniqueConstraint(
                        models.F("judge"),
                        models.F("output"),
                        condition=models.Q(("is_current", True), ("is_holistic", True)),
                        name="answer_one_current_holistic",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="Judgment",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "form_token",
                    models.UUIDField(
                        default=uuid.uuid4,
                        help_text="Made with the form: a second sending is the same judgment.",
                    ),
                ),
                (
                    "blind",
                    models.BooleanField(
                        default=True, help_text="Given before this judge was shown others' answers."
                    ),
                ),
                (
                    "on_summary",
                    models.BooleanField(
                        default=False,
                        help_text="Rests on a summary, since the full trace was not visible.",
                    ),
                ),
                (
                    "masked",
                    models.BooleanField(
                        default=False,
                        help_text="Names that give the model away were masked in what was read.",
                    ),
                ),
                (
                    "suggestion_shown",
                    models.BooleanField(
                        help_text="A model judge's answers were shown first; empty where none existed.",
                        null=True,
                    ),
                ),
                (
                    "guest_check",
                    models.CharField(
                        choices=[
                            ("counted", "counted"),
                            ("held-back", "held back"),
                            ("could-not-check", "could not check"),
                        ],
                        default="counted",
                        help_text="Whether a guest's judgment is counted where guests are.",
                        max_length=16,
                    ),
                ),
                (
                    "way",
                    models.CharField(
                        choices=[
                            ("served", "served"),
                            ("chosen", "opened by its own address"),
                            ("unknown", "saved before this was noted"),
                        ],
                        db_default="unknown",
                        default="unknown",
                        help_text="Whether the site served it or the judge chose it.",
                        max_length=8,
                    ),
                ),
                (
                    "page",
                    models.CharField(
                        blank=True,
                        help_text="Which of the item's pages, such as block:first.",
                        max_length=80,
                    ),
                ),
                (
                    "position",
                    models.PositiveSmallIntegerField(
                        blank=True,
                        help_text="The page's place in the order this judge was given.",
                        null=True,
                    ),
                ),
                (
                    "finishes_item",
                    models.BooleanField(
                        default=False, help_text="The last page of the item for this judge."
                    ),
                ),
                (
                    "is_surplus",
                    models.BooleanField(
                        default=False,
                        help_text="Fills no place: it came after the item had all the judges it needed, or does not count now.",
                    ),
                ),
                (
                    "is_repeat",
                    models.BooleanField(
                        default=False,
                        help_text="The judge answered this page before and was asked again, to tell how steady they are. Its answers are never in force.",
                    ),
                ),
                ("comment", models.TextField(blank=True)),
                (
                    "confidence",
                    models.PositiveSmallIntegerField(
                        blank=True, help_text="Percent, as the judge states it.", null=True
                    ),
                ),
                (
                    "expected_agreement",
                    models.PositiveSmallIntegerField(
                        blank=True,
                        help_text="Percent of judges who will answer the same.",
                        null=True,
                    ),
                ),
                (
                    "seconds",
                    models.FloatField(
                        blank=True, help_text="Time spent, idle time taken out.", null=True
                    ),
                ),
                ("created_at", models.DateTimeField(auto_now_add=True)),
                ("withdrawn_at", models.DateTimeField(blank=True, null=True)),
                (
                    "item",
                    models.ForeignKey(
                        blank=True,
                        help_text="The item of a protocol that this was served for.",
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="judgments",
                        to="judgments.item",
                    ),
                ),
                (
                    "judge",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="judgments",
                        to="judgments.judge",
                    ),
                ),
                (
                    "output",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="judgments",
                        to="runs.output",
                    ),
                ),
                (
                    "prompt",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="judgments",
                        to="prompts.prompt",
                    ),
                ),
                (
                    "takes_back",
                    models.ForeignKey(
                        blank=True,
                        help_text="The call that this form left open after it had been given.",
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="judgments.answer",
                    ),
                ),
            ],
            options={
                "ordering": ["-id"],
                "indexes": [
                    models.Index(fields=["judge", "-id"], name="judgment_by_judge"),
                    models.Index(
                        condition=models.Q(("withdrawn_at", None)),
                        fields=["item", "judge"],
                        name="judgment_by_item",
                    ),
                    models.Index(
                        condition=models.Q(("withdrawn_at__isnull", False)),
                        fields=["id"],
                        name="judgment_withdrawn",
                    ),
                    models.Index(
                        condition=models.Q(("is_repeat", True)),
                        fields=["judge"],
                        name="judgment_repeats",
                    ),
                ],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("output__isnull", False), ("prompt", None)),
                            models.Q(("output", None), ("prompt__isnull", False)),
                            _connector="OR",
                        ),
                        name="judgment_one_subject",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("guest_check__in", ["counted", "held-back", "could-not-check"])
                        ),
                        name="judgment_check_known",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("way__in", ["served", "chosen", "unknown"])),
                        name="judgment_way_known",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("confidence", None), ("confidence__lte", 100), _connector="OR"
                        ),
                        name="judgment_confidence_percent",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("expected_agreement", None),
                            ("expected_agreement__lte", 100),
                            _connector="OR",
                        ),
                        name="judgment_expected_percent",
                    ),
                    models.UniqueConstraint(
                        models.F("judge"),
                        models.F("item"),
                        condition=models.Q(("finishes_item", True), ("withdrawn_at", None)),
                        name="judgment_finishes_item_once",
                    ),
                    models.UniqueConstraint(
                        models.F("judge"),
                        models.F("form_token"),
                        models.F("output"),
                        models.F("prompt"),
                        name="judgment_once_a_form",
                        nulls_distinct=False,
                    ),
                ],
            },
        ),
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
                (
                    "criterion_version",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="definitions.criterionversion",
                    ),
                ),
                (
                    "imported_by",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "output",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="imported_opinions",
                        to="runs.output",
                    ),
                ),
                (
                    "judge",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="imported_opinions",
                        to="judgments.judge",
                    ),
                ),
                (
                    "judgment",
                    models.ForeignKey(
                        help_text="What the samples known by then came to.",
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="imported_opinions",
                        to="judgments.judgment",
                    ),
                ),
            ],
            options={
                "ordering": ["-id"],
                "constraints": [
                    models.UniqueConstraint(
                        fields=("judge", "output", "criterion_version", "sample"),
                        name="imported_opinion_once",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("value__in", ["yes", "partly", "no", "cannot-tell"])),
                        name="imported_opinion_value_known",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="FirstError",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("segmentation", models.PositiveSmallIntegerField()),
                ("is_current", models.BooleanField(default=True)),
                (
                    "output",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="first_errors",
                        to="runs.output",
                    ),
                ),
                (
                    "step",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="first_errors",
                        to="runs.step",
                    ),
                ),
                (
                    "judge",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="first_errors",
                        to="judgments.judge",
                    ),
                ),
                (
                    "judgment",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="first_errors",
                        to="judgments.judgment",
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(
                        models.F("judge"),
                        models.F("output"),
                        models.F("segmentation"),
                        condition=models.Q(("is_current", True)),
                        name="first_error_one_current",
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="Mark",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "part",
                    models.CharField(
                        choices=[("trace", "working"), ("answer", "answer"), ("prompt", "prompt")],
                        max_length=8,
                    ),
                ),
                ("start", models.PositiveIntegerField()),
                ("end", models.PositiveIntegerField()),
                ("quote", models.TextField()),
                ("prefix", models.CharField(blank=True, max_length=32)),
                ("suffix", models.CharField(blank=True, max_length=32)),
                ("text_sha256", models.CharField(max_length=64)),
                ("is_current", models.BooleanField(default=True)),
                (
                    "criterion",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="marks",
                        to="definitions.criterion",
                    ),
                ),
                (
                    "judge",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="marks",
                        to="judgments.judge",
                    ),
                ),
                (
                    "judgment",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="marks",
                        to="judgments.judgment",
                    ),
                ),
                (
                    "output",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="marks",
                        to="runs.output",
                    ),
                ),
            ],
            options={
                "ordering": ["part", "start", "end", "id"],
                "indexes": [
                    models.Index(
                        condition=models.Q(("is_current", True)),
                        fields=["output", "judge"],
                        name="mark_current",
                    )
                ],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("end__gt", models.F("start"))), name="mark_not_empty"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("part__in", ["trace", "answer", "prompt"])),
                        name="mark_part_known",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="Opinion",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("prompt_version", models.PositiveSmallIntegerField()),
                ("sample", models.PositiveSmallIntegerField(default=0)),
                (
                    "values",
                    models.JSONField(
                        blank=True,
                        default=list,
                        help_text="The answers that were read, in the order asked.",
                    ),
                ),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("waiting", "waiting"),
                            ("answered", "answered"),
                            ("unparseable", "could not be read"),
                            ("failed", "failed"),
                        ],
                        default="waiting",
                        max_length=12,
                    ),
                ),
                (
                    "note",
                    models.CharField(
                        blank=True, help_text="Why it could not be read.", max_length=300
                    ),
                ),
                ("created_at", models.DateTimeField(auto_now_add=True)),
                ("read_at", models.DateTimeField(blank=True, null=True)),
                (
                    "asked_as",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="opinion",
                        to="runs.output",
                    ),
                ),
                (
                    "block",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="opinions",
                        to="judgments.block",
                    ),
                ),
                (
                    "judge",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="opinions",
                        to="judgments.judge",
                    ),
                ),
                (
                    "judgment",
                    models.OneToOneField(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="opinion",
                        to="judgments.judgment",
                    ),
                ),
                (
                    "output",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="opinions",
                        to="runs.output",
                    ),
                ),
            ],
            options={
                "ordering": ["-id"],
                "indexes": [
                    models.Index(
                        condition=models.Q(("state", "waiting")),
                        fields=["id"],
                        name="opinion_waiting",
                    )
                ],
                "constraints": [
                    models.UniqueConstraint(
                        models.F("judge"),
                        models.F("output"),
                        models.F("block"),
                        models.F("prompt_version"),
                        models.F("sample"),
                        condition=models.Q(("state", "waiting")),
                        name="opinion_one_waiting",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("state__in", ["waiting", "answered", "unparseable", "failed"])
                        ),
                        name="opinion_state_known",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("state", "answered"), _negated=True),
                            ("judgment__isnull", False),
                            models.Q(("values", []), _negated=True),
                            _connector="OR",
                        ),
                        name="opinion_answered_has_judgment",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="StepLabel",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "role",
                    models.CharField(
                        blank=True,
                        choices=[
                            ("observation", "Observation"),
                            ("inference", "Inference"),
                            ("conclusion", "Conclusion"),
                            ("plan", "Plan"),
                            ("check", "Check"),
                            ("restatement", "Restatement"),
                            ("filler", "Filler"),
                        ],
                        max_length=12,
                    ),
                ),
                (
                    "correctness",
                    models.SmallIntegerField(
                        blank=True,
                        help_text="-1 wrong, 0 neither, 1 right; empty where not marked.",
                        null=True,
                    ),
                ),
                ("is_current", models.BooleanField(default=True)),
                (
                    "judge",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="step_labels",
                        to="judgments.judge",
                    ),
                ),
                (
                    "judgment",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="step_labels",
                        to="judgments.judgment",
                    ),
                ),
                (
                    "step",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="labels",
                        to="runs.step",
                    ),
                ),
            ],
            options={
                "ordering": ["step", "id"],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            ("role", ""),
                            (
                                "role__in",
                                [
                                    "observation",
                                    "inference",
                                    "conclusion",
                                    "plan",
                                    "check",
                                    "restatement",
                                    "filler",
                                ],
                            ),
                            _connector="OR",
                        ),
                        name="step_label_role_known",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("correctness", None),
                            models.Q(("correctness__gte", -1), ("correctness__lte", 1)),
                            _connector="OR",
                        ),
                        name="step_label_correctness_range",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("role", ""), _negated=True),
                            ("correctness__isnull", False),
                            _connector="OR",
                        ),
                        name="step_label_says_something",
                    ),
                    models.UniqueConstraint(
                        models.F("judge"),
                        models.F("step"),
                        condition=models.Q(("is_current", True)),
                        name="step_label_one_current",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="Member",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("joined_at", models.DateTimeField(auto_now_add=True)),
                (
                    "judge",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, to="judgments.judge"
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="Protocol",
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
                ("title", models.CharField(max_length=100)),
                ("description", models.TextField(blank=True)),
                (
                    "access",
                    models.CharField(
                        choices=[
                            ("anyone", "anyone, also without an account"),
                            ("signed-in", "people who are signed in"),
                            ("invited", "people with the invitation link"),
                        ],
                        default="anyone",
                        max_length=10,
                    ),
                ),
                ("invitation", models.UUIDField(default=uuid.uuid4, unique=True)),
                (
                    "is_default",
                    models.BooleanField(
                        default=False,
                        help_text="What “Judge one output” serves; it never runs dry.",
                    ),
                ),
                ("created_at", models.DateTimeField(auto_now_add=True)),
                ("opened_at", models.DateTimeField(blank=True, null=True)),
                ("closed_at", models.DateTimeField(blank=True, null=True)),
                (
                    "ends_at",
                    models.DateTimeField(
                        blank=True,
                        help_text="Of a round alone: a group judges together until then.",
                        null=True,
                    ),
                ),
                (
                    "members",
                    models.ManyToManyField(
                        related_name="protocols", through="judgments.Member", to="judgments.judge"
                    ),
                ),
                (
                    "owner",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="protocols",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
            options={
                "ordering": ["-is_default", "-created_at"],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("access__in", ["anyone", "signed-in", "invited"])),
                        name="protocol_access_known",
                    ),
                    models.UniqueConstraint(
                        models.F("is_default"),
                        condition=models.Q(("is_default", True)),
                        name="protocol_one_default",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("is_default", False), ("visibility", "public"), _connector="OR"
                        ),
                        name="protocol_default_is_public",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("ends_at", None),
                            models.Q(
                                ("access", "invited"),
                                ("is_default", False),
                                ("visibility", "unlisted"),
                            ),
                            _connector="OR",
                        ),
                        name="protocol_round_is_by_invitation",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("visibility__in", ["public", "unlisted", "private"])),
                        name="protocol_visibility_in_words",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("visibility", "public"), _negated=True),
                            ("publish_on", None),
                            _connector="OR",
                        ),
                        name="protocol_public_waits_for_no_day",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="SetAside",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "reason",
                    models.CharField(help_text="Public: the judge reads it too.", max_length=280),
                ),
                ("created_at", models.DateTimeField(auto_now_add=True)),
                (
                    "actor",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "judge",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="set_aside",
                        to="judgments.judge",
                    ),
                ),
                (
                    "lifts",
                    models.OneToOneField(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="lifted_by",
                        to="judgments.setaside",
                    ),
                ),
                (
                    "protocol",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="set_aside",
                        to="judgments.protocol",
                    ),
                ),
            ],
            options={
                "ordering": ["-id"],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("reason", ""), _negated=True),
                        name="set_aside_has_reason",
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="ProtocolBlock",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("position", models.PositiveSmallIntegerField()),
                (
                    "block",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, to="judgments.block"
                    ),
                ),
            ],
            options={
                "ordering": ["version", "position"],
            },
        ),
        migrations.CreateModel(
            name="ProtocolDefinition",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("position", models.PositiveSmallIntegerField()),
                (
                    "definition_version",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        to="definitions.definitionversion",
                    ),
                ),
            ],
            options={
                "ordering": ["version", "position"],
            },
        ),
        migrations.CreateModel(
            name="ProtocolVersion",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("number", models.PositiveSmallIntegerField(default=1)),
                ("is_current", models.BooleanField(default=True)),
                (
                    "frozen_at",
                    models.DateTimeField(
                        blank=True,
                        help_text="Time of the first judgment: then a change is a version.",
                        null=True,
                    ),
                ),
                ("created_at", models.DateTimeField(auto_now_add=True)),
                (
                    "subject",
                    models.CharField(
                        choices=[
                            ("output", "one output"),
                            ("pair", "two outputs to the same prompt"),
                            ("prompt", "a prompt alone"),
                        ],
                        default="output",
                        max_length=8,
                    ),
                ),
                (
                    "selection",
                    models.JSONField(
                        blank=True,
                        default=dict,
                        help_text="Lists of slugs under models, recipes, prompt_sets and stop_reasons; sample (a number) and seed.",
                    ),
                ),
                ("judges_per_item", models.PositiveSmallIntegerField(default=3)),
                (
                    "shows_source",
                    models.BooleanField(
                        default=True,
                        help_text="Name and source of a definition are shown with its statement.",
                    ),
                ),
                (
                    "asks_holistic",
                    models.BooleanField(
                        default=False, help_text="Also ask “would you call this reasoning?”."
                    ),
                ),
                (
                    "steps",
                    models.CharField(
                        blank=True,
                        choices=[
                            ("", "steps are not labelled"),
                            ("labels", "role and correctness of each step"),
                            ("first-error", "the first step with an error"),
                        ],
                        default="",
                        max_length=12,
                    ),
                ),
                ("asks_confidence", models.BooleanField(default=False)),
                (
                    "asks_agreement",
                    models.BooleanField(
                        default=False, help_text="Ask which share of judges will answer the same."
                    ),
                ),
                (
                    "shows_reference",
                    models.BooleanField(
                        default=True,
                        help_text="Show the reference answer once the questions are answered.",
                    ),
                ),
                (
                    "skip_policy",
                    models.CharField(
                        choices=[
                            ("others", "another judge gets it"),
                            ("later", "the same judge gets it again at the end"),
                            ("counts", "the skip counts as this judge's turn"),
                        ],
                        default="others",
                        max_length=8,
                    ),
                ),
                (
                    "gold_share",
                    models.PositiveSmallIntegerField(
                        default=10,
                        help_text="Percent of served items that are gold, while there are new ones.",
                    ),
                ),
                ("gold_feedback", models.BooleanField(default=True)),
                (
                    "qualification_share",
                    models.PositiveSmallIntegerField(
                        default=0,
                        help_text="Percent of the qualification set to get right; 0 asks for none.",
                    ),
                ),
                (
                    "repeat_share",
                    models.PositiveSmallIntegerField(
                        default=5,
                        help_text="Percent of served outputs that the judge did before, asked again; off at 0.",
                    ),
                ),
                (
                    "suggestion_share",
                    models.PositiveSmallIntegerField(
                        default=0,
                        help_text="Percent of items, drawn at random, that show them; off at 0.",
                    ),
                ),
                (
                    "blocks",
                    models.ManyToManyField(
                        related_name="protocols",
                        through="judgments.ProtocolBlock",
                        to="judgments.block",
                    ),
                ),
                (
                    "created_by",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "definitions",
                    models.ManyToManyField(
                        related_name="protocols",
                        through="judgments.ProtocolDefinition",
                        to="definitions.definitionversion",
                    ),
                ),
                (
                    "protocol",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="versions",
                        to="judgments.protocol",
                    ),
                ),
                (
                    "suggestion_judge",
                    models.ForeignKey(
                        blank=True,
                        help_text="The model judge whose answers may be shown first.",
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
                        to="judgments.judge",
                    ),
                ),
            ],
            options={
                "ordering": ["protocol", "-number"],
                "constraints": [
                    models.UniqueConstraint(
                        models.F("protocol"), models.F("number"), name="protocol_version_number"
                    ),
                    models.UniqueConstraint(
                        models.F("protocol"),
                        condition=models.Q(("is_current", True)),
                        name="protocol_one_current_version",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("judges_per_item__gte", 1), ("judges_per_item__lte", 100)
                        ),
                        name="protocol_judges_range",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("gold_share__lte", 50),
                            ("qualification_share__lte", 100),
                            ("suggestion_share__lte", 100),
                        ),
                        name="protocol_shares_range",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("repeat_share__lte", 20)), name="protocol_repeats_range"
                    ),
                ],
            },
        ),
        migrations.AddField(
            model_name="Block",
            name="criteria",
            field=models.ManyToManyField(
                related_name="blocks",
                through="judgments.BlockCriterion",
                to="definitions.criterion",
            ),
        ),
        migrations.AddField(
            model_name="Item",
            name="version",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.CASCADE,
                related_name="items",
                to="judgments.protocolversion",
            ),
        ),
        migrations.AddIndex(
            model_name="Item",
            index=models.Index(
                models.F("version"),
                django.db.models.expressions.CombinedExpression(
                    models.F("done"), "+", models.F("leased")
                ),
                models.F("random"),
                condition=models.Q(
                    ("is_gold", False),
                    (
                        "needed__gt",
                        django.db.models.expressions.CombinedExpression(
                            models.F("done"), "+", models.F("leased")
                        ),
                    ),
                ),
                name="item_open",
            ),
        ),
        migrations.AddIndex(
            model_name="Item",
            index=models.Index(
                condition=models.Q(("is_gold", True)),
                fields=["version", "is_qualification", "random"],
                name="item_gold",
            ),
        ),
        migrations.AddConstraint(
            model_name="Item",
            constraint=models.UniqueConstraint(
                models.F("version"),
                models.F("output"),
                models.F("left"),
                models.F("right"),
                models.F("prompt"),
                name="item_once",
                nulls_distinct=False,
            ),
        ),
        migrations.AddField(
            model_name="Answer",
            name="judgment",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT,
                related_name="answers",
                to="judgments.judgment",
            ),
        ),
        migrations.AddField(
            model_name="Member",
            name="protocol",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.CASCADE, to="judgments.protocol"
            ),
        ),
        migrations.AddConstraint(
            model_name="Member",
            constraint=models.UniqueConstraint(
                models.F("protocol"), models.F("judge"), name="member_once"
            ),
        ),
        migrations.AddField(
            model_name="ProtocolBlock",
            name="version",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.CASCADE, to="judgments.protocolversion"
            ),
        ),
        migrations.AddConstraint(
            model_name="ProtocolBlock",
            constraint=models.UniqueConstraint(
                models.F("version"), models.F("block"), name="protocol_block_once"
            ),
        ),
        migrations.AddField(
            model_name="ProtocolDefinition",
            name="version",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.CASCADE, to="judgments.protocolversion"
            ),
        ),
        migrations.AddConstraint(
            model_name="ProtocolDefinition",
            constraint=models.UniqueConstraint(
                models.F("version"), models.F("definition_version"), name="protocol_definition_once"
            ),
        ),
    ]

import uuid

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

import evaluations.leaderboards.models


class Migration(migrations.Migration):
    initial = True

    dependencies = [
        ("accounts", "__first__"),
        ("debates", "0001_initial"),
        ("definitions", "0001_initial"),
        ("judgments", "0001_initial"),
        ("prompts", "0001_initial"),
        ("runs", "0001_initial"),
    ]

    operations = [
        migrations.CreateModel(
            name="Collection",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("slug", models.SlugField(max_length=80)),
                ("title", models.CharField(max_length=80)),
                ("why", models.TextField(blank=True, max_length=4000)),
                ("why_html", models.TextField(blank=True, editable=False)),
                (
                    "visibility",
                    models.CharField(
                        choices=[
                            ("private", "private: you alone"),
                            ("unlisted", "unlisted: whoever has the address"),
                            ("public", "public: listed here"),
                        ],
                        default="private",
                        max_length=8,
                    ),
                ),
                (
                    "built_by",
                    models.CharField(
                        blank=True,
                        help_text="The rule whose outputs of a day it began with.",
                        max_length=40,
                    ),
                ),
                ("created_at", models.DateTimeField(auto_now_add=True)),
                (
                    "used_at",
                    models.DateTimeField(
                        auto_now_add=True, help_text="When something was last placed."
                    ),
                ),
                (
                    "shown_at",
                    models.DateTimeField(
                        blank=True,
                        help_text="When others could first see it: its address stays.",
                        null=True,
                    ),
                ),
                ("featured_at", models.DateTimeField(blank=True, null=True)),
                ("featured_because", models.CharField(blank=True, max_length=280)),
                ("retired_at", models.DateTimeField(blank=True, null=True)),
                ("retired_because", models.CharField(blank=True, max_length=280)),
                (
                    "withheld",
                    models.BooleanField(
                        default=False,
                        help_text="Retired by a moderator: its versions are not shown either.",
                    ),
                ),
                ("own_retired_at", models.DateTimeField(blank=True, null=True)),
                ("own_retired_because", models.CharField(blank=True, max_length=280)),
                (
                    "featured_by",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "owner",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="collections",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "retired_by",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
            options={
                "ordering": ["-used_at", "-pk"],
                "constraints": [
                    models.UniqueConstraint(
                        models.F("owner"), models.F("slug"), name="collection_address"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("visibility__in", ["private", "unlisted", "public"])),
                        name="collection_visibility_known",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("visibility", "private"), ("shown_at__isnull", False), _connector="OR"
                        ),
                        name="collection_shown_since",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(
                                ("retired_at", None), ("retired_because", ""), ("withheld", False)
                            ),
                            models.Q(
                                ("retired_at__isnull", False),
                                models.Q(("retired_because", ""), _negated=True),
                            ),
                            _connector="OR",
                        ),
                        name="collection_retired_with_reason",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("featured_at", None), ("featured_because", "")),
                            models.Q(
                                ("featured_at__isnull", False),
                                models.Q(("featured_because", ""), _negated=True),
                            ),
                            _connector="OR",
                        ),
                        name="collection_featured_with_reason",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="CollectionVersion",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("number", models.PositiveIntegerField()),
                ("day", models.DateField(help_text="The day of freezing, in UTC.")),
                (
                    "digest",
                    models.CharField(
                        help_text="SHA-256 of the canonical JSON of contents.", max_length=64
                    ),
                ),
                ("contents", models.JSONField()),
                (
                    "words",
                    models.CharField(
                        blank=True, help_text="What is new, in a sentence.", max_length=280
                    ),
                ),
                ("created_at", models.DateTimeField(auto_now_add=True)),
                (
                    "collection",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="versions",
                        to="curation.collection",
                    ),
                ),
                (
                    "created_by",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
            options={
                "ordering": ["collection", "-number"],
                "constraints": [
                    models.UniqueConstraint(
                        models.F("collection"), models.F("number"), name="collection_version_number"
                    ),
                    models.UniqueConstraint(
                        models.F("collection"),
                        models.F("day"),
                        models.F("digest"),
                        name="collection_version_once_a_day",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("digest__regex", "^[0-9a-f]{64}$")),
                        name="collection_version_hash",
                    ),
                ],
            },
            bases=(evaluations.leaderboards.models.NamedByDay, models.Model),
        ),
        migrations.CreateModel(
            name="Placement",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("text", models.CharField(blank=True, max_length=1000)),
                ("rank", models.CharField(db_collation="C", max_length=24)),
                ("note", models.TextField(blank=True, max_length=500)),
                (
                    "part",
                    models.CharField(
                        blank=True,
                        choices=[("trace", "working"), ("answer", "answer"), ("prompt", "prompt")],
                        max_length=8,
                    ),
                ),
                ("start", models.PositiveIntegerField(blank=True, null=True)),
                ("end", models.PositiveIntegerField(blank=True, null=True)),
                ("quote", models.TextField(blank=True)),
                ("prefix", models.CharField(blank=True, max_length=32)),
                ("suffix", models.CharField(blank=True, max_length=32)),
                ("text_sha256", models.CharField(blank=True, max_length=64)),
                (
                    "came_from",
                    models.CharField(
                        blank=True,
                        help_text="The list that it was added from, with its filters.",
                        max_length=500,
                    ),
                ),
                ("added_at", models.DateTimeField(auto_now_add=True)),
                (
                    "added_by",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "collection",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="placements",
                        to="curation.collection",
                    ),
                ),
                (
                    "definition_version",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="definitions.definitionversion",
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
                    "lens",
                    models.ManyToManyField(
                        blank=True, related_name="+", to="definitions.definitionversion"
                    ),
                ),
                (
                    "output",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="runs.output",
                    ),
                ),
                (
                    "prompt",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
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
                (
                    "statement",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="debates.statement",
                    ),
                ),
            ],
            options={
                "ordering": ["rank", "pk"],
                "indexes": [models.Index(fields=["collection", "rank"], name="placement_order")],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(
                                ("right__isnull", True),
                                ("output__isnull", False),
                                ("left__isnull", True),
                                ("definition_version__isnull", True),
                                ("prompt__isnull", True),
                                ("statement__isnull", True),
                                ("text", ""),
                            ),
                            models.Q(
                                ("right__isnull", False),
                                ("output__isnull", True),
                                ("left__isnull", False),
                                ("definition_version__isnull", True),
                                ("prompt__isnull", True),
                                ("statement__isnull", True),
                                ("text", ""),
                            ),
                            models.Q(
                                ("right__isnull", True),
                                ("output__isnull", True),
                                ("left__isnull", True),
                                ("definition_version__isnull", False),
                                ("prompt__isnull", True),
                                ("statement__isnull", True),
                                ("text", ""),
                            ),
                            models.Q(
                                ("right__isnull", True),
                                ("output__isnull", True),
                                ("left__isnull", True),
                                ("definition_version__isnull", True),
                                ("prompt__isnull", False),
                                ("statement__isnull", True),
                                ("text", ""),
                            ),
                            models.Q(
                                ("right__isnull", True),
                                ("output__isnull", True),
                                ("left__isnull", True),
                                ("definition_version__isnull", True),
                                ("prompt__isnull", True),
                                ("statement__isnull", False),
                                ("text", ""),
                            ),
                            models.Q(
                                ("right__isnull", True),
                                ("output__isnull", True),
                                ("left__isnull", True),
                                ("definition_version__isnull", True),
                                ("prompt__isnull", True),
                                ("statement__isnull", True),
                                models.Q(("text", ""), _negated=True),
                            ),
                            _connector="OR",
                        ),
                        name="placement_one_target",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("left", None),
                            models.Q(("left", models.F("right")), _negated=True),
                            _connector="OR",
                        ),
                        name="placement_pair_of_two",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(
                                ("end", None),
                                ("part", ""),
                                ("quote", ""),
                                ("start", None),
                                ("text_sha256", ""),
                            ),
                            models.Q(
                                ("end__gt", models.F("start")),
                                ("output__isnull", False),
                                ("part__in", ["trace", "answer", "prompt"]),
                            ),
                            _connector="OR",
                        ),
                        name="placement_span_whole",
                    ),
                    models.UniqueConstraint(
                        models.F("collection"),
                        models.F("output"),
                        condition=models.Q(("output__isnull", False)),
                        name="placement_output_once",
                    ),
                    models.UniqueConstraint(
                        models.F("collection"),
                        models.F("left"),
                        models.F("right"),
                        condition=models.Q(("left__isnull", False)),
                        name="placement_left_once",
                    ),
                    models.UniqueConstraint(
                        models.F("collection"),
                        models.F("definition_version"),
                        condition=models.Q(("definition_version__isnull", False)),
                        name="placement_definition_version_once",
                    ),
                    models.UniqueConstraint(
                        models.F("collection"),
                        models.F("prompt"),
                        condition=models.Q(("prompt__isnull", False)),
                        name="placement_prompt_once",
                    ),
                    models.UniqueConstraint(
                        models.F("collection"),
                        models.F("statement"),
                        condition=models.Q(("statement__isnull", False)),
                        name="placement_statement_once",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="Round",
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
                        help_text="Made with the form: a second sending is the same round.",
                    ),
                ),
                ("opened_at", models.DateTimeField(blank=True, null=True)),
                ("created_at", models.DateTimeField(auto_now_add=True)),
                (
                    "collection",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="rounds",
                        to="curation.collection",
                    ),
                ),
                (
                    "protocol",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="round",
                        to="judgments.protocol",
                    ),
                ),
            ],
            options={
                "ordering": ["-created_at", "-pk"],
            },
        ),
        migrations.CreateModel(
            name="Suggestion",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("text", models.CharField(blank=True, max_length=1000)),
                ("note", models.TextField(max_length=500)),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("open", "waiting"),
                            ("accepted", "accepted"),
                            ("declined", "declined"),
                            ("retracted", "taken back"),
                        ],
                        default="open",
                        max_length=10,
                    ),
                ),
                ("reason", models.CharField(blank=True, max_length=280)),
                ("created_at", models.DateTimeField(auto_now_add=True)),
                ("decided_at", models.DateTimeField(blank=True, null=True)),
                (
                    "author",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "collection",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="suggestions",
                        to="curation.collection",
                    ),
                ),
                (
                    "definition_version",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="definitions.definitionversion",
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
                        related_name="+",
                        to="runs.output",
                    ),
                ),
                (
                    "prompt",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
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
                (
                    "statement",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="debates.statement",
                    ),
                ),
            ],
            options={
                "ordering": ["-pk"],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(
                                ("right__isnull", True),
                                ("output__isnull", False),
                                ("left__isnull", True),
                                ("definition_version__isnull", True),
                                ("prompt__isnull", True),
                                ("statement__isnull", True),
                                ("text", ""),
                            ),
                            models.Q(
                                ("right__isnull", False),
                                ("output__isnull", True),
                                ("left__isnull", False),
                                ("definition_version__isnull", True),
                                ("prompt__isnull", True),
                                ("statement__isnull", True),
                                ("text", ""),
                            ),
                            models.Q(
                                ("right__isnull", True),
                                ("output__isnull", True),
                                ("left__isnull", True),
                                ("definition_version__isnull", False),
                                ("prompt__isnull", True),
                                ("statement__isnull", True),
                                ("text", ""),
                            ),
                            models.Q(
                                ("right__isnull", True),
                                ("output__isnull", True),
                                ("left__isnull", True),
                                ("definition_version__isnull", True),
                                ("prompt__isnull", False),
                                ("statement__isnull", True),
                                ("text", ""),
                            ),
                            models.Q(
                                ("right__isnull", True),
                                ("output__isnull", True),
                                ("left__isnull", True),
                                ("definition_version__isnull", True),
                                ("prompt__isnull", True),
                                ("statement__isnull", False),
                                ("text", ""),
                            ),
                            models.Q(
                                ("right__isnull", True),
                                ("output__isnull", True),
                                ("left__isnull", True),
                                ("definition_version__isnull", True),
                                ("prompt__isnull", True),
                                ("statement__isnull", True),
                                models.Q(("text", ""), _negated=True),
                            ),
                            _connector="OR",
                        ),
                        name="suggestion_one_target",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("left", None),
                            models.Q(("left", models.F("right")), _negated=True),
                            _connector="OR",
                        ),
                        name="suggestion_pair_of_two",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("decided_at", None), ("state", "open")),
                            models.Q(
                                ("decided_at__isnull", False),
                                ("state__in", ["accepted", "declined", "retracted"]),
                            ),
                            _connector="OR",
                        ),
                        name="suggestion_decided_with_time",
                    ),
                    models.UniqueConstraint(
                        models.F("collection"),
                        models.F("author"),
                        models.F("output"),
                        models.F("left"),
                        models.F("right"),
                        models.F("definition_version"),
                        models.F("prompt"),
                        models.F("statement"),
                        models.F("text"),
                        condition=models.Q(("state", "open")),
                        name="suggestion_one_open",
                        nulls_distinct=False,
                    ),
                ],
            },
        ),
        migrations.AddField(
            model_name="Collection",
            name="forked_from",
            field=models.ForeignKey(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="forks",
                to="curation.collectionversion",
            ),
        ),
    ]

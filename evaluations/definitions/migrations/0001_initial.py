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
            name="Criterion",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("key", models.SlugField(max_length=60, unique=True)),
                (
                    "level",
                    models.CharField(
                        choices=[
                            ("prompt", "the prompt"),
                            ("output", "one output"),
                            ("set", "a set of runs"),
                            ("trace-edit", "an edited trace"),
                            ("mechanism", "the model's mechanism"),
                        ],
                        max_length=12,
                    ),
                ),
                (
                    "answered_by",
                    models.CharField(
                        choices=[
                            ("judge", "a judge"),
                            ("probe", "a probe"),
                            ("evidence", "linked evidence"),
                        ],
                        max_length=10,
                    ),
                ),
                (
                    "process",
                    models.BooleanField(
                        default=False,
                        help_text="Asks about the working rather than about the answer.",
                    ),
                ),
                ("position", models.PositiveSmallIntegerField(default=1000)),
                ("catalogue_digest", models.CharField(blank=True, editable=False, max_length=64)),
                (
                    "successors",
                    models.JSONField(
                        blank=True,
                        default=list,
                        editable=False,
                        help_text="Keys of the criteria that took its place. It is retired: no new rule or block may name it, while its answers stay and earlier versions of rules go on reading them.",
                    ),
                ),
            ],
            options={
                "verbose_name_plural": "criteria",
                "ordering": ["position", "key"],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            ("level__in", ["prompt", "output", "set", "trace-edit", "mechanism"])
                        ),
                        name="criterion_level_known",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("answered_by__in", ["judge", "probe", "evidence"])),
                        name="criterion_answered_by_known",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("answered_by", "judge"), _negated=True),
                            ("level__in", ["output", "prompt"]),
                            _connector="OR",
                        ),
                        name="criterion_judges_see_outputs_and_prompts",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="CriterionVersion",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("number", models.PositiveSmallIntegerField()),
                ("meaning", models.PositiveSmallIntegerField(default=1)),
                ("title", models.CharField(max_length=80)),
                ("question", models.TextField()),
                ("guidance", models.TextField()),
                ("positive_example", models.TextField(blank=True)),
                ("positive_why", models.TextField(blank=True)),
                ("negative_example", models.TextField(blank=True)),
                ("negative_why", models.TextField(blank=True)),
                ("is_current", models.BooleanField(default=True)),
                ("created_at", models.DateTimeField(auto_now_add=True)),
                (
                    "criterion",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="versions",
                        to="definitions.criterion",
                    ),
                ),
            ],
            options={
                "ordering": ["criterion__position", "number"],
                "constraints": [
                    models.UniqueConstraint(
                        models.F("criterion"), models.F("number"), name="criterion_version_number"
                    ),
                    models.UniqueConstraint(
                        models.F("criterion"),
                        condition=models.Q(("is_current", True)),
                        name="criterion_version_one_current",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="Definition",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("slug", models.SlugField(max_length=80, unique=True)),
                ("name", models.CharField(max_length=120)),
                (
                    "kind",
                    models.CharField(
                        choices=[
                            ("definition", "definition"),
                            ("claim", "claim"),
                            ("question", "question"),
                            ("neighbouring-concept", "neighbouring concept"),
                        ],
                        default="definition",
                        max_length=24,
                    ),
                ),
                ("author", models.CharField(blank=True, max_length=200)),
                ("year", models.SmallIntegerField(blank=True, null=True)),
                ("source", models.TextField(blank=True)),
                ("link", models.URLField(blank=True)),
                (
                    "verification",
                    models.CharField(
                        choices=[
                            ("read", "read in the source"),
                            ("second-hand", "read as quoted by others"),
                            ("unverified", "not checked"),
                        ],
                        default="unverified",
                        max_length=12,
                    ),
                ),
                ("position", models.PositiveSmallIntegerField(default=1000)),
                (
                    "curated_at",
                    models.DateTimeField(
                        blank=True,
                        editable=False,
                        help_text="Since when the front page and the matrix show it: shipped, or marked by staff.",
                        null=True,
                    ),
                ),
                ("created_at", models.DateTimeField(auto_now_add=True)),
                ("catalogue_digest", models.CharField(blank=True, editable=False, max_length=64)),
                (
                    "curated_by",
                    models.ForeignKey(
                        blank=True,
                        editable=False,
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "merged_into",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="merged_from",
                        to="definitions.definition",
                    ),
                ),
                (
                    "owner",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="definitions",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                ("related", models.ManyToManyField(blank=True, to="definitions.definition")),
            ],
            options={
                "ordering": ["position", "name"],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            (
                                "kind__in",
                                ["definition", "claim", "question", "neighbouring-concept"],
                            )
                        ),
                        name="definition_kind_known",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("verification__in", ["read", "second-hand", "unverified"])
                        ),
                        name="definition_verification_known",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("link", ""), ("link__startswith", "https://"), _connector="OR"
                        ),
                        name="definition_link_https",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("merged_into", models.F("pk")), _negated=True),
                        name="definition_not_merged_into_itself",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="DefinitionVersion",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("statement", models.TextField()),
                (
                    "quoted",
                    models.BooleanField(
                        default=True, help_text="The statement is a verbatim quotation."
                    ),
                ),
                ("rule", models.JSONField()),
                (
                    "reading",
                    models.TextField(
                        help_text="One plain sentence: how the rule reads the statement."
                    ),
                ),
                (
                    "absence_policy",
                    models.CharField(
                        choices=[
                            ("may-be-latent", "may be latent"),
                            ("must-be-shown", "must be shown"),
                        ],
                        default="may-be-latent",
                        max_length=14,
                    ),
                ),
                (
                    "partly_policy",
                    models.CharField(
                        choices=[("not-met", "partly is not met"), ("met", "partly counts as met")],
                        default="not-met",
                        max_length=8,
                    ),
                ),
                ("note", models.TextField(blank=True)),
                ("positive_example", models.TextField(blank=True)),
                ("positive_why", models.TextField(blank=True)),
                ("negative_example", models.TextField(blank=True)),
                ("negative_why", models.TextField(blank=True)),
                ("number", models.PositiveSmallIntegerField()),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("draft", "draft"),
                            ("published", "published"),
                            ("retired", "retired"),
                            ("merged", "merged into another"),
                        ],
                        default="draft",
                        max_length=10,
                    ),
                ),
                (
                    "after",
                    models.CharField(
                        blank=True,
                        editable=False,
                        help_text="Whose statement was changed here. Empty: it says what the definition’s source says.",
                        max_length=200,
                    ),
                ),
                (
                    "change_note",
                    models.TextField(
                        blank=True, help_text="What this version changes and why, for the history."
                    ),
                ),
                ("is_current", models.BooleanField(default=False)),
                ("created_at", models.DateTimeField(auto_now_add=True)),
                ("published_at", models.DateTimeField(blank=True, null=True)),
                (
                    "author",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="wordings",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "definition",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="versions",
                        to="definitions.definition",
                    ),
                ),
                (
                    "forked_from",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="forks",
                        to="definitions.definitionversion",
                    ),
                ),
            ],
            options={
                "ordering": ["definition__position", "number"],
                "constraints": [
                    models.UniqueConstraint(
                        models.F("definition"), models.F("number"), name="definition_version_number"
                    ),
                    models.UniqueConstraint(
                        models.F("definition"),
                        condition=models.Q(("is_current", True)),
                        name="definition_version_one_current",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("state__in", ["draft", "published", "retired", "merged"])
                        ),
                        name="definition_version_state_known",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("absence_policy__in", ["may-be-latent", "must-be-shown"])
                        ),
                        name="definition_version_absence_known",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("partly_policy__in", ["not-met", "met"])),
                        name="definition_version_partly_known",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(
                                ("is_current", False), ("published_at", None), ("state", "draft")
                            ),
                            models.Q(
                                models.Q(("state", "draft"), _negated=True),
                                ("published_at__isnull", False),
                            ),
                            _connector="OR",
                        ),
                        name="definition_version_drafts_unpublished",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="Pin",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "criterion_version",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        to="definitions.criterionversion",
                    ),
                ),
                (
                    "definition_version",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        to="definitions.definitionversion",
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(
                        models.F("definition_version"),
                        models.F("criterion_version"),
                        name="pin_once",
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="Proposal",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("statement", models.TextField()),
                (
                    "quoted",
                    models.BooleanField(
                        default=True, help_text="The statement is a verbatim quotation."
                    ),
                ),
                ("rule", models.JSONField()),
                (
                    "reading",
                    models.TextField(
                        help_text="One plain sentence: how the rule reads the statement."
                    ),
                ),
                (
                    "absence_policy",
                    models.CharField(
                        choices=[
                            ("may-be-latent", "may be latent"),
                            ("must-be-shown", "must be shown"),
                        ],
                        default="may-be-latent",
                        max_length=14,
                    ),
                ),
                (
                    "partly_policy",
                    models.CharField(
                        choices=[("not-met", "partly is not met"), ("met", "partly counts as met")],
                        default="not-met",
                        max_length=8,
                    ),
                ),
                ("note", models.TextField(blank=True)),
                ("positive_example", models.TextField(blank=True)),
                ("positive_why", models.TextField(blank=True)),
                ("negative_example", models.TextField(blank=True)),
                ("negative_why", models.TextField(blank=True)),
                ("number", models.PositiveSmallIntegerField()),
                ("reason", models.TextField()),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("open", "open"),
                            ("accepted", "accepted"),
                            ("declined", "declined"),
                            ("withdrawn", "withdrawn"),
                        ],
                        default="open",
                        max_length=10,
                    ),
                ),
                ("created_at", models.DateTimeField(auto_now_add=True)),
                (
                    "base",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="proposals",
                        to="definitions.definitionversion",
                    ),
                ),
                (
                    "definition",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="proposals",
                        to="definitions.definition",
                    ),
                ),
                (
                    "proposer",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="proposals",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "version",
                    models.OneToOneField(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="proposal",
                        to="definitions.definitionversion",
                    ),
                ),
            ],
            options={
                "ordering": ["definition", "number"],
                "constraints": [
                    models.UniqueConstraint(
                        models.F("definition"), models.F("number"), name="proposal_number"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("state__in", ["open", "accepted", "declined", "withdrawn"])
                        ),
                        name="proposal_state_known",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("absence_policy__in", ["may-be-latent", "must-be-shown"])
                        ),
                        name="proposal_absence_known",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("partly_policy__in", ["not-met", "met"])),
                        name="proposal_partly_known",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("state", "accepted"), ("version__isnull", False)),
                            models.Q(
                                models.Q(("state", "accepted"), _negated=True), ("version", None)
                            ),
                            _connector="OR",
                        ),
                        name="proposal_accepted_makes_a_version",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="ProposalMessage",
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
                            ("question", "asked"),
                            ("answer", "answered"),
                            ("accepted", "accepted it"),
                            ("declined", "declined it"),
                            ("withdrawn", "withdrew it"),
                        ],
                        max_length=10,
                    ),
                ),
                ("text", models.TextField(blank=True)),
                ("created_at", models.DateTimeField(auto_now_add=True)),
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
                    "proposal",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="messages",
                        to="definitions.proposal",
                    ),
                ),
            ],
            options={
                "ordering": ["created_at", "pk"],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            (
                                "kind__in",
                                ["question", "answer", "accepted", "declined", "withdrawn"],
                            )
                        ),
                        name="proposal_message_kind_known",
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="Relation",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "by_rules",
                    models.PositiveSmallIntegerField(
                        choices=[
                            (0, "neither follows from the other"),
                            (1, "the second follows from the first"),
                            (2, "the first follows from the second"),
                            (3, "both say yes to the same"),
                            (4, "the rules are too large to tell"),
                        ]
                    ),
                ),
                (
                    "by_postulates",
                    models.PositiveSmallIntegerField(
                        choices=[
                            (0, "neither follows from the other"),
                            (1, "the second follows from the first"),
                            (2, "the first follows from the second"),
                            (3, "both say yes to the same"),
                            (4, "the rules are too large to tell"),
                        ]
                    ),
                ),
                (
                    "postulates",
                    models.CharField(
                        help_text="A hash of the postulates that were in force.", max_length=16
                    ),
                ),
                (
                    "one",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to="definitions.definitionversion",
                    ),
                ),
                (
                    "other",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to="definitions.definitionversion",
                    ),
                ),
            ],
            options={
                "indexes": [
                    models.Index(
                        condition=models.Q(("by_postulates", 0), _negated=True),
                        fields=["one", "other"],
                        name="relation_follows",
                    )
                ],
                "constraints": [
                    models.UniqueConstraint(
                        models.F("one"), models.F("other"), name="relation_once"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("one__lt", models.F("other"))), name="relation_in_order"
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="StateChange",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("verb", models.CharField(max_length=12)),
                (
                    "before",
                    models.CharField(
                        choices=[
                            ("draft", "draft"),
                            ("published", "published"),
                            ("retired", "retired"),
                            ("merged", "merged into another"),
                        ],
                        max_length=10,
                    ),
                ),
                (
                    "after",
                    models.CharField(
                        choices=[
                            ("draft", "draft"),
                            ("published", "published"),
                            ("retired", "retired"),
                            ("merged", "merged into another"),
                        ],
                        max_length=10,
                    ),
                ),
                ("reason", models.TextField(blank=True)),
                ("created_at", models.DateTimeField(auto_now_add=True)),
                (
                    "actor",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "merged_into",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="definitions.definition",
                    ),
                ),
                (
                    "version",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="state_changes",
                        to="definitions.definitionversion",
                    ),
                ),
            ],
            options={
                "ordering": ["created_at", "pk"],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            ("before__in", ["draft", "published", "retired", "merged"])
                        ),
                        name="state_change_before_known",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("after__in", ["draft", "published", "retired", "merged"])
                        ),
                        name="state_change_after_known",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("after", "merged"), ("merged_into__isnull", False)),
                            models.Q(
                                models.Q(("after", "merged"), _negated=True), ("merged_into", None)
                            ),
                            _connector="OR",
                        ),
                        name="state_change_merged_into_something",
                    ),
                ],
            },
        ),
        migrations.AddField(
            model_name="DefinitionVersion",
            name="criterion_versions",
            field=models.ManyToManyField(
                related_name="definition_versions",
                through="definitions.Pin",
                to="definitions.criterionversion",
            ),
        ),
    ]

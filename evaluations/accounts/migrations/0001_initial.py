import uuid

import django.contrib.auth.models
import django.contrib.auth.validators
import django.db.models.deletion
import django.utils.timezone
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    initial = True

    dependencies = [
        ("auth", "0012_alter_user_first_name_max_length"),
    ]

    operations = [
        migrations.CreateModel(
            name="User",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("password", models.CharField(max_length=128, verbose_name="password")),
                (
                    "last_login",
                    models.DateTimeField(blank=True, null=True, verbose_name="last login"),
                ),
                (
                    "is_superuser",
                    models.BooleanField(
                        default=False,
                        help_text="Designates that this user has all permissions without explicitly assigning them.",
                        verbose_name="superuser status",
                    ),
                ),
                (
                    "username",
                    models.CharField(
                        error_messages={"unique": "A user with that username already exists."},
                        help_text="Required. 150 characters or fewer. Letters, digits and @/./+/-/_ only.",
                        max_length=150,
                        unique=True,
                        validators=[django.contrib.auth.validators.UnicodeUsernameValidator()],
                        verbose_name="username",
                    ),
                ),
                (
                    "first_name",
                    models.CharField(blank=True, max_length=150, verbose_name="first name"),
                ),
                (
                    "last_name",
                    models.CharField(blank=True, max_length=150, verbose_name="last name"),
                ),
                (
                    "email",
                    models.EmailField(blank=True, max_length=254, verbose_name="email address"),
                ),
                (
                    "is_staff",
                    models.BooleanField(
                        default=False,
                        help_text="Designates whether the user can log into this admin site.",
                        verbose_name="staff status",
                    ),
                ),
                (
                    "is_active",
                    models.BooleanField(
                        default=True,
                        help_text="Designates whether this user should be treated as active. Unselect this instead of deleting accounts.",
                        verbose_name="active",
                    ),
                ),
                (
                    "date_joined",
                    models.DateTimeField(
                        default=django.utils.timezone.now, verbose_name="date joined"
                    ),
                ),
                (
                    "role",
                    models.CharField(
                        choices=[
                            ("member", "Member"),
                            ("curator", "Curator"),
                            ("researcher", "Researcher"),
                            ("moderator", "Moderator"),
                        ],
                        default="member",
                        max_length=12,
                    ),
                ),
                (
                    "single_keys",
                    models.BooleanField(
                        default=True,
                        help_text="Answer with single keys on the judging page.",
                        verbose_name="single-key shortcuts",
                    ),
                ),
                (
                    "keys",
                    models.JSONField(
                        blank=True,
                        default=dict,
                        help_text="Action to the key chosen for it, where not the usual.",
                    ),
                ),
                (
                    "seen_event",
                    models.BigIntegerField(
                        default=0,
                        editable=False,
                        help_text="Up to which event its notices were read.",
                    ),
                ),
                (
                    "about",
                    models.CharField(
                        blank=True,
                        help_text="What one says of oneself on one's public page.",
                        max_length=280,
                    ),
                ),
                (
                    "shows_counts",
                    models.BooleanField(
                        default=False, help_text="The public page says how much somebody judged."
                    ),
                ),
                (
                    "is_unlisted",
                    models.BooleanField(
                        default=False, help_text="No search and no feed leads to the public page."
                    ),
                ),
                (
                    "hides_name",
                    models.BooleanField(
                        default=False,
                        help_text="Others read “a member” wherever the name would stand.",
                    ),
                ),
                (
                    "digest",
                    models.CharField(
                        choices=[
                            ("off", "Never"),
                            ("daily", "Once a day, where there is something new"),
                            ("weekly", "Once a week, where there is something new"),
                        ],
                        default="off",
                        max_length=6,
                    ),
                ),
                (
                    "mail_origin",
                    models.CharField(
                        blank=True,
                        editable=False,
                        help_text="Where links in mails lead to.",
                        max_length=200,
                    ),
                ),
                (
                    "mailed_event",
                    models.BigIntegerField(
                        default=0, editable=False, help_text="Up to which event a digest was sent."
                    ),
                ),
                ("mailed_at", models.DateTimeField(editable=False, null=True)),
                (
                    "refused_mails",
                    models.PositiveSmallIntegerField(
                        default=0,
                        editable=False,
                        help_text="How often in a row the address was refused.",
                    ),
                ),
                (
                    "suspended_until",
                    models.DateTimeField(
                        blank=True,
                        help_text="Until then the account reads, and writes nothing.",
                        null=True,
                    ),
                ),
                (
                    "suspended_because",
                    models.CharField(
                        blank=True, help_text="The sentence that its owner reads.", max_length=280
                    ),
                ),
                (
                    "groups",
                    models.ManyToManyField(
                        blank=True,
                        help_text="The groups this user belongs to. A user will get all permissions granted to each of their groups.",
                        related_name="user_set",
                        related_query_name="user",
                        to="auth.group",
                        verbose_name="groups",
                    ),
                ),
                (
                    "hides",
                    models.ManyToManyField(
                        blank=True,
                        help_text="Authors whose words are behind a click for this account alone.",
                        related_name="hidden_by",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "user_permissions",
                    models.ManyToManyField(
                        blank=True,
                        help_text="Specific permissions for this user.",
                        related_name="user_set",
                        related_query_name="user",
                        to="auth.permission",
                        verbose_name="user permissions",
                    ),
                ),
            ],
            options={
                "verbose_name": "user",
                "verbose_name_plural": "users",
                "abstract": False,
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            ("role__in", ["member", "curator", "researcher", "moderator"])
                        ),
                        name="user_role_known",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("digest__in", ["off", "daily", "weekly"])),
                        name="user_digest_known",
                    ),
                ],
            },
            managers=[
                ("objects", django.contrib.auth.models.UserManager()),
            ],
        ),
        migrations.CreateModel(
            name="Invitation",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("token", models.UUIDField(default=uuid.uuid4, unique=True)),
                (
                    "role",
                    models.CharField(
                        choices=[
                            ("member", "Member"),
                            ("curator", "Curator"),
                            ("researcher", "Researcher"),
                            ("moderator", "Moderator"),
                        ],
                        max_length=12,
                    ),
                ),
                (
                    "note",
                    models.CharField(blank=True, help_text="For whom it is meant.", max_length=120),
                ),
                ("created_at", models.DateTimeField(auto_now_add=True)),
                ("expires_at", models.DateTimeField()),
                ("used_at", models.DateTimeField(blank=True, null=True)),
                ("revoked_at", models.DateTimeField(blank=True, null=True)),
                (
                    "created_by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="invitations",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "used_by",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="invited_by",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
            options={
                "ordering": ["-created_at"],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            ("role__in", ["member", "curator", "researcher", "moderator"])
                        ),
                        name="invitation_role_known",
                    )
                ],
            },
        ),
    ]

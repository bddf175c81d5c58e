from django.contrib import admin
from django.contrib.auth.admin import UserAdmin

from evaluations.accounts.models import Invitation, User
from evaluations.common.read_only_admin import read_only


@admin.register(User)
class AccountAdmin(UserAdmin[User]):
    list_display = ("username", "email", "role", "is_staff", "is_active", "date_joined")
    list_filter = ("role", "is_staff", "is_superuser", "is_active")
    ordering = ("-date_joined",)
    fieldsets = (
        *(UserAdmin.fieldsets or ()),
        ("On this site", {"fields": ("role", "single_keys")}),
    )


read_only(Invitation, "role note created_by created_at expires_at used_by", "role", "note")

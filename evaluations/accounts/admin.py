from django.contrib import admin
from django.contrib.auth.admin import UserAdmin

from evaluations.accounts.models import User


@admin.register(User)
class AccountAdmin(UserAdmin):
    list_display = ("username", "email", "role", "is_staff", "is_active", "date_joined")
    list_filter = ("role", "is_staff", "is_superuser", "is_active")
    ordering = ("-date_joined",)
    fieldsets = (*UserAdmin.fieldsets, ("On this site", {"fields": ("role", "single_keys")}))

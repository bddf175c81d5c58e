"""Admin pages of rows that are written by actions alone: looking is all that they allow."""

from typing import Any, ClassVar

from django.contrib import admin
from django.db.models import Model
from django.http import HttpRequest


class ReadOnlyAdmin(admin.ModelAdmin[Any]):
    """Shows rows without a way to add, change or delete one.

    An admin action that withdraws asks for `permissions=["withdraw"]`, which whoever may change
    such rows has. `list_select_related` names what the list reads beyond the foreign keys among
    its columns, which are joined anyway.
    """

    list_select_related: ClassVar[tuple[str, ...]] = ()

    def get_list_select_related(self, request: HttpRequest) -> tuple[str, ...]:
        keys = {field.name for field in self.opts.fields if field.is_relation}
        return (*(name for name in self.list_display if name in keys), *self.list_select_related)

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_withdraw_permission(self, request: HttpRequest) -> bool:
        return request.user.has_perm(f"{self.opts.app_label}.change_{self.opts.model_name}")


class ReadOnlyInline(admin.TabularInline[Any, Any]):
    """The rows that belong to the one that is looked at."""

    extra = 0
    can_delete = False

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


def read_only(
    model: type[Model],
    columns: str,
    filters: str = "",
    searches: str = "",
    *,
    joins: str = "",
    **options: Any,
) -> None:
    """Register a model whose rows can only be looked at.

    Columns, filters, searches and joins are names with blanks between them: `list_display`,
    `list_filter`, `search_fields` and `list_select_related`. `options` are other attributes of
    `ReadOnlyAdmin`.
    """
    options |= {
        "list_display": columns.split(),
        "list_filter": filters.split(),
        "search_fields": searches.split(),
        "list_select_related": tuple(joins.split()),
    }
    admin.site.register(model, ReadOnlyAdmin, **options)


def read_only_inline(model: type[Model], fields: str = "", **options: Any) -> type[ReadOnlyInline]:
    """The rows of a model below those they belong to; all fields, unless some are named."""
    options |= {"model": model, "fields": fields.split() or None}
    return type(f"{model.__name__}Inline", (ReadOnlyInline,), options)

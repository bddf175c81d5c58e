"""Names and numbers that a URL's parameters carry."""

from django.http import Http404, QueryDict


def named(parameters: QueryDict, name: str) -> str:
    """The value of a URL parameter; empty when it is absent.

    Raises:
        Http404: when it holds a NUL character, which PostgreSQL cannot even look for.
    """
    value: str = parameters.get(name) or ""
    if "\0" in value:
        raise Http404(f"The value of “{name}” holds a character that no name has.")
    return value


def whole_number(text: str) -> int | None:
    """The whole number that *text* writes in plain digits, no longer than an id can be."""
    return int(text) if text.isascii() and text.isdigit() and len(text) < 19 else None


def with_query(path: str, query: str) -> str:
    """The address of a page that is asked *query*, if anything."""
    return f"{path}?{query}" if query else path

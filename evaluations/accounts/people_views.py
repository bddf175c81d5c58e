"""Staff: who has an account here, and with which role."""

from django.contrib import messages
from django.core.paginator import Paginator
from django.db.models import Q
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.http import require_POST, require_safe

from evaluations.accounts.actions import change_role
from evaluations.accounts.forms import RoleForm
from evaluations.accounts.gates import staff_only
from evaluations.accounts.models import Role, User
from evaluations.accounts.requests import AuthenticatedHttpRequest
from evaluations.common.lookups import found_or_404
from evaluations.common.parameters import named

PEOPLE_A_PAGE = 50


@require_safe
@staff_only
def people(request: HttpRequest) -> HttpResponse:
    """Accounts by name, searched by name or e-mail address, or listed by role."""
    query, role = named(request.GET, "q").strip(), named(request.GET, "role")
    found = User.objects.order_by("username")
    if query:
        found = found.filter(Q(username__icontains=query) | Q(email__icontains=query))
    if role in Role.values:
        found = found.filter(role=role)
    context = {
        "page": Paginator(found, PEOPLE_A_PAGE).get_page(request.GET.get("page")),
        "query": query,
        "role": role,
        "roles": Role.choices,
    }
    return render(request, "accounts/people.html", context)


@require_POST
@staff_only
def role(request: AuthenticatedHttpRequest, pk: int) -> HttpResponse:
    """Give a person another role and go back to the list."""
    person = found_or_404(User.objects.all(), f"There is no account {pk}.", pk=pk)
    form = RoleForm(request.POST)
    if form.is_valid():
        change_role(person=person, role=form.cleaned_data["role"], actor=request.user)
        messages.success(
            request, f"{person.get_username()} is a {person.get_role_display().lower()} now."
        )
    else:
        messages.error(request, "That is not a role; nothing was changed.")
    back = request.POST.get("back", "")
    if url_has_allowed_host_and_scheme(back, {request.get_host()}, request.is_secure()):
        return redirect(back)
    return redirect("people")

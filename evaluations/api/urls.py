from django.urls import path

from evaluations.api import views
from evaluations.api.openapi import api

urlpatterns = [
    path("api/v1/", api.urls),
    path("api/docs/", views.docs, name="api-docs"),
    path("accounts/preferences/api-keys/", views.keys, name="api-keys"),
    path("accounts/preferences/api-keys/<int:pk>/revoke/", views.revoke, name="api-key-revoke"),
]

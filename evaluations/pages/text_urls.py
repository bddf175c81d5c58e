from django.urls import path
from django.views.generic import RedirectView

from evaluations.pages import health_views, text_views

urlpatterns = [
    path("about/", text_views.text, {"name": "about"}, name="about"),
    path("about/method/", text_views.text, {"name": "method"}, name="method"),
    path("terms/", text_views.text, {"name": "terms"}, name="terms"),
    path("privacy/", text_views.text, {"name": "privacy"}, name="privacy"),
    path("about/terms/", RedirectView.as_view(pattern_name="terms", permanent=True)),
    path("about/privacy/", RedirectView.as_view(pattern_name="privacy", permanent=True)),
    path("health/", health_views.health, name="health"),
]

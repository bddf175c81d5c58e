from django.urls import path

from evaluations.pages import health_views, text_views

urlpatterns = [
    path("about/", text_views.text, {"name": "about"}, name="about"),
    path("about/method/", text_views.text, {"name": "method"}, name="method"),
    path("about/terms/", text_views.text, {"name": "terms"}, name="terms"),
    path("about/privacy/", text_views.text, {"name": "privacy"}, name="privacy"),
    path("health/", health_views.health, name="health"),
]

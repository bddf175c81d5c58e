from django.urls import path

from evaluations.pages import views

urlpatterns = [path("", views.home, name="home")]

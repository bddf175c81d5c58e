from django.urls import path

from evaluations.accounts import views

urlpatterns = [
    path("first/<str:token>/", views.first_staff, name="first-staff"),
    path("preferences/", views.preferences, name="preferences"),
]

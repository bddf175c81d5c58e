from django.urls import path

from evaluations.judgments.me import views

urlpatterns = [
    path("judge/me/", views.me, name="judge-me"),
    path("judge/me/history/", views.history, name="judge-history"),
    path("judge/me/history/undo/", views.undo_form, name="judge-history-undo"),
    path("judge/me/judgments.csv", views.export, {"form": "csv"}, name="judge-me-csv"),
    path("judge/me/judgments.json", views.export, {"form": "json"}, name="judge-me-json"),
    path("judge/me/leave/", views.leave, name="judge-leave"),
]

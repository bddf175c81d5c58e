from django.urls import path

from evaluations.judgments import me_views

urlpatterns = [
    path("judge/me/", me_views.me, name="judge-me"),
    path("judge/me/history/", me_views.history, name="judge-history"),
    path("judge/me/history/undo/", me_views.undo_form, name="judge-history-undo"),
    path("judge/me/judgments.csv", me_views.export, {"form": "csv"}, name="judge-me-csv"),
    path("judge/me/judgments.json", me_views.export, {"form": "json"}, name="judge-me-json"),
    path("judge/me/leave/", me_views.leave, name="judge-leave"),
]

from django.urls import path

from evaluations.exchange.eee import views
from evaluations.leaderboards.snapshots.urls import ONE

urlpatterns = [
    path(f"{ONE}.every-eval-ever.zip", views.snapshot_eee, name="snapshot-eee"),
]

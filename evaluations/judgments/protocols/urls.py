from django.urls import path

from evaluations.common.tables import file_paths
from evaluations.judgments.protocols import edit_views, views

urlpatterns = [
    path("protocols/", views.protocols, name="protocols"),
    *file_paths("protocols", views.protocols_table, name="protocols"),
    path("protocols/new/", edit_views.protocol_new, name="protocol-new"),
    path("protocols/count/", edit_views.protocol_count, name="protocol-count"),
    path("protocols/blocks/new/", edit_views.block_new, name="block-new"),
    path("protocols/join/<uuid:invitation>/", views.join, name="protocol-join"),
    path("protocols/<slug:slug>/", views.protocol, name="protocol"),
    path(
        "protocols/<slug:slug>/v/<int:number>/",
        views.protocol_version,
        name="protocol-version",
    ),
    path("protocols/<slug:slug>/edit/", edit_views.protocol_edit, name="protocol-edit"),
    path("protocols/<slug:slug>/open/", views.protocol_open, name="protocol-open"),
    path("protocols/<slug:slug>/close/", views.protocol_close, name="protocol-close"),
    path(
        "protocols/<slug:slug>/visibility/", views.protocol_visibility, name="protocol-visibility"
    ),
    path("protocols/<slug:slug>/gold/", edit_views.protocol_gold, name="protocol-gold"),
]

from django.urls import path

from evaluations.judgments import protocol_edit_views, protocol_views

urlpatterns = [
    path("protocols/", protocol_views.protocols, name="protocols"),
    path("protocols.csv", protocol_views.protocols_csv, name="protocols-csv"),
    path("protocols.json", protocol_views.protocols_json, name="protocols-json"),
    path("protocols/new/", protocol_edit_views.protocol_new, name="protocol-new"),
    path("protocols/count/", protocol_edit_views.protocol_count, name="protocol-count"),
    path("protocols/blocks/new/", protocol_edit_views.block_new, name="block-new"),
    path("protocols/join/<uuid:invitation>/", protocol_views.join, name="protocol-join"),
    path("protocols/<slug:slug>/", protocol_views.protocol, name="protocol"),
    path(
        "protocols/<slug:slug>/v/<int:number>/",
        protocol_views.protocol_version,
        name="protocol-version",
    ),
    path("protocols/<slug:slug>/edit/", protocol_edit_views.protocol_edit, name="protocol-edit"),
    path("protocols/<slug:slug>/open/", protocol_views.protocol_open, name="protocol-open"),
    path("protocols/<slug:slug>/close/", protocol_views.protocol_close, name="protocol-close"),
    path("protocols/<slug:slug>/gold/", protocol_edit_views.protocol_gold, name="protocol-gold"),
]

from django.urls import path

from evaluations.accounts import invitation_views, people_views, views

urlpatterns = [
    path("first/<str:token>/", views.first_staff, name="first-staff"),
    # Before allauth's own at this address.
    path("password/reset/", views.password_reset, name="account_reset_password"),
    path("preferences/", views.preferences, name="preferences"),
    path("preferences/keys/", views.keys, name="preferences-keys"),
    path("people/", people_views.people, name="people"),
    path("people/<int:pk>/role/", people_views.role, name="people-role"),
    path("invitations/", invitation_views.invitations, name="invitations"),
    path("invitations/<int:pk>/revoke/", invitation_views.revoke, name="invitation-revoke"),
    path("invitation/<uuid:token>/", invitation_views.invitation, name="invitation"),
]

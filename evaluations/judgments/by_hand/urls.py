from django.urls import path

from evaluations.judgments.by_hand import views

urlpatterns = [
    path("answer/", views.answer, name="answer"),
    path("answer/agree/", views.agree, name="answer-agree"),
    path("answer/draft/", views.keep, name="answer-draft"),
    path("answer/pass/", views.pass_by, name="answer-pass"),
    path("answer/mine/", views.mine, name="answer-mine"),
    path("answer/sent/<int:output_id>/", views.done, name="answer-sent"),
]

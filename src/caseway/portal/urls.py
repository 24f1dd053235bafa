"""The addresses of the screens."""

from __future__ import annotations

from django.urls import path

from caseway.portal.views import (
    account,
    arrivals,
    attention,
    audit,
    cases,
    conversation,
    documents,
    message,
    messages,
    overview,
    rejection,
    replays,
    simulators,
)

app_name = "portal"

urlpatterns = [
    path("", overview.overview, name="overview"),
    path("messages/", messages.messages, name="messages"),
    path("messages/plan/", messages.plan, name="messages_plan"),
    path("messages/<uuid:submission_id>/", message.message, name="message"),
    path("messages/<uuid:submission_id>/reveal/", message.reveal, name="message_reveal"),
    path("deliveries/<uuid:delivery_id>/retry/", message.retry, name="retry"),
    path("deliveries/<uuid:delivery_id>/close/", message.close, name="close"),
    path("documents/<uuid:document_id>/", documents.download, name="document"),
    path("attention/", attention.attention, name="attention"),
    path("attention/<slug:connection>/<str:code>/", attention.group, name="attention_group"),
    path("attention/<slug:connection>/<str:code>/plan/", attention.plan, name="attention_plan"),
    path("arrivals/", arrivals.arrivals, name="arrivals"),
    path("arrivals/<uuid:arrival_id>/", arrivals.arrival, name="arrival"),
    path("arrivals/<uuid:arrival_id>/decide/", arrivals.decide, name="arrival_decide"),
    path("arrivals/<uuid:arrival_id>/reject/", rejection.reject, name="arrival_reject"),
    path("replays/", replays.replays, name="replays"),
    path("replays/<uuid:replay_id>/", replays.replay, name="replay"),
    path("replays/<uuid:replay_id>/act/", replays.act, name="replay_act"),
    path("cases/", cases.cases, name="cases"),
    path("cases/<uuid:case_id>/", cases.case, name="case"),
    path("cases/<uuid:case_id>/conversation/", conversation.conversation, name="conversation"),
    path("simulators/", simulators.simulators, name="simulators"),
    path("audit/", audit.audit, name="audit"),
    path("audit/export/", audit.audit_export, name="audit_export"),
    path("account/language/", account.language, name="language"),
    path("account/organisation/", account.organisation, name="organisation"),
]

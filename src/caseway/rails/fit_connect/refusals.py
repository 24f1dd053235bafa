"""The words for what the platform does not have and does not take, by subject and by action."""

from __future__ import annotations

NOT_THERE = {
    "destination": "The platform does not know this destination.",
    "key": "The destination has no such key.",
    "submission": "The platform has no such submission in this state.",
    "attachment": "The submission has no such attachment.",
    "case": "The platform does not know this case.",
    "reply": "The platform has no such reply in this state.",
}
UNPROCESSABLE = {
    "createSubmission": (
        "fit_connect.destination_refuses",
        "The destination takes no submission of this kind now.",
        "Look whether it is active and offers the service in this region.",
    ),
    "createReply": (
        "fit_connect.reply_refused",
        "The platform takes no reply in this case.",
        "Look whether the sender named FIT-Connect as the way to answer.",
    ),
    "uploadAttachment": (
        "fit_connect.attachment_refused",
        "The platform does not take this attachment.",
        "It must be announced first; a setting of the API version may be wrong.",
    ),
    "submitSubmission": (
        "fit_connect.submission_refused",
        "The platform does not take the submission as it is.",
        "Read its words; check the API version of the connection.",
    ),
    "submitReply": (
        "fit_connect.reply_refused",
        "The platform does not take the reply as it is.",
        "Read its words; check the API version of the connection.",
    ),
    "postEvent": (
        "fit_connect.event_refused",
        "The platform does not take our event.",
        "Look whether our signing key is the one published for the destination.",
    ),
}

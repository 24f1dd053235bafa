"""What can be set about the simulated platform."""

from __future__ import annotations

from dataclasses import dataclass, field

DAY = 86400.0
ATTACHMENT_LIMIT = 500_000_000
TOTAL_LIMIT = 2_000_000_000


@dataclass(frozen=True)
class Roots:
    """Path prefixes by kind of host, without slashes at the ends. The real platform has a host for each."""

    token: str = ""
    submission_v1: str = ""
    submission_v2: str = "submission-api"
    destination: str = "destination-api"
    routing: str = "routing"
    portal: str = "portal"


@dataclass(frozen=True)
class Options:
    """Limits, deadlines and habits. Sizes count characters of JWEs as they come over the wire.

    `resubmit_status` answers a PUT to a submission that is no longer incomplete; no specification says which.
    `sets_version` is the set-payload version of the platform's own tokens. `require_tags` refuses an
    accept-submission without authenticationTags. `notify` says when notify-submission follows: at once, when
    the subscriber's callback has arrived, or never.
    """

    roots: Roots = field(default_factory=Roots)
    public_url: str = ""
    token_seconds: float = 1800.0
    attachment_limit: int = ATTACHMENT_LIMIT
    total_limit: int = TOTAL_LIMIT
    body_limit: int = 64_000_000
    attachments_limit: int = 100
    minimum_jwe: int = 776
    check_jwe: bool = True
    check_service: bool = True
    require_user_agent: bool = True
    require_tags: bool = False
    resubmit_status: int = 409
    sets_version: str = "1.2.2"
    notify: str = "submit"
    allow_http_callbacks: bool = False
    callback_attempts: int = 8
    callback_pause: float = 0.2
    callback_longest_pause: float = 5.0
    callback_timeout: float = 5.0
    callback_ca: str = ""
    unfinished_seconds: float = DAY
    unanswered_seconds: float = 14 * DAY
    finished_seconds: float = DAY
    routing_limit: int = 1000
    routing_window: float = 60.0

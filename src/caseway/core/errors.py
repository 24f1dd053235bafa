"""The one tree of errors.

CasewayError
├── Invalid          the input is wrong; the same input will always be wrong   HTTP 4xx, never retried
│   ├── Conflict     the input contradicts what is stored                      HTTP 409
│   ├── TooLarge     a limit of size or number is passed                       HTTP 413
│   └── NotFound     what is named does not exist, or not for you              HTTP 404
├── Refused          the other side understood and said no                     needs a person
├── Unavailable      nothing reached the other side; trying again is safe      waits and retries
│   └── RateLimited  the other side asked for a pause                          waits as long as asked
├── OutcomeUnknown   the other side may or may not have acted                  probed, never resent blindly
├── NotConfigured    a setting, mapping or credential is missing               needs a person
└── NotPermitted     who asks may not                                          HTTP 401 or 403

Each error carries a stable code (`cmis.required_property_missing`), a sentence for a person, and what that
person can do. Rails classify what they meet once, into this tree; nothing above a rail looks at a status.
"""

from __future__ import annotations

from datetime import timedelta
from typing import Any, ClassVar


class CasewayError(Exception):
    """Something went wrong that Caseway has a word for.

    `code` is stable and documented (docs/reference/errors.md). `sentence` may be shown to a person and never
    holds an identifier of a person. `remedy` says what helps. `details` are machine-readable facts; the words
    of the other side are kept verbatim under `details["remote"]`.
    """

    default_code: ClassVar[str] = "caseway.error"
    status: ClassVar[int] = 500

    def __init__(self, sentence: str, *, code: str | None = None, remedy: str = "", **details: Any) -> None:
        super().__init__(sentence)
        self.sentence = sentence
        self.code = code or self.default_code
        self.remedy = remedy
        self.details = details

    def __repr__(self) -> str:
        return f"{type(self).__name__}({self.code!r}, {self.sentence!r})"


class Invalid(CasewayError):
    """The input is wrong, and the same input will always be wrong."""

    default_code = "input.invalid"
    status = 422


class Conflict(Invalid):
    """The input contradicts what is stored."""

    default_code = "input.conflict"
    status = 409


class TooLarge(Invalid):
    """A limit of size or number is passed."""

    default_code = "input.too_large"
    status = 413


class NotFound(Invalid):
    """What is named does not exist, or not for who asks."""

    default_code = "input.not_found"
    status = 404


class Refused(CasewayError):
    """The other side understood and said no; the same request would be refused again."""

    default_code = "delivery.refused"
    status = 502


class Unavailable(CasewayError):
    """Nothing took effect on the other side; trying again later is safe."""

    default_code = "delivery.unavailable"
    status = 503

    def __init__(
        self,
        sentence: str,
        *,
        code: str | None = None,
        remedy: str = "",
        retry_after: timedelta | None = None,
        **details: Any,
    ) -> None:
        super().__init__(sentence, code=code, remedy=remedy, **details)
        self.retry_after = retry_after


class RateLimited(Unavailable):
    """The other side asked for a pause."""

    default_code = "delivery.rate_limited"
    status = 429


class OutcomeUnknown(CasewayError):
    """The other side may or may not have acted; only a probe can tell."""

    default_code = "delivery.outcome_unknown"
    status = 504

    def __init__(
        self,
        sentence: str,
        *,
        code: str | None = None,
        remedy: str = "",
        retry_after: timedelta | None = None,
        **details: Any,
    ) -> None:
        super().__init__(sentence, code=code, remedy=remedy, **details)
        self.retry_after = retry_after


class NotConfigured(CasewayError):
    """A setting, mapping or credential is missing or wrong."""

    default_code = "configuration.missing"
    status = 503


class NotPermitted(CasewayError):
    """Who asks may not."""

    default_code = "access.not_permitted"
    status = 403

"""What is proven to be the sender's fault, as the rejection it deserves; the words come from `problems`."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from caseway.core.errors import CasewayError, NotConfigured
from caseway.rails.fit_connect.jwe_header import OldManner
from caseway.rails.fit_connect.metadata_checks import MetadataRefused
from caseway.rails.fit_connect.problems import problem
from caseway.rails.following import LogEntry
from caseway.rails.inbound import Rejectable

_METADATA = {
    "fit_connect.metadata_syntax": "syntax-violation",
    "fit_connect.metadata_schema_missing": "missing-schema",
    "fit_connect.metadata_schema_unsupported": "unsupported-schema",
    "fit_connect.metadata_violates": "schema-violation",
}
_TAGS = {
    "fit_connect.set_tags_metadata_differ": "metadata",
    "fit_connect.set_tags_data_differ": "data",
}


@dataclass(frozen=True)
class Faults:
    """The faults of one arrival, with the evidence of its log and the day it is ended without us."""

    log: tuple[LogEntry, ...]
    answer_by: datetime
    spares_old: bool = False  # v1 without the tolerance: what old clients do is held against nobody

    def encryption(self, instance: str, error: CasewayError) -> CasewayError:
        """A part that cannot be decrypted though it names a key of ours, or breaks the rules of JWE."""
        if self.spares_old and isinstance(error, OldManner):
            return _old_sender(error)
        return self._one("encryption-issue", instance, error.sentence, error.code)

    def tags(self, error: CasewayError) -> Rejectable:
        """What came is not what the delivery service took from the sender."""
        attachments = error.details.get("attachments") or [""]
        instance = _TAGS.get(error.code) or (f"attachment:{attachments[0]}" if attachments[0] else "metadata")
        return self._one("incorrect-authentication-tag", instance, error.sentence, error.code)

    def metadata(self, error: MetadataRefused) -> CasewayError:
        """Metadata that break their schema; the places are told, never the values."""
        if self.spares_old and error.code == "fit_connect.metadata_schema_missing":
            return _old_sender(error)  # 1.0.0 does not ask for it
        return self._one(_METADATA[error.code], "metadata", error.sentence, error.code)

    def unsupported_service(self, identifier: str) -> Rejectable:
        """A service our destination does not offer."""
        return self._one(
            "unsupported-service",
            "metadata",
            f"The destination does not offer the service {identifier}.",
            "fit_connect.service_unsupported",
        )

    def other_service(self, announced: str, named: str) -> Rejectable:
        """A service in the metadata that is not the one it was announced for."""
        return self._one(
            "unsupported-service",
            "metadata",
            f"It was announced for the service {announced}, and the metadata name {named}.",
            "fit_connect.service_differs",
        )

    def unsupported_schema(self, uri: str) -> Rejectable:
        """A schema of subject data our destination does not take for this service."""
        return self._one(
            "unsupported-schema",
            "data",
            f"The destination does not take data of the schema {uri} for this service.",
            "fit_connect.data_schema_unsupported",
        )

    def missing_data(self) -> Rejectable:
        """No subject data, or none that the metadata describe."""
        return self._one(
            "missing-data",
            "data",
            "There are no subject data, or the metadata do not describe them.",
            "fit_connect.data_missing",
        )

    def hash_mismatch(self, instance: str) -> Rejectable:
        """A part whose content has another hash than the metadata say."""
        return self._one(
            "hash-mismatch",
            instance,
            "The content has another SHA-512 than the metadata say.",
            "fit_connect.hash_differs",
        )

    def data_syntax(self) -> Rejectable:
        """Subject data that are no JSON or XML at all."""
        return self._one(
            "syntax-violation", "data", "The subject data cannot be parsed.", "fit_connect.data_syntax"
        )

    def data_schema(self, found: Sequence[str]) -> Rejectable:
        """Subject data that break their schema."""
        return self._one(
            "schema-violation",
            "data",
            "The subject data do not keep their schema: " + "; ".join(found[:5]),
            "fit_connect.data_violates",
        )

    def attachments_mismatch(self, missing: Sequence[str], extra: Sequence[str]) -> Rejectable:
        """Attachments that were described and not sent, or sent and not described."""
        return self._one(
            "attachments-mismatch",
            "metadata",
            f"{len(missing)} described attachments were not sent, {len(extra)} sent ones are not described.",
            "fit_connect.attachments_differ",
        )

    def missing_attachment(self, attachment_id: str) -> Rejectable:
        """An announced attachment that the delivery service does not have."""
        return self._one(
            "missing-attachment",
            f"attachment:{attachment_id}",
            "The delivery service does not have this attachment.",
            "fit_connect.attachment_missing",
        )

    def _one(self, slug: str, instance: str, detail: str, code: str) -> Rejectable:
        return Rejectable(
            detail,
            [problem(slug, instance, detail)],
            code=code,
            remedy="Look whether it is the sender's fault indeed; then reject it, or collect it again.",
            log=self.log,
            answer_by=self.answer_by,
        )


def _old_sender(error: CasewayError) -> NotConfigured:
    """Return the error for what v1 never forbade and clients in use do: ours to allow, nobody's fault."""
    return NotConfigured(
        f"{error.sentence} Clients of API v1 in use send like that.",
        code="fit_connect.old_sender",
        remedy="Switch on “Tolerate old senders” on the connection, then collect it again; or reject it.",
        because=error.code,
    )

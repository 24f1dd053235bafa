"""Path validation (RFC 5280 §6) by pyhanko-certvalidator: it copes with RSASSA-PSS and works without a net.

It is imported when first used, because it takes as long to import as the rest of the rail.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Literal, TypeAlias

from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding

from caseway.rails.fit_connect.revocation import Evidence

_Outcome: TypeAlias = Literal["good", "broken", "revoked", "unknown"]
_Chain: TypeAlias = Sequence[x509.Certificate]  # leaf first

SKEW = timedelta(minutes=5)


def is_good(chain: _Chain, roots: _Chain, at: datetime) -> bool:
    """Say whether a chain leads to a root by signatures, times and constraints, revoked or not."""
    return _validate(chain, roots, at, Evidence(), "NO_CHECK") == "good"


def is_proven(chain: _Chain, roots: _Chain, at: datetime, evidence: Evidence) -> bool:
    """Say whether it is proven of every certificate but the root that it was not revoked."""
    return _validate(chain, roots, at, evidence, "CRL_OR_OCSP_REQUIRED") == "good"


def is_revoked(chain: _Chain, roots: _Chain, at: datetime, evidence: Evidence) -> bool:
    """Say whether any was revoked, also where of others nothing is known."""
    return _validate(chain, roots, at, evidence, "CHECK_IF_DECLARED_SOFT") == "revoked"


def _validate(chain: _Chain, roots: _Chain, at: datetime, evidence: Evidence, rule: str) -> _Outcome:
    from asn1crypto import x509 as asn1  # type: ignore[import-untyped]
    from pyhanko_certvalidator import CertificateValidator, ValidationContext, errors, policy_decl

    chosen = policy_decl.RevocationCheckingRule[rule]
    leaf, *others = (asn1.Certificate.load(one.public_bytes(Encoding.DER)) for one in chain)
    try:
        context = ValidationContext(
            trust_roots=[asn1.Certificate.load(one.public_bytes(Encoding.DER)) for one in roots],
            other_certs=others,
            moment=at,
            crls=evidence.crls,
            ocsps=evidence.ocsps,
            revinfo_policy=policy_decl.CertRevTrustPolicy(
                policy_decl.RevocationCheckingPolicy(chosen, chosen)
            ),
            time_tolerance=SKEW,
        )
        asyncio.run(CertificateValidator(leaf, validation_context=context).async_validate_path())
    except errors.RevokedError:
        return "revoked"
    except errors.InsufficientRevinfoError:
        return "unknown"
    except (errors.ValidationError, errors.PathError, ValueError, TypeError):
        return "broken"
    return "good"

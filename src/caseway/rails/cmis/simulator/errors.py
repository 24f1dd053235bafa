"""The exceptions of CMIS and their HTTP status (CMIS 1.1, 5.2.10; 429 and 503 as OpenCMIS adds them)."""

from __future__ import annotations

STATUS = {
    "invalidArgument": 400,
    "filterNotValid": 400,
    "unauthorized": 401,
    "permissionDenied": 403,
    "streamNotSupported": 403,
    "objectNotFound": 404,
    "notSupported": 405,
    "constraint": 409,
    "nameConstraintViolation": 409,
    "contentAlreadyExists": 409,
    "updateConflict": 409,
    "versioning": 409,
    "storage": 500,
    "runtime": 500,
    "tooManyRequests": 429,
    "serviceUnavailable": 503,
}


class CmisError(Exception):
    """A refusal in the words of CMIS: the name of the exception, and a message."""

    def __init__(self, exception: str, message: str) -> None:
        super().__init__(message)
        self.exception = exception
        self.message = message

    @property
    def status(self) -> int:
        """The HTTP status of this exception."""
        return STATUS[self.exception]

    def body(self) -> dict[str, str]:
        """The JSON body of the Browser binding (CMIS 1.1, 5.2.10)."""
        return {"exception": self.exception, "message": self.message}


def invalid(message: str) -> CmisError:
    """An argument is wrong."""
    return CmisError("invalidArgument", message)


def constraint(message: str) -> CmisError:
    """A rule of the repository or the type is broken."""
    return CmisError("constraint", message)


def not_found(message: str) -> CmisError:
    """No such object, path or type."""
    return CmisError("objectNotFound", message)

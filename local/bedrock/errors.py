"""Errors: those that the service answers, and the one that a caller sees when the connection is lost."""


class ServiceError(Exception):
    """A refusal, with the error code of the service model."""

    def __init__(self, code: str, message: str, **members: str) -> None:
        super().__init__(f"{code}: {message}")
        self.code = code
        self.message = message
        self.members = members


class ConnectionLost(Exception):  # noqa: N818 -- an event of the network, not an error of this program
    """The connection broke. `effect` tells whether the request was carried out before it did."""

    def __init__(self, *, effect: bool) -> None:
        super().__init__("the connection was lost " + ("after" if effect else "before") + " the request took effect")
        self.effect = effect


def access_denied(message: str) -> ServiceError:
    return ServiceError("AccessDeniedException", message)


def conflict(message: str) -> ServiceError:
    return ServiceError("ConflictException", message)


def invalid(message: str) -> ServiceError:
    return ServiceError("ValidationException", message)


def not_found(message: str) -> ServiceError:
    return ServiceError("ResourceNotFoundException", message)


def quota_exceeded(message: str) -> ServiceError:
    return ServiceError("ServiceQuotaExceededException", message)

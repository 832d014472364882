"""Faults that strike a chosen call of a chosen operation, once or several times, and always the same way."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from local.bedrock.errors import ConnectionLost, ServiceError

ANY_OPERATION = "*"


class Fault(StrEnum):
    THROTTLE = "throttle"
    INTERNAL_ERROR = "internal_error"
    ACCESS_DENIED = "access_denied"
    QUOTA = "quota"
    VALIDATION = "validation"
    LOST_BEFORE_EFFECT = "lost_before_effect"
    LOST_AFTER_EFFECT = "lost_after_effect"


_ERRORS = {
    Fault.THROTTLE: ("ThrottlingException", "Too many requests, please wait before trying again."),
    Fault.INTERNAL_ERROR: ("InternalServerException", "An internal server error occurred. Retry your request."),
    Fault.ACCESS_DENIED: ("AccessDeniedException", "You don't have sufficient access to perform this action."),
    Fault.QUOTA: ("ServiceQuotaExceededException", "The number of requests exceeds the service quota."),
    Fault.VALIDATION: ("ValidationException", "Could not assume provided IAM role"),
}


@dataclass
class _Planned:
    operation: str
    fault: Fault
    message: str | None
    after: int
    times: int

    def strike(self) -> None:
        if self.fault in _ERRORS:
            code, text = _ERRORS[self.fault]
            raise ServiceError(code, self.message or text)
        raise ConnectionLost(effect=self.fault is Fault.LOST_AFTER_EFFECT)


class Faults:
    def __init__(self) -> None:
        self._planned: list[_Planned] = []

    def add(self, operation: str, fault: Fault, message: str | None = None, *, after: int = 0, times: int = 1) -> None:
        """Let `after` calls pass, then strike `times` of them. The operation "*" means every one."""
        self._planned.append(_Planned(operation, Fault(fault), message, after, times))

    def pending(self) -> Sequence[dict[str, str | int | None]]:
        return [dict(vars(planned)) for planned in self._planned]

    def clear(self) -> None:
        self._planned.clear()

    def before_effect(self, operation: str) -> "_Planned | None":
        """Strikes now, or gives back the fault that is to strike after the effect."""
        due = self._take(operation)
        if due and due.fault is not Fault.LOST_AFTER_EFFECT:
            due.strike()
        return due

    def _take(self, operation: str) -> _Planned | None:
        matching = [p for p in self._planned if p.operation in (operation, ANY_OPERATION)]
        due = next((p for p in matching if p.after == 0), None)
        for waiting in (p for p in matching if p.after):
            waiting.after -= 1
        if due:
            self._use(due)
        return due

    def _use(self, due: _Planned) -> None:
        due.times -= 1
        if due.times == 0:
            self._planned.remove(due)

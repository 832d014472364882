"""The reply to one event: the one place in which a result or a refusal becomes CloudFormation's answer."""

import traceback
from collections.abc import Callable
from typing import Any

from provider.aws.clients import Clients
from provider.cloudformation import log, response
from provider.cloudformation.request import Malformed
from provider.cloudformation.result import Answer, Refused


class Reply:
    """Answers an event once. An event that waits in the queue was answered before, so its reply is logged only."""

    def __init__(self, event: dict[str, Any], failure_id: str, clients: Clients, *, queued: bool = False) -> None:
        self._event = event
        self._failure_id = failure_id
        self._clients = clients
        self._queued = queued

    def succeed(self, result: Answer) -> None:
        """SUCCESS."""
        self._send(status="SUCCESS", physical_id=result.physical_id, data=result.data, reason=result.reason)

    def refuse(self, reason: str) -> None:
        """FAILED, with the reason that the user will read."""
        self._send(status="FAILED", physical_id=self._failure_id, reason=reason)

    def guard(self, step: Callable[[], dict[str, Any]], *, refused: Callable[[str], dict[str, Any]]) -> dict[str, Any]:
        """Runs a step, and hands the reason of a refusal on. Every other error is logged and raised."""
        try:
            return step()
        except (Refused, Malformed) as refusal:
            return refused(str(refusal))
        except response.NotDeliveredError:
            # Lambda and the waiter bring the event again.
            raise
        except Exception as defect:
            log.error("defect", error=repr(defect), traceback=traceback.format_exc())
            raise

    def _send(self, **content: Any) -> None:
        if self._queued:
            log.info("left the queue", **content)
            return
        response.send(self._event, put=self._clients.put, sleep=self._clients.sleep, **content)

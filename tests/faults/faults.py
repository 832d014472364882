"""What can go wrong at one call, and what may follow from it."""

import contextlib
import enum
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Final

from botocore.exceptions import ClientError, ConnectionClosedError, EndpointConnectionError

from tests.faults.short_way import ShortWay
from tests.faults.templates import NOVA_LITE
from tests.functional.conftest import ACCOUNT

if TYPE_CHECKING:
    from tests.faults.calls import Call
    from tests.faults.world import World

MINUTE: Final = 60.0
DELIVERY: Final = "lambda:Invoke"
ANSWER: Final = "s3:PutObject"


class Killed(BaseException):
    """The function ended in the middle; Lambda knows it so many seconds later. No handler can catch this."""

    def __init__(self, seconds: float = 0) -> None:
        super().__init__("the function was killed")
        self.seconds = seconds


class Fault(enum.StrEnum):
    """One of these strikes one call. Those named `..._LONG` outlast the handlers' patience."""

    THROTTLED = "throttled"
    THROTTLED_LONG = "throttled for 10 minutes"
    SERVER_ERROR = "server error"
    DENIED = "denied for 2 minutes"
    DENIED_LONG = "denied for 40 minutes"
    LOST_BEFORE = "connection lost before the effect"
    LOST_AFTER = "connection lost after the effect"
    SENT_TWICE = "sent twice by the SDK"
    KILLED = "function killed after the effect"
    TIMED_OUT = "function timed out before the effect"
    SLOW = "slow by a minute"
    CONCURRENT = "event delivered again meanwhile"
    TURNS = "stack turns meanwhile"
    UNREADABLE = "stack unreadable for 10 minutes"
    UNREADABLE_LONG = "stack unreadable for 40 minutes"
    QUOTA_FULL = "quota full for 10 minutes"
    TWICE = "delivered twice at once"
    TWICE_LATER = "delivered again after 5 minutes"
    TWICE_LATE = "delivered again after 14 minutes"
    AFTER_DELETE = "delivered again after its own delete"
    LATE = "delivered 14 minutes late"


OF_DELIVERIES: Final = {Fault.TWICE, Fault.TWICE_LATER, Fault.TWICE_LATE, Fault.AFTER_DELETE, Fault.LATE}
# After these the outcome is the same as without them. After the others a deployment may fail, honestly.
UNSEEN: Final = {
    Fault.THROTTLED,
    Fault.SERVER_ERROR,
    Fault.DENIED,
    Fault.LOST_BEFORE,
    Fault.LOST_AFTER,
    Fault.SENT_TWICE,
    Fault.KILLED,
    Fault.TIMED_OUT,
    Fault.SLOW,
    Fault.CONCURRENT,
    Fault.TWICE,
    Fault.TWICE_LATER,
    Fault.TWICE_LATE,
    Fault.AFTER_DELETE,
}
_ONLY_AT: Final[dict[Fault, str | tuple[str, ...]]] = {
    Fault.SENT_TWICE: ("bedrock:", "ssm:"),
    Fault.QUOTA_FULL: "bedrock:CreateModelCustomizationJob",
    Fault.UNREADABLE: "cloudformation:DescribeStacks",
    Fault.UNREADABLE_LONG: "cloudformation:DescribeStacks",
}


def fits(fault: Fault, call: "Call") -> bool:
    """Whether this can happen at that call."""
    if call.operation == DELIVERY or fault in OF_DELIVERIES:
        return call.operation == DELIVERY and fault in OF_DELIVERIES
    if call.operation == ANSWER and fault in (Fault.DENIED, Fault.DENIED_LONG):
        return False
    return call.operation.startswith(_ONLY_AT.get(fault, ""))


def may_fail(fault: Fault, call: "Call") -> bool:
    """Whether a deployment may fail for it. A stack that cannot be read starts nothing, by design."""
    if call.operation.startswith(("iam:", "ec2:")) and fault is Fault.DENIED:
        # To IAM, a role without our tag and a permission that has not propagated are one: the role stays, and is named.
        return True
    if call.operation == "states:StartExecution" and fault is Fault.DENIED:
        # Tried for a minute, then answered: an event that nobody brings back would be silence for an hour.
        return True
    return fault not in UNSEEN or (call.operation.startswith("cloudformation:") and fault is not Fault.SLOW)


Act = Callable[[], Any]


@dataclass(frozen=True, kw_only=True)
class Outage:
    """All calls that begin so fail until then."""

    prefix: str
    until: float
    error: Callable[[str], Exception]


def strike(fault: Fault, world: "World", call: "Call", act: Act) -> Any:
    """Carries the call out, or not, with this fault."""
    return _STRIKES[fault](world, call, act)


def throttled(operation: str) -> Exception:
    return _error("ThrottlingException", 429, operation)


def denied(operation: str) -> Exception:
    return _error("AccessDeniedException", 403, operation)


def server_error(operation: str) -> Exception:
    return _error("InternalServerException", 500, operation)


def lost_before(operation: str) -> Exception:
    return EndpointConnectionError(endpoint_url=f"https://{operation.partition(':')[0]}")


def lost_after(operation: str) -> Exception:
    return ConnectionClosedError(endpoint_url=f"https://{operation.partition(':')[0]}")


def _error(code: str, status: int, operation: str) -> ClientError:
    detail = {
        "Error": {"Code": code, "Message": f"{operation} refused"},
        "ResponseMetadata": {"HTTPStatusCode": status},
    }
    return ClientError(detail, operation.partition(":")[2])


def _raise(error: Callable[[str], Exception]) -> Callable[["World", "Call", Act], Any]:
    return lambda world, call, _: world.calls.fail(call, error)


def _carry_out(act: Act) -> None:
    """For an answer that nobody gets, be it an error."""
    with contextlib.suppress(ClientError):
        act()


def _lost_after(world: "World", call: "Call", act: Act) -> Any:
    _carry_out(act)
    return world.calls.fail(call, lost_after)


def _sent_twice(world: "World", call: "Call", act: Act) -> Any:
    _carry_out(act)
    return act()


def _outage(error: Callable[[str], Exception], minutes: float, prefix: str = "") -> Callable[..., Any]:
    def begin(world: "World", call: "Call", act: Act) -> Any:
        # Three deliveries and their tries are five minutes: a bucket that takes no answer for longer gets none.
        lasts = 4 if call.operation == ANSWER else minutes
        outage = Outage(prefix=prefix or call.operation, until=world.timeline.now + lasts * MINUTE, error=error)
        world.calls.outages.append(outage)
        return world.calls.fail(call, error)

    return begin


def _killed(world: "World", call: "Call", act: Act) -> Any:
    _carry_out(act)
    raise Killed


def _timed_out(world: "World", call: "Call", act: Act) -> Any:
    raise Killed(seconds=world.functions.current.limit)


def _slow(world: "World", call: "Call", act: Act) -> Any:
    world.timeline.pass_by(MINUTE)
    return act()


def _concurrent(world: "World", call: "Call", act: Act) -> Any:
    world.functions.deliver_now(world.functions.current.event)
    return act()


def _turns(world: "World", call: "Call", act: Act) -> Any:
    world.cloudformation.turn(world.functions.current.event["StackId"])
    return act()


def _quota_full(world: "World", call: "Call", act: Act) -> Any:
    """Somebody else's job takes the account's last place for ten minutes."""
    config, others = world.bedrock.config, f"others-{call.number}"
    before, bedrock = config.quotas, ShortWay(world.bedrock)
    config.quotas = replace(before, concurrent_customization_jobs=1000)
    bedrock.create_model_customization_job(
        jobName=others,
        customModelName=others,
        roleArn=f"arn:aws:iam::{ACCOUNT}:role/theirs",
        baseModelIdentifier=NOVA_LITE,
        trainingDataConfig={"s3Uri": "s3://theirs/train.jsonl"},
        outputDataConfig={"s3Uri": "s3://theirs/output/"},
    )
    config.quotas = replace(before, concurrent_customization_jobs=0)

    def end() -> None:
        config.quotas = before
        with contextlib.suppress(ClientError):
            bedrock.stop_model_customization_job(jobIdentifier=others)

    world.timeline.after(10 * MINUTE, end)
    return act()


def _again(*delays: float) -> Callable[..., Any]:
    def deliver(world: "World", call: "Call", act: Act) -> Any:
        event = call.event
        for delay in delays:
            world.functions.deliver(event, delay=delay)

    return deliver


def _after_delete(world: "World", call: "Call", act: Act) -> Any:
    act()
    world.functions.again_after_delete.append((world.timeline.now, call.event))


_STRIKES: Final[dict[Fault, Callable[["World", "Call", Act], Any]]] = {
    Fault.THROTTLED: _raise(throttled),
    Fault.THROTTLED_LONG: _outage(throttled, 10),
    Fault.SERVER_ERROR: _raise(server_error),
    Fault.DENIED: _outage(denied, 2),
    Fault.DENIED_LONG: _outage(denied, 40),
    Fault.LOST_BEFORE: _raise(lost_before),
    Fault.LOST_AFTER: _lost_after,
    Fault.SENT_TWICE: _sent_twice,
    Fault.KILLED: _killed,
    Fault.TIMED_OUT: _timed_out,
    Fault.SLOW: _slow,
    Fault.CONCURRENT: _concurrent,
    Fault.TURNS: _turns,
    Fault.UNREADABLE: _outage(throttled, 10, "cloudformation:"),
    Fault.UNREADABLE_LONG: _outage(throttled, 40, "cloudformation:"),
    Fault.QUOTA_FULL: _quota_full,
    Fault.TWICE: _again(0, 0),
    Fault.TWICE_LATER: _again(0, 5 * MINUTE),
    Fault.TWICE_LATE: _again(0, 14 * MINUTE),
    Fault.AFTER_DELETE: _after_delete,
    Fault.LATE: _again(14 * MINUTE),
}

"""The control plane: takes a request, checks it, lets time catch up, carries it out, and remembers the call."""

import uuid
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from threading import RLock
from typing import Any

from botocore.model import OperationModel

from local.bedrock import operations, routes, wire
from local.bedrock.access import Access, check_caller
from local.bedrock.administration import administer
from local.bedrock.authorization import Permission, authorization
from local.bedrock.clock import Clock
from local.bedrock.customization_job import CustomizationJob
from local.bedrock.errors import ConnectionLost, ServiceError, conflict, invalid
from local.bedrock.faults import Faults
from local.bedrock.foundation_models import Lifecycle
from local.bedrock.objects import BoundlessObjects, Objects
from local.bedrock.profiles import Profile, perform
from local.bedrock.rate_limit import RateLimit
from local.bedrock.resource import Params
from local.bedrock.scripts import TRAINING, Script, Scripts
from local.bedrock.settings import Quotas, Timings
from local.bedrock.store import Config, EventSink, Request, Store
from local.bedrock.validation import problems, validate
from local.bedrock.wire import Query, Response

OK = "ok"
CONNECTION_LOST = "ConnectionLost"


@dataclass(kw_only=True)
class Call:
    """One request as it came in, and how it ended: "ok", an error code, or "ConnectionLost"."""

    operation: str
    account: str
    region: str
    caller: str
    at: datetime
    params: Params = field(default_factory=dict)
    outcome: str = OK


class Bedrock:
    def __init__(
        self,
        clock: Clock,
        *,
        account: str = "123456789012",
        region: str = "us-east-1",
        partition: str = "aws",
        timings: Timings | None = None,
        quotas: Quotas | None = None,
        access: Access | None = None,
        objects: Objects | None = None,
        events: EventSink | None = None,
        imported_jobs: bool = False,
        profiles: Iterable[str] = (),
    ) -> None:
        self.account = account
        self.region = region
        self.partition = partition
        self.faults = Faults()
        self.rate_limit = RateLimit()
        self.calls: list[Call] = []
        self.config = Config(
            clock=clock,
            timings=timings or Timings(),
            quotas=quotas or Quotas(),
            scripts=Scripts(),
            access=access,
            objects=objects or BoundlessObjects(),
            events=events or (lambda _: None),
            imported_jobs=imported_jobs,
            profiles=frozenset(map(Profile, profiles)),
        )
        self.stores: dict[tuple[str, str], Store] = {}
        self._lock = RLock()

    def handle(
        self,
        method: str,
        path: str,
        query: Query,
        headers: Mapping[str, str],
        body: bytes,
        *,
        region: str | None = None,
        account: str | None = None,
        caller: str | None = None,
    ) -> Response:
        """One HTTP exchange. The path may be percent-encoded or not. Raises ConnectionLost for such a fault."""
        match = routes.match(method, path)
        if match is None or match.operation.name not in operations.ALL:
            return wire.failure(ServiceError(wire.UNKNOWN_OPERATION, f"No operation for {method} {path} here."))
        with self._lock:
            store = self.store(region, account)
            call = self._log(match.operation.name, store, caller)
            try:
                call.params = wire.parse(match, query, headers, body)
                response = wire.success(match.operation, self._carry_out(match.operation, call, store))
            except ServiceError as error:
                call.outcome = error.code
                response = wire.failure(error, match.operation)
            except ConnectionLost:
                call.outcome = CONNECTION_LOST
                raise
            response.headers["x-amzn-requestid"] = str(uuid.UUID(int=len(self.calls)))
            return response

    def authorization(
        self, operation: str, params: Mapping[str, Any], *, region: str | None = None, account: str | None = None
    ) -> list[Permission]:
        """What IAM has to allow the caller. Asked of `access` by itself, so only needed without one."""
        return authorization(operation, params, self.store(region, account))

    def admin(self, path: str, payload: Mapping[str, Any] | None = None) -> dict[str, Any]:
        """What a test in another process steers and sees, JSON in and out."""
        with self._lock:
            return administer(self, path, payload or {})

    def script(
        self,
        name_pattern: str,
        *,
        fail: str | None = None,
        stage: str = TRAINING,
        times: int | None = None,
        durations: Mapping[str, float] | None = None,
    ) -> None:
        """Decide how resources made from now on with such a name will fare, the first `times` of them."""
        script = Script(fail=fail, stage=stage, durations=durations or {})
        self.config.scripts.add(name_pattern, script, times)

    def set_lifecycle(
        self,
        model_id: str,
        *,
        start: datetime | None = None,
        legacy: datetime | None = None,
        end: datetime | None = None,
    ) -> None:
        """Decide when a foundation model becomes Legacy, and when it ends. Without dates it stays active."""
        self.config.lifecycles[model_id] = Lifecycle(start=start, legacy=legacy, end=end)

    def answer(self, name_pattern: str, text: str) -> None:
        """Decide what models with such a name say to everything."""
        self.config.answers = {name_pattern: text, **self.config.answers}

    def training_runs(self) -> list[str]:
        """Names of all jobs that ever started. A repeated request adds a call, but no run."""
        return [job.name for store in self.stores.values() for job in store.of(CustomizationJob)]

    def reset(self) -> None:
        """Forget all resources, calls, faults and scripts; time and settings stay."""
        with self._lock:
            self.stores.clear()
            self.calls.clear()
            self.faults.clear()
            self.rate_limit.clear()
            self.config.scripts.clear()
            self.config.lifecycles.clear()
            self.config.answers.clear()

    def settle(self) -> None:
        """Let time catch up everywhere. Each request does this for its own store."""
        with self._lock:
            for store in self.stores.values():
                store.settle(self.config.clock.now())

    def store(self, region: str | None = None, account: str | None = None) -> Store:
        region, account = region or self.region, account or self.account
        if (account, region) not in self.stores:
            store = Store(self.config, partition=self.partition, region=region, account=account)
            self.stores[account, region] = store
        return self.stores[account, region]

    def _log(self, operation: str, store: Store, caller: str | None) -> Call:
        call = Call(
            operation=operation,
            account=store.account,
            region=store.region,
            caller=caller or f"arn:{self.partition}:iam::{store.account}:root",
            at=self.config.clock.now(),
        )
        self.calls.append(call)
        return call

    def _carry_out(self, operation: OperationModel, call: Call, store: Store) -> Params:
        self.rate_limit.take(call.operation, self.config.quotas, call.at)
        fault = self.faults.before_effect(call.operation)
        store.settle(call.at)
        validate(operation.input_shape, call.params)
        check_caller(self.config.access, call.caller, authorization(call.operation, call.params, store))
        request = Request(operation=call.operation, params=call.params, caller=call.caller, store=store, now=call.at)
        answer = _idempotent(operation, request)
        # The service model knows no status of what is being deleted.
        deletes_slowly = Profile.SLOW_DELETES in self.config.profiles
        if flaws := [] if deletes_slowly else problems(operation.output_shape, answer):
            raise RuntimeError(f"the answer to {call.operation} breaks the service model: {flaws}")
        if fault:
            fault.strike()
        return answer


def _idempotent(operation: OperationModel, request: Request) -> Params:
    """A repeated request with the same token gets the first answer, as long as what it made is still there."""
    name = next(iter(operation.idempotent_members), "")
    if name not in request.params:
        return perform(request)
    key = (request.operation, request.params[name])
    before, answer = request.store.answers_by_token.get(key, ({}, {}))
    if not any(request.store.find(arn) for arn in answer.values()):
        answer = perform(request)
        request.store.answers_by_token[key] = (request.params, answer)
    elif before != request.params:
        raise _token_reused(operation, name)
    return answer


def _token_reused(operation: OperationModel, member: str) -> ServiceError:
    # The service model has no error of its own for this, and only two of the four create calls know a conflict.
    can_conflict = any(shape.name == "ConflictException" for shape in operation.error_shapes)
    return (conflict if can_conflict else invalid)(f"The {member} was used before with other parameters.")

"""Many jobs at once under the limits of an account: DescribeStacks, Amazon Bedrock, and one function at a time."""

import heapq
import itertools
import json
import random
from collections.abc import Callable
from datetime import timedelta
from typing import Any, Final

import pytest
from botocore.exceptions import ClientError

from constructs_lib.provider.state_machine import workflow
from local.bedrock import Quotas, Timings
from provider.cloudformation.contract import MODEL_CUSTOMIZATION_JOB_TYPE, WAIT_TYPE
from tests.faults.short_way import ShortWay
from tests.functional.conftest import EVENTS_ARN, POLL_ARN, STACK_ID, Cloud
from tests.functional.job import test_model_customization_job as job
from tests.functional.job.test_model_customization_job import Training

SEGMENTS: Final = 4
PLACES: Final = 10
CALL_SECONDS: Final = 0.05
START_SECONDS: Final = 0.2
OLDEST_EVENT: Final = 15 * 60
# Of the workflow as it is rendered: how a task is tried again when AWS Lambda has no room.
RETRY: Final = workflow()["States"]["Poll"]["Retry"][0]


class Limited:
    """A service whose calls take time, and of which DescribeStacks has few a second, shared by everything."""

    def __init__(self, target: Any, account: "Account") -> None:
        self._target, self._account = target, account

    @property
    def meta(self) -> Any:
        return self._target.meta

    def __getattr__(self, name: str) -> Any:
        method = getattr(self._target, name)

        def call(**request: Any) -> Any:
            self._account.pass_by(CALL_SECONDS)
            if name == "describe_stacks":
                self._account.describe()
            return method(**request)

        return call


class Account(Training):
    """Time by events: what falls due while a function is at work finds it without room, as AWS Lambda tells it."""

    def __init__(self, seed: int) -> None:
        super().__init__()
        self.random = random.Random(seed)  # noqa: S311  the same in every run
        self.due: list[tuple[float, int, Callable[[float], None]]] = []
        self.order = itertools.count()
        # Functions of several stacks work side by side: what one spends is its own time.
        self.spent = 0.0
        self.busy: dict[str, float] = {}
        self.tokens, self.filled = 5.0, self.now
        self.throttled = {"DescribeStacks": 0, "Lambda": 0, "aborted": 0, "dropped": 0}
        self.names: dict[str, str] = {}
        self.ended: dict[str, dict[str, Any]] = {}
        # The SDK would take half of the time, and try what is throttled again at the same moment.
        self.outside.bedrock = Limited(ShortWay(self.bedrock), self)
        self.outside.cloudformation = Limited(self.outside.cloudformation, self)
        self.outside.states = self
        self.outside.now, self.outside.sleep = lambda: self.now, self.pass_by
        self.bedrock.config.timings = Timings(job_queue=60, job_validation=30, job_data_processing=30, job_training=180)
        self.bedrock.config.quotas = Quotas(
            concurrent_customization_jobs=PLACES, requests_per_second=10, request_burst=10
        )

    @property
    def now(self) -> float:
        return self.clock.now().timestamp() + self.spent

    def pass_by(self, seconds: float) -> None:
        self.spent += seconds

    def describe(self) -> None:
        """Five a second. The SDK's own three attempts: the others come after up to one and two seconds."""
        for pause in (1, 2, 0):
            self.tokens = min(5.0, self.tokens + max(0.0, self.now - self.filled) * 5)
            self.filled = max(self.filled, self.now)
            if self.tokens >= 1:
                self.tokens -= 1
                return
            self.throttled["DescribeStacks"] += 1
            self.pass_by(self.random.random() * pause)
        raise ClientError({"Error": {"Code": "Throttling", "Message": "Rate exceeded"}}, "DescribeStacks")

    def at(self, moment: float, action: Callable[[float], None]) -> None:
        heapq.heappush(self.due, (moment, next(self.order), action))

    def run(self) -> None:
        while self.due:
            moment, _, action = heapq.heappop(self.due)
            self.clock.advance(timedelta(seconds=max(0.0, moment - self.now)))
            action(moment)

    def has_room(self, function: str, moment: float) -> bool:
        free = moment >= self.busy.get(function, 0.0)
        self.throttled["Lambda"] += not free
        return free

    def at_work(self, function: str, work: Callable[[], Any]) -> Any:
        self.spent = START_SECONDS
        try:
            return work()
        finally:
            self.busy[function], self.spent = self.now, 0.0

    def ask(self, event: dict[str, Any], *, after: float = 0.0) -> None:
        """CloudFormation's event in Lambda's own queue."""
        sent, function = self.now + after, EVENTS_ARN + event["StackId"]

        def deliver(moment: float, pause: float = 1.0) -> None:
            if moment - sent > OLDEST_EVENT:
                self.throttled["dropped"] += 1
            elif self.has_room(function, moment):
                self.at_work(function, lambda: self.invoke(event))
            else:
                self.at(moment + pause, lambda later: deliver(later, min(pause * 2, 300)))

        self.at(sent, deliver)

    def start_execution(self, **request: Any) -> dict[str, Any]:
        started = self.waiter.start_execution(**request)
        name = request["name"]
        pause = self.waiter.executions[name]["WaitSeconds"]
        self.at(self.now + pause, lambda moment: self._look(name, moment, 0))
        return started

    def __getattr__(self, name: str) -> Any:
        return getattr(self.waiter, name)

    def _look(self, name: str, moment: float, tried: int) -> None:
        state = self.waiter.executions[name]
        if state["Done"]:
            return
        of_stack = state["Function"] + state["Event"]["StackId"]
        if not self.has_room(of_stack, moment):
            self.throttled["aborted"] += tried == RETRY["MaxAttempts"]
            longest = min(RETRY["IntervalSeconds"] * RETRY["BackoffRate"] ** tried, RETRY["MaxDelaySeconds"])
            if tried < RETRY["MaxAttempts"]:
                self.at(moment + self.random.random() * longest, lambda later: self._look(name, later, tried + 1))
            return
        function = self.invoke_poll if state["Function"] == POLL_ARN else self.invoke
        after = self.at_work(of_stack, lambda: function(json.loads(json.dumps(state))))
        self.waiter.executions[name] = json.loads(json.dumps(after))
        if not after["Done"]:
            self.at(self.busy[of_stack] + after["WaitSeconds"], lambda later: self._look(name, later, 0))

    def begin(self, stack_id: str, number: int, properties: dict[str, Any]) -> None:
        event = self.event("Create", properties, StackId=stack_id, LogicalResourceId=f"Job{number}")
        self.ask(event, after=number / 10)

    def _take(self, url: str, body: bytes) -> bool:
        answer = json.loads(body)
        event = self.sent[answer["RequestId"]]
        super()._take(url, body)
        self._follow(event, answer)
        return True

    def _follow(self, event: dict[str, Any], answer: dict[str, Any]) -> None:
        """The next wait of the job's chain, or its end."""
        job_id, _, wait = event["LogicalResourceId"].partition("Wait")
        place = event["StackId"] + job_id
        if answer["Status"] == "FAILED" or int(wait or 0) == SEGMENTS:
            self.ended[place] = answer
            return
        name = self.names.setdefault(place, answer["PhysicalResourceId"])
        number = int(wait or 0) + 1
        told = {"Last": "true"} if number == SEGMENTS else {"After": answer["Data"].get("Ended", "-")}
        given = {"For": MODEL_CUSTOMIZATION_JOB_TYPE, "Name": name, **told}
        fields = {"ResourceType": WAIT_TYPE, "LogicalResourceId": f"{job_id}Wait{number}"}
        self.ask(self.event("Create", given, StackId=event["StackId"], **fields), after=1)


# With these seeds a new event found no room for a quarter of an hour, when each that queued asked every minute.
@pytest.mark.parametrize(("stacks", "jobs", "seed"), [(1, 80, 1), (1, 80, 2), (8, 5, 1)])
def test_all_arrive_and_none_twice(cloud: Cloud, stacks: int, jobs: int, seed: int) -> None:
    assert cloud
    account = Account(seed)
    base = job.properties.__wrapped__()  # type: ignore[attr-defined]
    for stack in range(stacks):
        stack_id = STACK_ID.replace("/Models/", f"/Models{stack}/")
        account.stacks.status[stack_id] = "CREATE_IN_PROGRESS"
        for number in range(jobs):
            settings = {**base["Settings"], "Path": f"Job{number}", "TimeoutSeconds": str(SEGMENTS * 3000)}
            account.begin(stack_id, number, {**job.with_inputs(base, revision=str(number)), "Settings": settings})
    account.run()
    assert (account.throttled["dropped"], account.throttled["aborted"]) == (0, 0)
    assert [each["Reason"] for each in account.ended.values() if each["Status"] == "FAILED"] == []
    assert len(account.ended) == len(account.runs) == stacks * jobs

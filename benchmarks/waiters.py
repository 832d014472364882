"""One wait for a training run of a known length: with our provider, and with the peer's."""

import importlib.util
import os
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, Final

from benchmarks.workflow import NotNowError, Workflow
from local.bedrock import Bedrock, ManualClock, memory_client
from tests.functional.conftest import EVENTS_ARN, POLL_ARN, WAITER_ARN, Cloud

_HANDLERS: Final = Path(__file__).parent / "peer" / "handlers"
_JOB_TYPE: Final = "Custom::BedrockModelCustomizationJob"
_WAIT_TYPE: Final = "Custom::BedrockModelWait"
# What 24 hours are in segments of 50 minutes.
_SEGMENTS: Final = 29
_BEFORE_TRAINING: Final = 30 * 60
_JOB: Final = "run"


@dataclass(frozen=True, kw_only=True)
class Waited:
    """What a wait took: seconds, the seconds between the run's end and the answer, and what AWS bills."""

    seconds: float
    late: float
    calls: int
    transitions: int
    invocations: int
    framework_invocations: int = 0


class OursWaiting:
    """The chain of waits, event by event, until the last one has answered."""

    def __init__(self, definition: Mapping[str, Any]) -> None:
        self._definition = definition
        os.environ |= {"WAITER_ARN": WAITER_ARN, "POLL_FUNCTION_ARN": POLL_ARN}

    def wait(self, seconds: float) -> Waited:
        """Waits for a run of so many seconds."""
        cloud = Cloud()
        started = _start_run(cloud.bedrock, cloud.client, seconds)
        functions = {EVENTS_ARN: cloud.invoke, POLL_ARN: cloud.invoke_poll}
        workflow = Workflow(self._definition, functions, cloud.clock)
        before = len(cloud.bedrock.calls)
        for number in range(1, _SEGMENTS + 1):
            properties = _wait_properties(number, cloud.answers)
            cloud.invoke(cloud.event("Create", properties, ResourceType=_WAIT_TYPE))
            _run_executions(cloud, workflow)
        return Waited(
            seconds=(cloud.clock.now() - started).total_seconds(),
            late=_late(cloud.client, cloud.clock),
            calls=len(cloud.bedrock.calls) - before - 1,
            transitions=workflow.transitions,
            invocations=_SEGMENTS + workflow.invocations.total(),
        )


def _wait_properties(number: int, answers: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """As the templates have them: every wait but the last is told what the one before it has answered."""
    told = {"Last": "true"} if number == _SEGMENTS else {"After": answers[-1]["Data"]["Ended"] if answers else "-"}
    return {"For": _JOB_TYPE, "Name": _JOB, **told}


def _run_executions(cloud: Cloud, workflow: Workflow) -> None:
    for name, state in list(cloud.waiter.executions.items()):
        if not state["Done"]:
            cloud.waiter.executions[name] = workflow.run(state)


class PeerWaiting:
    """CDK's `Provider`: its framework invokes the handler, and its workflow's Retry is the interval."""

    def __init__(self, definition: Mapping[str, Any]) -> None:
        self._definition = definition

    def wait(self, seconds: float) -> Waited:
        """Waits for a run of so many seconds, an hour at most."""
        clock = ManualClock()
        bedrock = Bedrock(clock)
        client = memory_client(bedrock)
        started = _start_run(bedrock, client, seconds)
        arn = client.get_model_customization_job(jobIdentifier=_JOB)["jobArn"]
        handler = _peer_handler(client)

        def framework(event: dict[str, Any]) -> dict[str, Any]:
            answer: dict[str, Any] = handler.is_complete(event, None)
            if not answer["IsComplete"]:
                raise NotNowError
            return answer

        (task,) = [state["Resource"] for state in self._definition["States"].values() if "Retry" in state]
        workflow = Workflow(self._definition, {task: framework}, clock)
        before = len(bedrock.calls)
        event = {"RequestType": "Create", "ResourceType": "Custom::PeerTrainingJob", "PhysicalResourceId": arn}
        workflow.run(event)
        looks = workflow.invocations.total()
        return Waited(
            seconds=(clock.now() - started).total_seconds(),
            late=_late(client, clock),
            calls=len(bedrock.calls) - before - 1,
            transitions=workflow.transitions,
            invocations=looks,
            framework_invocations=looks,
        )


def _start_run(bedrock: Bedrock, client: Any, seconds: float) -> datetime:
    bedrock.script(_JOB, durations={"job_training": seconds - _BEFORE_TRAINING})
    client.create_model_customization_job(
        jobName=_JOB,
        customModelName=_JOB,
        roleArn="arn:aws:iam::123456789012:role/trainer",
        baseModelIdentifier="amazon.nova-lite-v1:0",
        trainingDataConfig={"s3Uri": "s3://data/train.jsonl"},
        outputDataConfig={"s3Uri": "s3://data/out/"},
    )
    return bedrock.config.clock.now()


def _late(client: Any, clock: ManualClock) -> float:
    ended: datetime = client.get_model_customization_job(jobIdentifier=_JOB)["endTime"]
    return (clock.now() - ended).total_seconds()


def _peer_handler(client: Any) -> Any:
    """The peer's own module, under a name of its own: ours is called `index`, too."""
    if str(_HANDLERS) not in sys.path:
        sys.path.append(str(_HANDLERS))
    os.environ.setdefault("AWS_DEFAULT_REGION", "us-east-1")
    spec = importlib.util.spec_from_file_location("peer_index", _HANDLERS / "index.py")
    assert spec is not None  # noqa: S101  it stands beside this file
    assert spec.loader is not None  # noqa: S101
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    module._bedrock = client  # type: ignore[attr-defined]
    return module

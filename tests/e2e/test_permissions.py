"""Least privilege, both ways: all kinds go through with IAM enforced, and nothing is allowed that nobody asks for."""

import json
from collections.abc import Callable, Mapping
from concurrent.futures import Future
from dataclasses import dataclass
from typing import Any

import pytest
from botocore.exceptions import ClientError

from local.aws import RunningAws
from tests.e2e.everything import Everything, denials, documents
from tests.e2e.stage import NO_QUOTA, Stage, failure
from tests.support.cloudformation import Deployment

# Allowed, and asked for by nothing here.
_LAMBDA_LOGS = "Lambda writes a function's log in the function's role's name, outside of any call that is seen here."
_VENDED_LOGS = "What Step Functions asks for when a state machine with a log is made; the CDK's own class allows it."
_LAGGING = "Asked for when a resource does not show under its ARN: tests/functional/aws/test_profiles.py plays it."
_MOVED = "Asked for when another stack's tag is found, as after a move: tests/functional/lifecycle/test_operations.py."
_OF_ANOTHER_STACK = "On a model of another stack: that of its own, which is what there is here, has the stack's tag."
_KEPT = "Asked for when something was kept for a run: tests/functional/job/test_model_customization_job.py."
REASONS = {
    ("EventsRole", "bedrock:UpdateCustomModelDeployment"): _OF_ANOTHER_STACK,
    ("EventsRole", "bedrock:UpdateProvisionedModelThroughput"): _OF_ANOTHER_STACK,
    ("EventsRole", "cloudformation:ListStackResources"): _MOVED,
    ("EventsRole", "ec2:DescribeSecurityGroups"): _KEPT,
    ("EventsRole", "iam:DetachRolePolicy"): _KEPT,
    ("EventsRole", "iam:ListRoleTags"): _KEPT,
    ("EventsRole", "bedrock:ListImportedModels"): _LAGGING,
    ("PollRole", "bedrock:ListCustomModelDeployments"): _LAGGING,
    ("PollRole", "bedrock:ListCustomModels"): _LAGGING,
    ("PollRole", "bedrock:ListModelCustomizationJobs"): _LAGGING,
    ("PollRole", "bedrock:ListModelImportJobs"): _LAGGING,
    ("PollRole", "bedrock:ListProvisionedModelThroughputs"): _LAGGING,
    ("EventsRole", "logs:CreateLogStream"): _LAMBDA_LOGS,
    ("EventsRole", "logs:PutLogEvents"): _LAMBDA_LOGS,
    ("PollRole", "logs:CreateLogStream"): _LAMBDA_LOGS,
    ("PollRole", "logs:PutLogEvents"): _LAMBDA_LOGS,
    ("EventsRole", "sagemaker:AccessModelPackage"): "Two references of AWS name the action differently: one is right.",
    ("WaiterRole", "logs:CreateLogDelivery"): _VENDED_LOGS,
    ("WaiterRole", "logs:GetLogDelivery"): _VENDED_LOGS,
    ("WaiterRole", "logs:UpdateLogDelivery"): _VENDED_LOGS,
    ("WaiterRole", "logs:DeleteLogDelivery"): _VENDED_LOGS,
    ("WaiterRole", "logs:ListLogDeliveries"): _VENDED_LOGS,
    ("WaiterRole", "logs:PutResourcePolicy"): _VENDED_LOGS,
    ("WaiterRole", "logs:DescribeResourcePolicies"): _VENDED_LOGS,
    ("WaiterRole", "logs:DescribeLogGroups"): _VENDED_LOGS,
}


@dataclass(frozen=True)
class Lived:
    """How the stack fared from its creation to its end, and its roles' policies with who needed what."""

    ended: list[Deployment]
    policies: Mapping[str, Mapping[str, Any]]
    reviews: Mapping[str, Mapping[str, Any]]
    roles_left: list[str]


@pytest.fixture(scope="module")
def lived(aws: RunningAws, new_stage: Callable[[str], Stage]) -> Lived:
    stage = new_stage("everything")
    everything = Everything.on(stage)
    aws.bedrock("quotas", {"concurrent_customization_jobs": 1})
    stage.hold("Graded")
    # Open weights go on until they are seen, a run until the other is seen in the queue, and then an import until it is
    # seen: by the poll function, too.
    stage.script("Weights", durations={"model_import_job": 1e9}, times=1)
    first = stage.start(everything.first)
    ended = [_held(stage, first, Weights="bedrock:GetModelImportJob", Graded="states:ListExecutions")]
    stage.script("Imported", durations={"model_import": 1e9})
    ended.append(_held(stage, stage.start(everything.changed), Imported="bedrock:GetCustomModel"))
    policies = documents(stage)
    stage.hold("Held")
    ended += [stage.deploy(everything.failing), stage.delete()]
    aws.bedrock("quotas", {"concurrent_customization_jobs": NO_QUOTA})
    reviews = {role: aws.call("/_local/permissions", known) for role, known in policies.items()}
    return Lived(ended, policies, reviews, stage.roles)


def _held(stage: Stage, operation: Future[Deployment], **actions: str) -> Deployment:
    """The operation's end. Each of these goes on until the poll function has asked for its action."""
    poll = stage.until(lambda: operation.done() or _poll_role(stage))
    for which, action in actions.items():
        # Each look evaluates every request again, in the process that serves the deployment.
        stage.until(lambda action=action: operation.done() or _is_asked(stage, poll, action), pause=0.5)  # type: ignore[misc]
        stage.finish(which)
    return operation.result()


def _poll_role(stage: Stage) -> dict[str, Any] | None:
    """With its policies, once it has them."""
    try:
        found = documents(stage)
    except ClientError:
        return None
    return next((known for role, known in found.items() if "PollRole" in role and known["documents"]), None)


def _is_asked(stage: Stage, known: Mapping[str, Any], action: str) -> bool:
    parts = stage.aws.call("/_local/permissions", known)["parts"]
    return any(part["needed_by"] for part in parts if part.get("action") == action)


def test_all_kinds_live_and_end_with_what_they_are_allowed(lived: Lived) -> None:
    statuses = ["CREATE_COMPLETE", "UPDATE_COMPLETE", "UPDATE_ROLLBACK_COMPLETE", "DELETE_COMPLETE"]
    assert [each.status for each in lived.ended] == statuses, [failure(each) for each in lived.ended]
    assert lived.roles_left == []


def test_every_permission_is_needed_or_has_its_reason(lived: Lived) -> None:
    """Taken away one at a time, each action of each statement and each resource of several makes a request fail."""
    not_needed = {
        (_kind(role), part.get("action") or part["resource"])
        for role, review in lived.reviews.items()
        for part in review["parts"]
        if part["needed_by"] is None
    }
    assert "; ".join(map(str, sorted(not_needed - REASONS.keys()))) == ""
    assert "; ".join(map(str, sorted(REASONS.keys() - not_needed))) == ""
    assert sum(len(review["parts"]) for review in lived.reviews.values()) > 100


@pytest.mark.parametrize("action", ["iam:PassRole", "kms:CreateGrant"])
def test_a_deployment_without_it_says_what_is_missing(stage: Stage, action: str) -> None:
    everything = Everything.on(stage)
    template = json.loads(json.dumps(stage.template(everything.imported)))
    for resource in template["Resources"].values():
        if resource["Type"] == "AWS::IAM::Policy":
            _take_away(resource["Properties"]["PolicyDocument"], action)

    deployment = stage.start_template(template).result()

    assert deployment.status == "ROLLBACK_COMPLETE"
    assert f"is not authorized to perform: {action}" in denials(deployment)
    assert stage.models == []


def _take_away(document: dict[str, Any], action: str) -> None:
    for statement in document["Statement"]:
        statement["Action"] = [each for each in _listed(statement["Action"]) if each != action] or [
            "sts:GetCallerIdentity"
        ]


def _kind(role: str) -> str:
    return next((kind for kind in ("EventsRole", "PollRole", "WaiterRole") if kind in role), role)


def _listed(value: str | list[str]) -> list[str]:
    return [value] if isinstance(value, str) else value

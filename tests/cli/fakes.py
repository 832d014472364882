"""What the command line asks of AWS beside Bedrock, in memory: stacks, objects, roles."""

import json
from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any

from botocore.exceptions import ClientError
from ministack.core import iam_evaluator

from local.aws import filter_pattern
from local.bedrock import MemoryObjects
from local.sagemaker import MissingJobError, TrainingJobs

REGION = "us-east-1"
ACCOUNT = "123456789012"


class _Exceptions:
    ClientError = ClientError


class _Fake:
    exceptions = _Exceptions

    def get_paginator(self, operation: str) -> "_Pages":
        return _Pages(getattr(self, operation))


class _Pages:
    """Every answer is one page here."""

    def __init__(self, call: Any) -> None:
        self._call = call

    def paginate(self, **request: Any) -> Iterator[Mapping[str, Any]]:
        yield self._call(**request)


def stack_id(name: str) -> str:
    return f"arn:aws:cloudformation:{REGION}:{ACCOUNT}:stack/{name}/0000"


class FakeCloudFormation(_Fake):
    """Stacks by id; a test says what is in them."""

    def __init__(self) -> None:
        self.stacks: dict[str, dict[str, Any]] = {}

    def put(
        self,
        name: str,
        status: str,
        resources: Mapping[str, tuple[str, str, str]],
        *,
        id: str = "",
        root: str = "",
        began: datetime | None = None,
    ) -> str:
        """Resources are (type, physical id, status) by logical id."""
        known = id or stack_id(name)
        self.stacks[known] = {
            "name": name,
            "status": status,
            "resources": dict(resources),
            "root": root,
            "began": began,
        }
        return known

    def describe_stacks(self, StackName: str) -> dict[str, Any]:  # noqa: N803
        known, found = self._find(StackName)
        told = {"RootId": found["root"]} if found["root"] else {}
        told |= {"CreationTime": found["began"]} if found["began"] else {}
        return {"Stacks": [{"StackName": found["name"], "StackId": known, "StackStatus": found["status"], **told}]}

    def list_stack_resources(self, StackName: str) -> dict[str, Any]:  # noqa: N803
        _, found = self._find(StackName)
        listed = [
            {"LogicalResourceId": name, "ResourceType": kind, "PhysicalResourceId": physical, "ResourceStatus": status}
            for name, (kind, physical, status) in found["resources"].items()
        ]
        return {"StackResourceSummaries": listed}

    def describe_stack_resources(self, PhysicalResourceId: str) -> dict[str, Any]:  # noqa: N803
        for known, found in self.stacks.items():
            if PhysicalResourceId in [physical for _, physical, _ in found["resources"].values()]:
                return {"StackResources": [{"StackId": known, "PhysicalResourceId": PhysicalResourceId}]}
        raise _error("ValidationError", f"Stack for {PhysicalResourceId} does not exist", "DescribeStackResources")

    def _find(self, name: str) -> tuple[str, dict[str, Any]]:
        for known, found in self.stacks.items():
            if name == known or (name == found["name"] and found["status"] != "DELETE_COMPLETE"):
                return known, found
        raise _error("ValidationError", f"Stack with id {name} does not exist", "DescribeStacks")


class FakeSageMaker(_Fake):
    """Training jobs of SageMaker AI."""

    def __init__(self) -> None:
        self.jobs = TrainingJobs(ACCOUNT, REGION)

    def describe_training_job(self, TrainingJobName: str) -> dict[str, Any]:  # noqa: N803
        try:
            return self.jobs.describe(TrainingJobName)
        except MissingJobError as error:
            raise _error("ValidationException", str(error), "DescribeTrainingJob") from None


class FakeS3(_Fake):
    """The objects that the Bedrock in memory writes and reads."""

    def __init__(self, objects: MemoryObjects) -> None:
        self._objects = objects
        self.policies: dict[str, Any] = {}

    def get_bucket_policy(self, Bucket: str) -> dict[str, Any]:  # noqa: N803
        if not self._objects.bucket_exists(Bucket):
            raise _error("NoSuchBucket", "The specified bucket does not exist", "GetBucketPolicy")
        if Bucket not in self.policies:
            raise _error("NoSuchBucketPolicy", "The bucket policy does not exist", "GetBucketPolicy")
        return {"Policy": json.dumps(self.policies[Bucket])}

    def list_objects_v2(self, Bucket: str, Prefix: str, **_: Any) -> dict[str, Any]:  # noqa: N803
        stored = self._objects.stored.items()
        found = [(key, body) for (bucket, key), body in stored if bucket == Bucket and key.startswith(Prefix)]
        return {"Contents": [{"Key": key, "Size": len(body)} for key, body in sorted(found)]}

    def get_object(self, Bucket: str, Key: str, Range: str = "") -> dict[str, Any]:  # noqa: N803
        if (Bucket, Key) not in self._objects.stored:
            raise _error("NoSuchKey", "The specified key does not exist.", "GetObject")
        body = self._objects.stored[Bucket, Key]
        if Range:
            start, end = map(int, Range.removeprefix("bytes=").split("-"))
            body = body[start : end + 1]
        return {"Body": _Body(body)}

    def head_object(self, Bucket: str, Key: str) -> dict[str, Any]:  # noqa: N803
        if (Bucket, Key) not in self._objects.stored:
            raise _error("404", "Not Found", "HeadObject")
        return {"ContentLength": len(self._objects.stored[Bucket, Key])}

    def get_bucket_location(self, Bucket: str) -> dict[str, Any]:  # noqa: N803
        if not self._objects.bucket_exists(Bucket):
            raise _error("NoSuchBucket", "The specified bucket does not exist", "GetBucketLocation")
        return {"LocationConstraint": "eu-west-1" if "ireland" in Bucket else None}


class _Body:
    def __init__(self, content: bytes) -> None:
        self._content = content

    def read(self) -> bytes:
        return self._content


class FakeIam(_Fake):
    """Roles by name, with tags, trust and inline policies."""

    def __init__(self) -> None:
        self.roles: dict[str, dict[str, Any]] = {}
        self.managed: dict[str, Any] = {}
        self.may_not = ""

    def put(self, name: str, trust: Any, *, tags: Mapping[str, str] | None = None, **policies: Any) -> str:
        arn = f"arn:aws:iam::{ACCOUNT}:role/{name}"
        self.roles[name] = {"arn": arn, "trust": trust, "tags": dict(tags or {}), "policies": policies}
        return arn

    def list_roles(self) -> dict[str, Any]:
        return {"Roles": [self._role(name) for name in self.roles]}

    def get_role(self, RoleName: str) -> dict[str, Any]:  # noqa: N803
        if RoleName not in self.roles:
            raise _error("NoSuchEntity", "The role cannot be found", "GetRole")
        return {"Role": self._role(RoleName)}

    def list_role_tags(self, RoleName: str) -> dict[str, Any]:  # noqa: N803
        return {"Tags": [{"Key": key, "Value": value} for key, value in self.roles[RoleName]["tags"].items()]}

    def list_role_policies(self, RoleName: str) -> dict[str, Any]:  # noqa: N803
        return {"PolicyNames": list(self.roles[RoleName]["policies"])}

    def get_policy(self, PolicyArn: str) -> dict[str, Any]:  # noqa: N803
        assert PolicyArn in self.managed
        return {"Policy": {"DefaultVersionId": "v1"}}

    def get_policy_version(self, PolicyArn: str, VersionId: str) -> dict[str, Any]:  # noqa: N803
        assert VersionId == "v1"
        return {"PolicyVersion": {"Document": self.managed[PolicyArn]}}

    def simulate_principal_policy(self, PolicySourceArn: str, **request: Any) -> dict[str, Any]:  # noqa: N803
        role = self.roles[PolicySourceArn.rpartition("/")[2]]
        own = [json.dumps(each) for each in role["policies"].values()]
        given = request.pop("PolicyInputList", [])
        return self.simulate_custom_policy([*own, *given], **request)

    def simulate_custom_policy(
        self,
        PolicyInputList: list[str],  # noqa: N803
        ActionNames: list[str],  # noqa: N803
        **request: Any,
    ) -> dict[str, Any]:
        if self.may_not:
            raise _error("AccessDenied", f"User: me is not authorized to perform: {self.may_not}", "Simulate")
        [resource] = request["ResourceArns"]
        keys = {each["ContextKeyName"].lower(): each["ContextKeyValues"][0] for each in request["ContextEntries"]}
        boundary = request.get("PermissionsBoundaryPolicyInputList", [])
        return {
            "EvaluationResults": [
                {"EvalActionName": action, **_decided(action, resource, keys, PolicyInputList, boundary)}
                for action in ActionNames
            ]
        }

    def delete_role_policy(self, RoleName: str, PolicyName: str) -> None:  # noqa: N803
        del self.roles[RoleName]["policies"][PolicyName]

    def delete_role(self, RoleName: str) -> None:  # noqa: N803
        assert not self.roles[RoleName]["policies"]
        del self.roles[RoleName]

    def _role(self, name: str) -> dict[str, Any]:
        found = self.roles[name]
        return {"RoleName": name, "Arn": found["arn"], "AssumeRolePolicyDocument": found["trust"]}


def _decided(
    action: str, resource: str, keys: Mapping[str, str], documents: list[str], boundary: list[str]
) -> dict[str, Any]:
    """By the evaluator of the local AWS, which nobody here wrote."""
    context = iam_evaluator.EvalContext(
        principal_arn=f"arn:aws:iam::{ACCOUNT}:root",
        principal_type="AssumedRole",
        principal_account=ACCOUNT,
        action=action,
        resource_arn=resource,
        region=REGION,
        source_ip="127.0.0.1",
        secure_transport=keys["aws:securetransport"] == "true",
        service_context=dict(keys),
    )
    policies = [iam_evaluator.parse_policy_document(each) for each in documents]
    alone = iam_evaluator.evaluate(context, policies).decision
    limits = [[iam_evaluator.parse_policy_document(each) for each in boundary]] if boundary else []
    decision = iam_evaluator.evaluate(context, policies, *limits).decision
    words = {"Allow": "allowed", "Deny": "explicitDeny"}
    return {
        "EvalDecision": words.get(decision, "implicitDeny"),
        "PermissionsBoundaryDecisionDetail": {"AllowedByPermissionsBoundary": decision == alone},
    }


class FakeQuotas(_Fake):
    """Service Quotas of Amazon Bedrock."""

    def __init__(self, jobs: float = 10) -> None:
        self.jobs = jobs

    def list_service_quotas(self, ServiceCode: str) -> dict[str, Any]:  # noqa: N803
        assert ServiceCode == "bedrock"
        return {
            "Quotas": [
                {"QuotaName": "(Model customization) Scheduled customization jobs", "Value": self.jobs},
                {"QuotaName": "(Batch) Sum of customization jobs of another kind", "Value": 1.0},
            ]
        }


# botocore has no types.
class _NotFoundError(ClientError):  # type: ignore[misc]
    """As the service's own."""


class FakeKms(_Fake):
    """Keys by ARN."""

    class exceptions:  # noqa: N801  as a client has it
        ClientError = ClientError

        NotFoundException = _NotFoundError

    def __init__(self) -> None:
        self.keys: dict[str, dict[str, Any]] = {}

    def describe_key(self, KeyId: str) -> dict[str, Any]:  # noqa: N803
        if KeyId not in self.keys:
            raise self.exceptions.NotFoundException({"Error": {"Code": "NotFoundException"}}, "DescribeKey")
        return {"KeyMetadata": {"Enabled": True, **self.keys[KeyId]}}


def _error(code: str, message: str, operation: str) -> ClientError:
    return ClientError({"Error": {"Code": code, "Message": message}}, operation)


class FakeLogs(_Fake):
    """Lines of functions, by log group, filtered as the local AWS does it."""

    def __init__(self) -> None:
        self.lines: dict[str, list[dict[str, Any]]] = {}
        self.denied = False
        self.groups: list[str] = []

    def describe_log_groups(self, logGroupNamePrefix: str) -> dict[str, Any]:  # noqa: N803
        return {"logGroups": [{"logGroupName": each} for each in self.groups if each.startswith(logGroupNamePrefix)]}

    def filter_log_events(self, logGroupName: str, filterPattern: str, startTime: int) -> dict[str, Any]:  # noqa: N803
        if self.denied:
            raise _error("AccessDeniedException", "not authorized to perform: logs:FilterLogEvents", "FilterLogEvents")
        assert startTime > 0
        matches = filter_pattern.compiled(filterPattern)
        return {"events": [{"message": json.dumps(line)} for line in self.lines.get(logGroupName, ()) if matches(line)]}


class FakeStates(_Fake):
    """State machines by name, and their executions, the newest first as AWS lists them."""

    def __init__(self) -> None:
        self.machines: dict[str, list[dict[str, Any]]] = {"Waiter": []}
        self.described: list[str] = []
        self.denied = False

    def arn(self, machine: str) -> str:
        return f"arn:aws:states:{REGION}:{ACCOUNT}:stateMachine:{machine}"

    def put(self, machine: str, name: str, model_arn: str, at: datetime, **members: Any) -> dict[str, Any]:
        """An execution of a check; without members it runs."""
        executions = self.machines.setdefault(machine, [])
        execution = {
            "executionArn": f"{self.arn(machine).replace(':stateMachine:', ':execution:')}:{name}",
            "name": name,
            "status": "RUNNING",
            "startDate": at,
            "input": json.dumps({"execution": name, "modelArn": model_arn}),
            **members,
        }
        executions.insert(0, execution)
        return execution

    def list_state_machines(self) -> dict[str, Any]:
        self._require_permission("ListStateMachines")
        return {"stateMachines": [{"name": name, "stateMachineArn": self.arn(name)} for name in self.machines]}

    def list_executions(self, stateMachineArn: str) -> dict[str, Any]:  # noqa: N803
        self._require_permission("ListExecutions")
        name = stateMachineArn.rpartition(":")[2]
        if name not in self.machines:
            raise _error("StateMachineDoesNotExist", f"State Machine Does Not Exist: {name}", "ListExecutions")
        told = ("executionArn", "name", "status", "startDate")
        return {"executions": [{key: each[key] for key in told} for each in self.machines[name]]}

    def describe_execution(self, executionArn: str) -> dict[str, Any]:  # noqa: N803
        self._require_permission("DescribeExecution")
        self.described.append(executionArn.rpartition(":")[2])
        known = (each for executions in self.machines.values() for each in executions)
        return next(dict(each) for each in known if each["executionArn"] == executionArn)

    def _require_permission(self, operation: str) -> None:
        if self.denied:
            text = f"User: me is not authorized to perform: states:{operation}"
            raise _error("AccessDeniedException", text, operation)

"""CloudFormation simulated: stacks, the events it sends, and the answers it takes.

It does what AWS documents: an answer within the hour, the first one counts; what is in flight when a neighbor fails is
cancelled, and its Delete comes with an invented id; a rollback sends updates back with the old properties, and deletes
what is left over; a changed physical id is a replacement.
"""

import itertools
import json
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, Final

from botocore.exceptions import ClientError

from tests.faults.deletions import Deletion
from tests.faults.operations import Operation
from tests.faults.records import Question, Stack, line
from tests.faults.templates import GetAtt, OwnRole, ParentStacks, Ref, Template
from tests.functional.conftest import ACCOUNT, RESPONSE_URL

if TYPE_CHECKING:
    from tests.faults.world import World

_HOUR: Final = 3600


class CloudFormation:
    """The stacks of one account."""

    def __init__(self, world: "World") -> None:
        self.world = world
        self.stacks: dict[str, Stack] = {}
        self.questions: dict[str, Question] = {}
        self._ids = itertools.count(1)

    def deploy(
        self,
        name: str,
        template: Template,
        *,
        on_failure_delete: bool = False,
        takes_retained: bool = False,
        skips: Sequence[str] = (),
    ) -> Stack:
        """Creates or updates, as `cdk deploy` does; a stack whose creation was rolled back is deleted before."""
        stack = self.find(name)
        if stack and stack.status in ("ROLLBACK_COMPLETE", "ROLLBACK_FAILED"):
            self.delete(name)
            self.world.settle(name)
            stack = self.find(name)
        stack = stack or self.add(name)
        if not stack.is_settled or stack.status == "DELETE_FAILED":
            return stack
        self.begin(stack, "UPDATE_IN_PROGRESS" if stack.status else "CREATE_IN_PROGRESS")
        stack.on_failure_delete, stack.takes_retained, stack.skips = on_failure_delete, takes_retained, skips
        stack.operation = Operation(self, stack, template)
        stack.operation.run()
        return stack

    def delete(self, name: str, *, retains: Sequence[str] = ()) -> None:
        """Also in the middle of a creation, whose resources in flight are cancelled."""
        stack = self.find(name)
        if stack is None:
            return
        if isinstance(stack.operation, Operation) and stack.status == "CREATE_IN_PROGRESS":
            stack.operation.give_up()
        assert stack.is_settled or stack.status == "CREATE_IN_PROGRESS", f"{name} cannot be deleted: {stack.status}"
        self.begin(stack, "DELETE_IN_PROGRESS")
        stack.operation = Deletion(self, stack, retains=retains)
        stack.operation.run()

    def move(self, name: str, logical_id: str, to: str) -> None:
        """A stack refactoring: what moves is in another stack then, and nobody is told."""
        source, target = self.find(name), self.find(to)
        if not (source and target and source.is_settled and target.is_settled):
            return
        moved = [each for each in source.records if each.startswith(logical_id)]
        for each in moved:
            target.records[each] = source.records.pop(each)
        taken = {each: source.template[each] for each in moved if each in source.template}
        source.template = {each: one for each, one in source.template.items() if each not in taken}
        target.template = {**target.template, **taken}

    def turn(self, stack_id: str) -> None:
        """The operation that the stack, or its root, is in fails now: a neighbor has failed, or a user cancelled."""
        stack = self.stacks[stack_id]
        root = self.stacks[stack.parents[-1]] if stack.parents else stack
        if isinstance(root.operation, Operation) and root.status in ("CREATE_IN_PROGRESS", "UPDATE_IN_PROGRESS"):
            root.operation.fail("turned")

    def find(self, name: str) -> Stack | None:
        """The stack of that name that is there."""
        living = (stack for stack in self.stacks.values() if stack.name == name and stack.status != "DELETE_COMPLETE")
        return next(living, None)

    def add(self, name: str, parents: tuple[str, ...] = ()) -> Stack:
        number = next(self._ids)
        arn = f"arn:aws:cloudformation:us-east-1:{ACCOUNT}:stack/{name}/{number:08}-2222-3333-4444-555555555555"
        self.stacks[arn] = Stack(id=arn, name=name, parents=parents)
        return self.stacks[arn]

    def begin(self, stack: Stack, status: str, *, reason: str = "") -> None:
        stack.reason, stack.takes_retained = reason, False
        stack.turns += 1
        stack.began = self.world.timeline.now
        self.enter(stack, status)

    def enter(self, stack: Stack, status: str) -> None:
        stack.status = status
        stack.history.append(status)
        stack.events.append((status, stack.reason))
        self.world.note(f"{stack.name}: {status}")

    def ask(
        self, stack: Stack, request: Mapping[str, Any], on_answer: Callable[[dict[str, Any] | None], None]
    ) -> Question:
        """Sends the event; the answer, or None after an hour without one, goes to `on_answer`."""
        request_id = f"00000000-0000-0000-0000-{next(self._ids):012}"
        event = {
            "RequestId": request_id,
            "StackId": stack.id,
            "ResponseURL": self._url(request_id),
            **request,
        }
        now = self.world.timeline.now
        question = Question(
            event=event, stack=stack, turn=stack.turns, asked=now, stack_status=stack.status, on_answer=on_answer
        )
        self.questions[request_id] = question
        self.world.note(f"event {line(event)}")
        self.world.deliver(event)
        self.world.timeline.after(_HOUR, lambda: self._conclude(question, None))
        return question

    def put(self, url: str, body: bytes) -> bool:
        """What S3 takes and CloudFormation reads."""
        answer = json.loads(body)
        question = self.questions[answer["RequestId"]]
        self.world.rules.answered(question, answer, url=url, size=len(body))
        question.answers.append(answer)
        self.world.note(
            f"answer {line(question.event)} -> {answer['Status']} {answer['PhysicalResourceId']} {answer['Reason']}"
        )
        if question.answered is None:
            question.answered = self.world.timeline.now
            if question.event["RequestType"] == "Delete":
                self.world.functions.deleted(question.stack.id, question.event["LogicalResourceId"])
            self.world.timeline.after(1, lambda: self._conclude(question, answer))
        return True

    def _conclude(self, question: Question, answer: dict[str, Any] | None) -> None:
        on_answer, question.on_answer = question.on_answer, None
        if on_answer:
            if answer is None:
                self.world.rules.silent(question)
            on_answer(answer)

    def _url(self, request_id: str) -> str:
        moment = self.world.timeline.clock.now()
        return f"{RESPONSE_URL}&X-Amz-Date={moment:%Y%m%dT%H%M%SZ}&X-Amz-Expires=7200&request={request_id}"

    def resolve(self, stack: Stack, value: Any) -> Any:
        """What references stand for."""
        if isinstance(value, Ref):
            return stack.records[value.logical_id].physical_id
        if isinstance(value, GetAtt):
            return stack.records[value.logical_id].attributes[value.name]
        if isinstance(value, ParentStacks | OwnRole):
            return list(stack.parents) if isinstance(value, ParentStacks) else self._role_of(stack, value.name)
        if isinstance(value, Mapping):
            return {name: self.resolve(stack, part) for name, part in value.items()}
        if isinstance(value, list):
            return [self.resolve(stack, part) for part in value]
        return value

    def _role_of(self, stack: Stack, name: str) -> str:
        name = f"{name}-{stack.id.rpartition('/')[2][:8]}"
        if name not in stack.roles:
            stack.roles.add(name)
            self.world.iam.roles[name] = ["DefaultPolicy"]
        return f"arn:aws:iam::{ACCOUNT}:role/{name}"

    def describe_stacks(self, *, StackName: str) -> dict[str, Any]:  # noqa: N803
        stack = self.stacks.get(StackName)
        if stack is None:
            error = {"Code": "ValidationError", "Message": f"Stack with id {StackName} does not exist"}
            raise ClientError({"Error": error}, "DescribeStacks")
        moment = self.world.moment(stack.began)
        times = {"CreationTime": moment} if stack.turns == 1 else {"LastUpdatedTime": moment}
        found = {
            "StackStatus": stack.status,
            "StackStatusReason": stack.reason,
            "RetainExceptOnCreate": stack.takes_retained and not stack.is_settled,
            **times,
        }
        return {"Stacks": [found]}

    def describe_stack_events(self, *, StackName: str) -> dict[str, Any]:  # noqa: N803
        self.describe_stacks(StackName=StackName)
        own = [
            {"PhysicalResourceId": StackName, "ResourceStatus": status, "ResourceStatusReason": reason}
            for status, reason in reversed(self.stacks[StackName].events)
        ]
        return {"StackEvents": own}

    def describe_stack_resource(self, *, StackName: str, LogicalResourceId: str) -> dict[str, Any]:  # noqa: N803
        record = self.stacks[StackName].records.get(LogicalResourceId)
        if record is None:
            message = f"Resource {LogicalResourceId} does not exist for stack {StackName}"
            raise ClientError({"Error": {"Code": "ValidationError", "Message": message}}, "DescribeStackResource")
        return {"StackResourceDetail": {"PhysicalResourceId": record.physical_id}}

    def list_stack_resources(self, *, StackName: str) -> dict[str, Any]:  # noqa: N803
        if StackName not in self.stacks:
            error = {"Code": "ValidationError", "Message": f"Stack with id {StackName} does not exist"}
            raise ClientError({"Error": error}, "ListStackResources")
        summaries = [
            {"LogicalResourceId": name, "PhysicalResourceId": record.physical_id, "ResourceStatus": "UPDATE_COMPLETE"}
            for name, record in self.stacks[StackName].records.items()
        ]
        return {"StackResourceSummaries": summaries}

    def describe_stack_resources(self, *, PhysicalResourceId: str) -> dict[str, Any]:  # noqa: N803
        for stack in self.stacks.values():
            for name, record in stack.records.items():
                if record.physical_id == PhysicalResourceId and stack.status != "DELETE_COMPLETE":
                    found = {
                        "StackId": stack.id,
                        "LogicalResourceId": name,
                        "PhysicalResourceId": PhysicalResourceId,
                    }
                    return {"StackResources": [found]}
        message = f"Stack for {PhysicalResourceId} does not exist"
        raise ClientError({"Error": {"Code": "ValidationError", "Message": message}}, "DescribeStackResources")

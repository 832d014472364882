"""What a run in progress needs: the role and the security group that the library made for it.

CloudFormation is told to retain them, or the rollback of a first create would take them from a run that was kept. So
they are removed here, when no run needs them any more and the resource is gone for good: those that the template names,
and those of earlier runs whose tag says that they were made for this job.
"""

from collections.abc import Callable, Sequence
from functools import partial
from typing import Any, Final

from botocore.exceptions import BotoCoreError, ClientError

from provider.aws import errors
from provider.aws.clients import Clients, Iam
from provider.cloudformation import log
from provider.cloudformation.contract import KEPT_FOR, KEPT_GROUPS, KEPT_ROLE, KEPT_TAG
from provider.cloudformation.request import Request
from provider.cloudformation.result import Cause, NotYet, Refused
from provider.job.run import Run
from provider.lifecycle import stack_status

_PATIENCE: Final = 20 * 60
_GONE: Final = {"NoSuchEntity", "NoSuchEntityException", "InvalidGroup.NotFound"}
_IN_USE: Final = {"DependencyViolation", "DeleteConflict", "DeleteConflictException"}


def require_to_survive(request: Request, clients: Clients, run: Run) -> None:
    """Refuses the Delete of a run that a rollback keeps, if that rollback would take the role from it.

    With RetainExceptOnCreate, which the CDK CLI sets, a rollback deletes what was newly created also where it is to be
    retained. What a resource depends on stays, though, as long as the resource itself cannot be deleted.
    """
    made = request.properties.settings.kept
    if not made or not run.goes_on or not stack_status.takes_what_is_retained(clients.cloudformation, request):
        return
    if _is_replaced(request, clients):
        # The resource, and with it the role, was there before this operation.
        return
    raise Refused(
        f"The run {run.name!r} ({run.arn}) is still in progress and is kept. This rollback was asked for with "
        "RetainExceptOnCreate and would delete its service role, so this resource, the role and the network "
        "stay. Deploy again: the stack is deleted and created again, and adopts the run."
    )


def release(request: Request, clients: Clients, runs: Sequence[Run]) -> None:
    """Removes role and security groups once neither a run nor the resource needs them."""
    made = request.properties.settings.kept
    if not made:
        return
    if any(run.goes_on for run in runs):
        log.info("role and network retained for the job", jobs=[run.name for run in runs])
        return
    if _is_replaced(request, clients):
        return
    own_role, own_groups = made.get(KEPT_ROLE, ""), made.get(KEPT_GROUPS, [])
    for arn in {own_role, *(run.role_arn for run in runs)} - {""}:
        name = arn.rsplit("/", 1)[1]
        if arn == own_role or _is_made_for(made[KEPT_FOR], partial(_tags_of_role, clients.iam, name), name):
            _try(partial(_remove_role, clients.iam, name), f"the service role {name!r}")
    for group_id in {*own_groups, *(group for run in runs for group in run.security_groups)}:
        if group_id in own_groups or _is_made_for(made[KEPT_FOR], partial(_tags_of_group, clients, group_id), group_id):
            _try(partial(clients.ec2.delete_security_group, GroupId=group_id), f"the security group {group_id!r}")


def _is_replaced(request: Request, clients: Clients) -> bool:
    """Whether the stack holds the resource under another id, with role and network. Not guessed: either way costs."""
    try:
        return stack_status.held_id(clients.cloudformation, request) not in ("", request.physical_id)
    except (ClientError, BotoCoreError) as error:
        text = f"whether the role is still needed could not be read: {errors.message(error)}"
        give_up = f"{text}. Role and network stay; delete the stack again."
        raise NotYet(text, cause=Cause.OUTAGE, give_up=give_up, patience=_PATIENCE, seconds=30) from error


def _remove_role(iam: Iam, name: str) -> None:
    for policy in iam.list_role_policies(RoleName=name)["PolicyNames"]:
        iam.delete_role_policy(RoleName=name, PolicyName=policy)
    # What users attached, or the CDK did when there were too many grants for inline policies.
    for attached in iam.list_attached_role_policies(RoleName=name)["AttachedPolicies"]:
        iam.detach_role_policy(RoleName=name, PolicyArn=attached["PolicyArn"])
    iam.delete_role(RoleName=name)


def _tags_of_role(iam: Iam, name: str) -> Any:
    return iam.list_role_tags(RoleName=name)["Tags"]


def _tags_of_group(clients: Clients, group_id: str) -> Any:
    (group,) = clients.ec2.describe_security_groups(GroupIds=[group_id])["SecurityGroups"]
    return group.get("Tags", [])


def _is_made_for(job: str, read_tags: Callable[[], list[dict[str, str]]], name: str) -> bool:
    """Whether the tag of an earlier run's role or group names this job: a user may have given it to several jobs."""
    try:
        return {"Key": KEPT_TAG, "Value": job} in read_tags()
    except ClientError as error:
        if errors.code(error) not in _GONE and not errors.is_unauthorized(error):
            raise
        log.info("left alone: not the library's, or gone", name=name, error=errors.message(error))
        return False


def _try(remove: Callable[[], object], subject: str) -> None:
    """Gone is well; not ours to remove is well too; in use is tried again."""
    try:
        remove()
        log.info("removed", subject=subject)
    except ClientError as error:
        if errors.code(error) in _GONE:
            return
        if errors.code(error) in _IN_USE:
            text = f"{subject} is still in use: {errors.message(error)}"
            give_up = f"{text} Remove it by hand, then delete the stack again."
            raise NotYet(text, cause=Cause.ROLE_IN_USE, give_up=give_up, patience=_PATIENCE) from error
        if not errors.is_unauthorized(error):
            raise
        log.info("left alone: no tag of ours lets it be removed", subject=subject, error=errors.message(error))

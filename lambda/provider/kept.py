"""What a run needs for as long as it goes on: the role and the security group that the library made for it.

CloudFormation is told to retain them, or the rollback of a first create would take them from a run that was kept. So
they are removed here, when no run needs them any more and the resource is gone for good. IAM and EC2 let the provider
remove only what carries the library's tag.
"""

from typing import Final

from botocore.exceptions import ClientError

from provider import errors, log
from provider.clients import Clients, Iam
from provider.outcome import Cause, NotYet
from provider.request import Request
from provider.stacks import StackState, is_replaced
from provider.training_run import IN_PROGRESS, STOPPING, Run

_PATIENCE: Final = 20 * 60
_GONE: Final = {"NoSuchEntity", "NoSuchEntityException", "InvalidGroup.NotFound"}
_IN_USE: Final = {"DependencyViolation", "DeleteConflict", "DeleteConflictException"}


def release(request: Request, clients: Clients, runs: list[Run], state: StackState) -> None:
    """Removes role and security groups once neither a run nor the resource needs them."""
    if not request.properties.settings.get("Keeps") or state is StackState.UNREADABLE:
        return
    if any(run.status in (IN_PROGRESS, STOPPING) for run in runs):
        log.info("role and network kept for the run", jobs=[run.name for run in runs])
        return
    if is_replaced(clients.cloudformation, request):
        return
    own = request.properties.settings.get("Request", {})
    for role_arn in {own.get("roleArn", ""), *(run.role_arn for run in runs)} - {""}:
        _remove_role(clients.iam, role_arn.rsplit("/", 1)[1])
    network = own.get("vpcConfig", {}).get("securityGroupIds", [])
    for group_id in {*network, *(group for run in runs for group in run.security_groups)}:
        _remove_security_group(clients, group_id)


def _remove_role(iam: Iam, name: str) -> None:
    try:
        for policy in iam.list_role_policies(RoleName=name)["PolicyNames"]:
            iam.delete_role_policy(RoleName=name, PolicyName=policy)
        iam.delete_role(RoleName=name)
        log.info("service role removed", role=name)
    except ClientError as error:
        _bear(error, f"the service role {name!r}")


def _remove_security_group(clients: Clients, group_id: str) -> None:
    try:
        clients.ec2.delete_security_group(GroupId=group_id)
        log.info("security group removed", security_group=group_id)
    except ClientError as error:
        _bear(error, f"the security group {group_id!r}")


def _bear(error: ClientError, subject: str) -> None:
    """Gone is well; not ours to remove is well too; in use is tried again."""
    if errors.code(error) in _GONE:
        return
    if errors.code(error) in _IN_USE:
        text = f"{subject} is still in use: {errors.message(error)}"
        raise NotYet(
            text,
            cause=Cause.ROLE_IN_USE,
            give_up=f"{text} Remove it by hand, then delete the stack again.",
            patience=_PATIENCE,
        )
    if not errors.is_unauthorized(error):
        raise error
    log.info("left alone: no tag of ours lets it be removed", subject=subject, error=errors.message(error))

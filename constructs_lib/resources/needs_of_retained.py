"""What a retained resource needs stays with it: the role and the policies that Amazon Bedrock goes on using."""

from collections.abc import Sequence
from typing import Final

import aws_cdk as cdk
import jsii
from constructs import IConstruct

from constructs_lib.resources.custom_resource import ProvidedResource

# Behind the aspects of apps, RemovalPolicies among them, which may still change the policy of the resource.
_LAST: Final = 900


def retain_with(owner: ProvidedResource, needed: Sequence[IConstruct]) -> None:
    """Retains these constructs, with all below them, if the resource turns out to be retained.

    A rollback of their creation takes them along: it takes the resource, too.
    """
    cdk.Aspects.of(owner).add(_RetainsNeeds(owner, needed), priority=_LAST)


@jsii.implements(cdk.IAspect)
class _RetainsNeeds:
    def __init__(self, owner: ProvidedResource, needed: Sequence[IConstruct]) -> None:
        self._owner, self._needed = owner, needed

    def visit(self, node: IConstruct) -> None:  # noqa: ARG002  the CDK's signature
        if self._owner.is_retained:
            for each in self._needed:
                for resource in each.node.find_all():
                    if isinstance(resource, cdk.CfnResource):
                        _retain(resource)


def _retain(resource: cdk.CfnResource) -> None:
    if resource.cfn_options.deletion_policy != cdk.CfnDeletionPolicy.RETAIN:
        resource.cfn_options.deletion_policy = cdk.CfnDeletionPolicy.RETAIN_EXCEPT_ON_CREATE

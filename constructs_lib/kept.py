"""What a kept run needs is kept: a role and a security group that outlive the rollback of a first create.

CloudFormation knows no policy that retains on a rollback and deletes otherwise. So it is told to retain, and the
provider removes what carries our tag when the job is deleted or no run needs it any more.
"""

import aws_cdk as cdk
from constructs import IConstruct

from constructs_lib import checks
from constructs_lib.contract import KEPT_TAG


def keep(resource: IConstruct, *, job: str) -> None:
    """Retains the resource with all that is below it: a role also with what users grant it later."""
    cdk.RemovalPolicies.of(resource).retain()
    cdk.Tags.of(resource).add(KEPT_TAG, checks.suggest_name(job, limit=checks.TAG_VALUE_MAX) or "job")

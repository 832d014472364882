"""The service role of a model import job: exactly what Amazon Bedrock documents, below the given prefix.

https://docs.aws.amazon.com/bedrock/latest/userguide/model-import-iam-role.html
"""

from constructs import Construct

from constructs_lib.core.iam_policy import Statement
from constructs_lib.core.scopes import environment_of
from constructs_lib.data.access import reading
from constructs_lib.data.data_source import BoundData
from constructs_lib.job.network import JobNetwork
from constructs_lib.job.role import network_interfaces


def statements(scope: Construct, *, source: BoundData, network: JobNetwork | None) -> list[Statement]:
    """All that the role of one import needs: s3:GetObject below the prefix and s3:ListBucket, in the account of the
    bucket; kms:Decrypt on the bucket's key; network interfaces.
    """
    environment = environment_of(scope)
    found = reading(source, account=source.bucket.account or environment.account)
    if network:
        any_job = environment.arn("bedrock", "model-import-job/*")
        found += network_interfaces(scope, network, job_tag="BedrockModelImportJobArn", any_job=any_job)
    return found

"""What the security rule packs of cdk-nag find in the examples' own resources, and why an example may leave it.

In a stack of your own, look at each again: most are one argument away.
"""

from collections.abc import Mapping
from typing import Final

import aws_cdk as cdk
from constructs import IConstruct

_PACKS: Final = ("NIST.800.53.R5", "HIPAA.Security", "PCI.DSS.321")

_NO_LOG_BUCKET: Final = (
    "An example brings no bucket for access logs. CloudTrail's data events record who reads what, where an account "
    "has them; server_access_logs_bucket is the other way."
)
BUCKET: Final = {
    "AwsSolutions-S1": _NO_LOG_BUCKET,
    "S3BucketLoggingEnabled": _NO_LOG_BUCKET,
    "S3BucketReplicationEnabled": "Losses and metrics of a training stay in the Region that it ran in; the model "
    "itself is kept by Amazon Bedrock.",
    "S3DefaultEncryptionKMS": "Encrypted by Amazon S3. It holds losses and metrics, no training data; with "
    "encryption_key the library allows the job to use that key.",
}
_ONE_CALLER: Final = "It is called by one caller, which gets its errors, and it calls Amazon Bedrock at most."
FUNCTION: Final = {
    "AwsSolutions-IAM4[Policy::arn:<AWS::Partition>:iam::aws:policy/service-role/AWSLambdaBasicExecutionRole]": (
        "The CDK's default: AWS's own policy for writing logs, and nothing else."
    ),
    "IAMNoInlinePolicy": "What the CDK's grants write: a policy that belongs to exactly this role.",
    "LambdaConcurrency": "Reserving would take from what the account of whoever tries the example has left.",
    "LambdaDLQ": f"Never invoked asynchronously. {_ONE_CALLER}",
    "LambdaInsideVPC": f"It reaches AWS APIs only. {_ONE_CALLER}",
}
TOPIC: Final = {
    "SNSEncryptedKMS": "Its messages name an alarm and a state, and no customer's data; TLS is enforced.",
}
SILENT_ALARM: Final = {
    "CloudWatchAlarmAction": "The team looks at its alarms in CloudWatch; add_alarms(topic=...) would tell somebody.",
}


def accept(construct: IConstruct, reasons: Mapping[str, str]) -> None:
    """Acknowledges findings. A rule without a pack in front stands for the rule in each compliance pack."""
    for rule, reason in reasons.items():
        for finding in [rule] if "-" in rule else [f"{pack}-{rule}" for pack in _PACKS]:
            cdk.Validations.of(construct).acknowledge(cdk.Acknowledgment(id=finding, reason=reason))

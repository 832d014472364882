"""Findings of security rule packs in the provider, and why they stay as they are unless `configure` says otherwise."""

import re
from collections.abc import Sequence
from typing import Final

from constructs import IConstruct

from constructs_lib.core.nag import acknowledge_policies

_CONFIGURE: Final = "ModelProvider.of(scope).configure({}=...) changes it for an app, a stage or a stack."

_FUNCTION: Final = {
    "LambdaInsideVPC": "It calls AWS APIs only, over TLS and signed, and nothing can call it from a network. "
    + _CONFIGURE.format("vpc"),
    "LambdaConcurrency": "No more of it runs at once than the stack has models, and reserving would take from what the "
    "account has left. " + _CONFIGURE.format("reserved_concurrent_executions"),
    "LambdaDLQ": "An event carries a signed URL that answers CloudFormation, so it must not be kept in a queue. One "
    "that is lost shows: CloudFormation gets no answer and fails the resource within the hour.",
}
_LOG_GROUP: Final = {
    "CloudWatchLogGroupEncrypted": "Encrypted with a key of CloudWatch Logs; neither training data, nor signed URLs, "
    "nor whole events are logged. " + _CONFIGURE.format("encryption_key"),
}
_WAITER: Final = {
    "AwsSolutions-SF2": "Every step is logged, and an execution does nothing but call one function again and again. "
    + _CONFIGURE.format("tracing"),
}

_MADE: Final = (
    "Amazon Bedrock names what it makes by ids of its own. What makes or tags takes the tag of this stack in the "
    "request, what changes, stops or deletes takes it on the resource."
)
_TRAINING_JOB: Final = (
    "What a training job of SageMaker AI wrote about its checkpoint, in whichever bucket of the account: the job tells "
    "it to the deployment. Give bucket= to ModelSource.from_training_job to allow no other one."
)
_KEPT: Final = "Removes what was retained for a run of the stack, and only what carries the tag of this stack."
_NO_RESOURCES: Final = (
    "Lists, CreateCustomModel and CreateModelImportJob of Amazon Bedrock, DescribeSecurityGroups of Amazon EC2, "
    "DescribeStackResources of AWS CloudFormation by a physical id, delivery of the waiter's logs, AWS X-Ray and a "
    "function's network interfaces know no resources."
)
# By the ARN, so that any other wildcard in these policies is found.
_WILDCARDS: Final = (
    (
        r".*:(custom-model|imported-model|custom-model-deployment|provisioned-model)/\*",
        _MADE,
    ),
    (
        r".*:(model-customization-job|model-import-job)/\*",
        _MADE,
    ),
    (
        r".*:foundation-model/\*",
        "Reads whether the base model still takes new training and throughput; a foundation model is nobody's own.",
    ),
    (r".*:iam::.*:role/\*", _KEPT),
    (r".*:security-group/\*", _KEPT),
    (r".*:s3:::\*/.*", _TRAINING_JOB),
    (
        r".*:cloudformation:.*:stack/\*",
        "Reads which stack holds something by now: a stack refactoring moves resources without an event.",
    ),
    (r".*:cloudformation:.*:stack/.*/\*", "The stack itself, whose id ends in a UUID: to read its state."),
    (
        r".*:(stateMachine|execution):BedrockModelCheck-.*\*",
        "The model checks of this stack, whose id is a part of their names: started, read and stopped.",
    ),
    (
        r".*:execution:.*:\*",
        "Executions of the stack's own waiter, whose names end in hashes: read and stopped.",
    ),
    (r"\*", _NO_RESOURCES),
)


def acknowledge_all(provider: IConstruct, wildcards: Sequence[str]) -> None:
    """Acknowledges what is known in the provider's own resources: on the provider, because a finding looks there, too.

    Of the wildcards those that stand there when the app is synthesized: constructs add theirs to the same policy.
    """
    acknowledge_policies(provider, wildcards, _reason, {**_FUNCTION, **_LOG_GROUP, **_WAITER})


def _reason(resource: str) -> str | None:
    return next((reason for pattern, reason in _WILDCARDS if re.fullmatch(pattern, resource)), None)

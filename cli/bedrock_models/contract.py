"""The words that the constructs and their provider leave in tags and templates; tests hold them equal to theirs."""

import hashlib
from collections.abc import Mapping
from typing import Final

CUSTOM_MODEL_TYPE: Final = "Custom::BedrockCustomModel"
IMPORTED_MODEL_TYPE: Final = "Custom::BedrockImportedModel"
CUSTOM_MODEL_DEPLOYMENT_TYPE: Final = "Custom::BedrockCustomModelDeployment"
PROVISIONED_MODEL_THROUGHPUT_TYPE: Final = "Custom::BedrockProvisionedModelThroughput"
MODEL_CUSTOMIZATION_JOB_TYPE: Final = "Custom::BedrockModelCustomizationJob"
MODEL_CHECK_TYPE: Final = "Custom::BedrockModelCheck"
MODEL_LOOKUP_TYPE: Final = "Custom::BedrockModelLookup"
INVOCATION_LOGGING_TYPE: Final = "Custom::BedrockInvocationLogging"
# The SSM parameter that says whose the configuration of invocation logging is.
LOGGING_RECORD: Final = "/bedrock-models/invocation-logging"
WAIT_TYPE: Final = "Custom::BedrockModelWait"
NESTED_STACK_TYPE: Final = "AWS::CloudFormation::Stack"

RUN_INPUTS: Final = "RunInputs"
SETTINGS: Final = "Settings"
TRAINING_JOB: Final = "trainingJob"
TRAINING_JOB_NAME: Final = "trainingJobName"
TRAINING_JOB_OUTPUT: Final = "s3OutputPath"

PREFIX: Final = "bedrock-models:"
OWNER_TAG: Final = f"{PREFIX}owner"
SCOPE_TAG: Final = f"{PREFIX}scope"
STACK_TAG: Final = f"{PREFIX}stack"
POLICY_TAG: Final = f"{PREFIX}removal-policy"
KEPT_TAG: Final = f"{PREFIX}kept-for"

RETAIN: Final = "retain"


def owner(stack_id: str, logical_id: str) -> str:
    """What the owner's tag says for this resource of this stack."""
    return _hash(f"{stack_id}|{logical_id}", 20)


def current_owner(tags: Mapping[str, str]) -> str:
    """The owner that the tag names first; behind it stand those of before."""
    return tags.get(OWNER_TAG, "").partition(" ")[0]


def scope_of_path(root_stack_name: str, path: str) -> str:
    """What the scope's tag says for a construct of that path."""
    return _hash(f"path:{root_stack_name}/{path}", 10)


def scope_of_lock(lock_id: str) -> str:
    """The same for a construct with a `lock_id`."""
    return _hash(f"lock:{lock_id}", 10)


def stack_name(stack_id: str) -> str:
    """The name inside a stack's ARN."""
    return stack_id.split("/")[1] if "/" in stack_id else stack_id


def _hash(text: str, length: int) -> str:
    return hashlib.sha256(text.encode()).hexdigest()[:length]

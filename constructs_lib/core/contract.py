"""The words that templates, tags and handlers share. The Lambda keeps the same file; a test holds the two equal.

Each of these stands in deployed templates and in tags of models that cost money: none may ever change.
"""

from typing import Final

CUSTOM_MODEL_TYPE: Final = "Custom::BedrockCustomModel"
MODEL_CUSTOMIZATION_JOB_TYPE: Final = "Custom::BedrockModelCustomizationJob"
IMPORTED_MODEL_TYPE: Final = "Custom::BedrockImportedModel"
CUSTOM_MODEL_DEPLOYMENT_TYPE: Final = "Custom::BedrockCustomModelDeployment"
PROVISIONED_MODEL_THROUGHPUT_TYPE: Final = "Custom::BedrockProvisionedModelThroughput"
MODEL_CHECK_TYPE: Final = "Custom::BedrockModelCheck"
INVOCATION_LOGGING_TYPE: Final = "Custom::BedrockInvocationLogging"
WAIT_TYPE: Final = "Custom::BedrockModelWait"
MODEL_LOOKUP_TYPE: Final = "Custom::BedrockModelLookup"

# Groups of properties: a change of RunInputs means a new run, and money; Settings are taken up in place.
RUN_INPUTS: Final = "RunInputs"
SETTINGS: Final = "Settings"
TAGS: Final = "Tags"
STACK_TAGS: Final = "StackTags"
PARENT_STACK_TAGS: Final = "ParentStackTags"
MODEL_TAGS: Final = "CustomModelTags"
REMOVAL_POLICY: Final = "RemovalPolicy"
PARENT_STACKS: Final = "ParentStacks"

# Members of Settings, beside what the construct of that type adds to Request.
NAME_PREFIX: Final = "NamePrefix"
PATH: Final = "Path"
LOCK_ID: Final = "LockId"
REQUEST: Final = "Request"
TIMEOUT_SECONDS: Final = "TimeoutSeconds"
WAIT: Final = "Wait"
RETRAIN_PROTECTION: Final = "RetrainProtection"
MAX_ATTEMPTS: Final = "MaxAttempts"
ROLLBACK_BEHAVIOR: Final = "RollbackBehavior"
KEPT: Final = "Kept"
ADOPT: Final = "Adopt"

# Of a custom model's RunInputs: the training job of SageMaker AI whose output says where the artifacts are.
TRAINING_JOB: Final = "trainingJob"
TRAINING_JOB_NAME: Final = "trainingJobName"
TRAINING_JOB_OUTPUT: Final = "s3OutputPath"

# Of the configuration of invocation logging: where its owner and what was there before are written down.
LOGGING_RECORD: Final = "/bedrock-models/invocation-logging"

# Members of Kept: what is retained, and for which resource.
KEPT_FOR: Final = "For"
KEPT_ROLE: Final = "RoleArn"
KEPT_GROUPS: Final = "SecurityGroupIds"

# Properties of a wait, and the attribute that one hands to the next.
WAIT_FOR: Final = "For"
WAIT_NAME: Final = "Name"
WAIT_LAST: Final = "Last"
WAIT_SECONDS: Final = "Seconds"
WAIT_AFTER: Final = "After"
WAIT_ENDED: Final = "Ended"

# The property of a look-up, and its members: by its name, or the newest one that the filters of the List call let
# through. The key is what the app allows its users; another value of Refresh asks again.
QUERY: Final = "Query"
FIND: Final = "Find"
FIND_NAME: Final = "Name"
FILTERS: Final = "Filters"
QUERY_KEY: Final = "KmsKeyArn"
REFRESH: Final = "Refresh"

# Values of Find.
FIND_CUSTOM_MODEL: Final = "CustomModel"
FIND_JOB: Final = "ModelCustomizationJob"

# Attributes.
JOB_NAME: Final = "JobName"
JOB_ARN: Final = "JobArn"
MODEL_NAME: Final = "ModelName"
MODEL_ARN: Final = "ModelArn"
TRAINING_LOSS: Final = "TrainingLoss"
VALIDATION_LOSSES: Final = "ValidationLosses"
BASE_MODEL_ARN: Final = "BaseModelArn"
CUSTOMIZATION_TYPE: Final = "CustomizationType"
KEY_ARN: Final = "KmsKeyArn"
FOUND_STATUS: Final = "Status"
DEPLOYMENT_NAME: Final = "CustomModelDeploymentName"
DEPLOYMENT_ARN: Final = "CustomModelDeploymentArn"
THROUGHPUT_NAME: Final = "ProvisionedModelName"
THROUGHPUT_ARN: Final = "ProvisionedModelArn"
SERVED_MODEL_ARN: Final = "ServedModelArn"
CHECK_EXECUTION: Final = "Execution"
CHECK_METRICS: Final = "Metrics"

# Environment variables of the functions.
WAITER_ARN_VARIABLE: Final = "WAITER_ARN"
POLL_FUNCTION_ARN_VARIABLE: Final = "POLL_FUNCTION_ARN"
SEGMENT_SECONDS_VARIABLE: Final = "SEGMENT_SECONDS"

# Of the metrics in CloudWatch.
METRICS_NAMESPACE: Final = "BedrockModels"

# Values of RemovalPolicy.
RETAIN: Final = "retain"
DESTROY: Final = "destroy"

# Values of RollbackBehavior.
ROLLBACK_KEEP: Final = "keep"
ROLLBACK_STOP: Final = "stop-running"
ROLLBACK_DELETE: Final = "delete"

# Tags of ours. The owner says who may delete, the digest what the model was made of, the scope whose name it is.
PREFIX: Final = "bedrock-models:"
OWNER_TAG: Final = f"{PREFIX}owner"
DIGEST_TAG: Final = f"{PREFIX}digest"
SCOPE_TAG: Final = f"{PREFIX}scope"
STACK_TAG: Final = f"{PREFIX}stack"
POLICY_TAG: Final = f"{PREFIX}removal-policy"
REQUEST_TAG: Final = f"{PREFIX}request"
# On the role and the security group that CloudFormation is told to retain for a run.
KEPT_TAG: Final = f"{PREFIX}kept-for"
OUR_TAGS: Final = (OWNER_TAG, DIGEST_TAG, SCOPE_TAG, STACK_TAG, POLICY_TAG, REQUEST_TAG)

# Bedrock documents 50 tags in an error text and 200 in its shape: 50 is safe either way.
TAG_LIMIT: Final = 50
USER_TAG_LIMIT: Final = TAG_LIMIT - len(OUR_TAGS)

# CloudFormation gives a custom resource an hour; a segment leaves room for retries and for the answer.
SERVICE_TIMEOUT_SECONDS: Final = 3600
SEGMENT_SECONDS: Final = 3000
# How to scale it, for tests.
SEGMENT_CONTEXT: Final = f"{PREFIX}wait_segment_seconds"

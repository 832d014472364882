"""AWS CDK constructs for Amazon Bedrock custom models."""

from constructs_lib._version import __version__
from constructs_lib.check.check_data import CheckData, CheckScore
from constructs_lib.core import arguments
from constructs_lib.custom_model import CustomModel
from constructs_lib.custom_model_base import ICustomModel
from constructs_lib.custom_model_deployment import CustomModelDeployment, ICustomModelDeployment
from constructs_lib.custom_model_lookup import CustomModelLookup, CustomModelStatus
from constructs_lib.customization.customization import Customization, ReasoningEffort, TeacherModel
from constructs_lib.data.invocation_log_location import IInvocationLogging
from constructs_lib.data.metadata_filter import MetadataFilter, MetadataFilterGroup
from constructs_lib.data.model_source import ModelSource
from constructs_lib.data.open_weights_source import OpenWeightsSource
from constructs_lib.data.output_data import OutputData
from constructs_lib.data.training_data import TrainingData
from constructs_lib.data.validation_data import ValidationData
from constructs_lib.imported_model import IImportedModel, ImportedModel
from constructs_lib.invocation_logging import InvocationLogging
from constructs_lib.job.events import JobStatus
from constructs_lib.job.job_base import IModelCustomizationJob
from constructs_lib.model_check import ModelCheck
from constructs_lib.model_customization_job import ModelCustomizationJob, RollbackBehavior
from constructs_lib.model_customization_job_lookup import ModelCustomizationJobLookup
from constructs_lib.provider.model_provider import ModelProvider
from constructs_lib.provisioned_model_throughput import (
    CommitmentDuration,
    IProvisionedModelThroughput,
    ProvisionedModelThroughput,
)

__all__ = [
    "CheckData",
    "CheckScore",
    "CommitmentDuration",
    "CustomModel",
    "CustomModelDeployment",
    "CustomModelLookup",
    "CustomModelStatus",
    "Customization",
    "ICustomModel",
    "ICustomModelDeployment",
    "IImportedModel",
    "IInvocationLogging",
    "IModelCustomizationJob",
    "IProvisionedModelThroughput",
    "ImportedModel",
    "InvocationLogging",
    "JobStatus",
    "MetadataFilter",
    "MetadataFilterGroup",
    "ModelCheck",
    "ModelCustomizationJob",
    "ModelCustomizationJobLookup",
    "ModelProvider",
    "ModelSource",
    "OpenWeightsSource",
    "OutputData",
    "ProvisionedModelThroughput",
    "ReasoningEffort",
    "RollbackBehavior",
    "TeacherModel",
    "TrainingData",
    "ValidationData",
    "__version__",
]

arguments.check_every([globals()[name] for name in __all__])

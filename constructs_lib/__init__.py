"""AWS CDK constructs for Amazon Bedrock custom models."""

from constructs_lib._version import __version__
from constructs_lib.custom_model import CustomModel, ICustomModel
from constructs_lib.model_source import ModelSource
from constructs_lib.provider import ModelProvider

__all__ = ["CustomModel", "ICustomModel", "ModelProvider", "ModelSource", "__version__"]

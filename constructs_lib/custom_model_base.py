"""What every custom model is, however it came into being: an ARN that others use, and the key that encrypts it."""

import abc
from typing import Protocol

import aws_cdk as cdk
import jsii
from aws_cdk import aws_bedrock as bedrock
from aws_cdk import aws_kms as kms


class ICustomModel(cdk.IResource, bedrock.IModel, Protocol):
    """A custom model. It cannot be invoked itself; a deployment or Provisioned Throughput of it can."""

    @property
    def custom_model_arn(self) -> str:
        """The model's ARN."""
        ...

    @property
    def encryption_key(self) -> kms.IKey | None:
        """The customer's key that encrypts the model, if there is one and it is known."""
        ...


@jsii.implements(bedrock.IModel)
class CustomModelBase(cdk.Resource, abc.ABC):
    """What holds for every custom model, made here or not."""

    @property
    @abc.abstractmethod
    def custom_model_arn(self) -> str:
        """The model's ARN."""

    @property
    @abc.abstractmethod
    def encryption_key(self) -> kms.IKey | None:
        """The customer's key that encrypts the model, if there is one and it is known."""

    @property
    def model_arn(self) -> str:
        """The model's ARN, under the name that `bedrock.IModel` gives it."""
        return self.custom_model_arn

    @property
    def _inputs_digest(self) -> str | None:
        # What a deployment of the model carries in its own template, so that this changes when the model does.
        return None

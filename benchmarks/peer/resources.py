"""An imported model, a training job and a deployment, each with its service role and one custom resource."""

from collections.abc import Mapping
from typing import Any

import aws_cdk as cdk
from aws_cdk import aws_iam as iam
from aws_cdk import aws_s3 as s3
from constructs import Construct

from benchmarks.peer.provider import ModelsProvider


class _Model(Construct):
    """What import and job share: a role that Bedrock takes on, and the resource that names it."""

    def __init__(self, scope: Construct, id: str) -> None:
        super().__init__(scope, id)
        self.role = iam.Role(
            self,
            "ServiceRole",
            assumed_by=iam.ServicePrincipal(
                "bedrock.amazonaws.com", conditions={"StringEquals": {"aws:SourceAccount": cdk.Stack.of(self).account}}
            ),
        )
        ModelsProvider.of(self).allow_pass_role(self.role)

    def _resource(self, type: str, properties: Mapping[str, Any]) -> cdk.CustomResource:
        resource = _resource(self, type, {**properties, "RoleArn": self.role.role_arn})
        # Bedrock checks the role before it takes the work.
        resource.node.add_dependency(self.role)
        return resource

    def _may_read(self, uri: str) -> None:
        bucket, prefix = _bucket(self, "Read", uri)
        bucket.grant_read(self.role, f"{prefix}*")


class ImportedModel(_Model):
    """A model that SageMaker AI trained."""

    def __init__(self, scope: Construct, id: str, *, uri: str, tags: Mapping[str, str] | None = None) -> None:
        super().__init__(scope, id)
        self._may_read(uri)
        properties = {"Name": self.node.id, "S3Uri": uri, "Tags": dict(tags or {})}
        self.model_arn = self._resource("Custom::PeerModel", properties).get_att_string("ModelArn")


class TrainingJob(_Model):
    """A fine-tuning job and its model."""

    def __init__(
        self,
        scope: Construct,
        id: str,
        *,
        base_model_arn: str,
        training_uri: str,
        output_uri: str,
        hyper_parameters: Mapping[str, str],
        tags: Mapping[str, str] | None = None,
    ) -> None:
        super().__init__(scope, id)
        self._may_read(training_uri)
        bucket, prefix = _bucket(self, "Output", output_uri)
        bucket.grant_read_write(self.role, f"{prefix}*")
        properties = {
            "Name": self.node.id,
            "BaseModel": base_model_arn,
            "TrainingUri": training_uri,
            "OutputUri": output_uri,
            "HyperParameters": dict(hyper_parameters),
            "Tags": dict(tags or {}),
        }
        self.model_arn = self._resource("Custom::PeerTrainingJob", properties).get_att_string("ModelArn")


class Deployment(Construct):
    """A model, ready to be invoked on demand."""

    def __init__(self, scope: Construct, id: str, *, model_arn: str, tags: Mapping[str, str] | None = None) -> None:
        super().__init__(scope, id)
        properties = {"Name": self.node.id, "ModelArn": model_arn, "Tags": dict(tags or {})}
        self.deployment_arn = _resource(self, "Custom::PeerDeployment", properties).get_att_string("DeploymentArn")


def _resource(scope: Construct, type: str, properties: Mapping[str, Any]) -> cdk.CustomResource:
    return cdk.CustomResource(
        scope,
        "Resource",
        resource_type=type,
        service_token=ModelsProvider.of(scope).service_token,
        properties=dict(properties),
    )


def _bucket(scope: Construct, id: str, uri: str) -> tuple[s3.IBucket, str]:
    name, _, prefix = uri.removeprefix("s3://").partition("/")
    return s3.Bucket.from_bucket_name(scope, f"{id}Bucket", name), prefix

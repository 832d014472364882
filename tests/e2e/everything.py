"""One stack with everything that asks for permissions, and the documents of its roles."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import aws_cdk as cdk
from aws_cdk import aws_bedrock as bedrock
from aws_cdk import aws_ec2 as ec2
from aws_cdk import aws_kms as kms
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_s3 as s3

from constructs_lib import (
    Customization,
    CustomModel,
    CustomModelDeployment,
    ImportedModel,
    ModelCustomizationJob,
    ModelSource,
    OpenWeightsSource,
    OutputData,
    ProvisionedModelThroughput,
    RollbackBehavior,
    TeacherModel,
    TrainingData,
    ValidationData,
)
from local.sagemaker import ARCHIVE
from tests.e2e.stage import NOVA, WEIGHTS, Stage, broken
from tests.support.cloudformation import Deployment

DESTROY = cdk.RemovalPolicy.DESTROY
_NOVA_2 = bedrock.FoundationModelIdentifier("amazon.nova-2-lite-v1:0:256k")
_TEACHER = bedrock.FoundationModelIdentifier("amazon.nova-pro-v1:0")
# A run that waits for its place is given up when its timeout has passed.
_IN_THE_QUEUE = cdk.Duration.minutes(8)
_GRADER = "def handler(samples, context):\n    return []\n"


@dataclass(frozen=True, kw_only=True)
class Everything:
    """Data, models and what serves them, each with a customer's key where it can have one."""

    stage: Stage
    bucket: str
    data_key_arn: str

    @classmethod
    def on(cls, stage: Stage) -> "Everything":
        """With the training data in a bucket of its own that has its own key."""
        bucket, key = f"data-{stage.id.lower()}", stage.aws.client("kms").create_key()["KeyMetadata"]["Arn"]
        rule = {"ApplyServerSideEncryptionByDefault": {"SSEAlgorithm": "aws:kms", "KMSMasterKeyID": key}}
        client = stage.aws.client("s3")
        client.create_bucket(Bucket=bucket)
        client.put_bucket_encryption(Bucket=bucket, ServerSideEncryptionConfiguration={"Rules": [rule]})
        weights = [f"{version}/{name}" for version in ("v1", "v2") for name in WEIGHTS]
        for name in ("train.jsonl", "validation.jsonl", *weights):
            client.put_object(Bucket=bucket, Key=name, Body=b"{}")
        # In the last place in which it is looked for.
        stage.aws.training_job(f"nova-{stage.id.lower()}", checkpoint=stage.escrow_uri, layout=ARCHIVE)
        return cls(stage=stage, bucket=bucket, data_key_arn=key)

    def first(self, stack: cdk.Stack) -> None:
        """As it is created."""
        self._build(stack, uri="", version="v1", tags={"team": "support", "phase": "test"})

    def changed(self, stack: cdk.Stack, *, version: str = "v1") -> None:
        """One tag less, and another source: another model behind deployment and throughput."""
        self._build(stack, uri=f"{self.stage.escrow_uri}manifest", version=version, tags={"team": "support"})

    def failing(self, stack: cdk.Stack) -> None:
        """Other weights, one more run, and one that waits for its place, when something else fails."""
        self.changed(stack, version="v2")
        held, queued = (
            self.stage.job(stack, which, timeout=_IN_THE_QUEUE, rollback_behavior=RollbackBehavior.STOP_RUNNING)
            for which in ("Held", "Queued")
        )
        queued.node.find_child("Resource").node.add_dependency(held.node.find_child("Resource"))
        broken(stack, after=[queued.node.find_child("Resource")])

    def imported(self, stack: cdk.Stack) -> None:
        """One model alone, with a key."""
        self.stage.model(stack, encryption_key=kms.Key(stack, "Key", removal_policy=DESTROY))

    def _build(self, stack: cdk.Stack, *, uri: str, version: str, tags: Mapping[str, str]) -> None:
        key = kms.Key(stack, "Key", removal_policy=DESTROY)
        imported = self.stage.model(
            stack, "Imported", uri=uri, encryption_key=key, removal_policy=DESTROY, tags={**tags}
        )
        package = f"arn:aws:sagemaker:{stack.region}:{stack.account}:model-package/nova/1"
        CustomModel(stack, f"{self.stage.id}Package", source=ModelSource.from_model_package_arn(package))
        trained = ModelSource.from_training_job(f"nova-{self.stage.id.lower()}")
        CustomModel(stack, f"{self.stage.id}Trained", source=trained)
        self._weights(stack, key, version=version, tags=tags)
        self._jobs(stack, key)
        CustomModelDeployment(stack, f"{self.stage.id}Live", custom_model=imported, tags={**tags})
        ProvisionedModelThroughput(stack, f"{self.stage.id}Bought", model=imported)
        nova = bedrock.FoundationModel.from_foundation_model_id(stack, "Nova", NOVA)
        ProvisionedModelThroughput(stack, f"{self.stage.id}Base", model=nova)

    def _weights(self, stack: cdk.Stack, key: kms.Key, *, version: str, tags: Mapping[str, str]) -> None:
        data_key = kms.Key.from_key_arn(stack, "WeightsKey", self.data_key_arn)
        bucket = s3.Bucket.from_bucket_attributes(stack, "Weights", bucket_name=self.bucket, encryption_key=data_key)
        ImportedModel(
            stack,
            f"{self.stage.id}Weights",
            source=OpenWeightsSource.from_bucket(bucket, version),
            encryption_key=key,
            removal_policy=DESTROY,
            tags={**tags},
        )

    def _jobs(self, stack: cdk.Stack, key: kms.Key) -> None:
        """Two that the quota lets run one after the other, and one that trains the first one's model further."""
        graded = self._graded(stack, key)
        teacher = bedrock.FoundationModel.from_foundation_model_id(stack, "Teacher", _TEACHER)
        profile = TeacherModel.from_inference_profile(f"us.{_TEACHER.model_id}", model=teacher)
        distillation = Customization.distillation(teacher_model=profile)
        distilled = self.stage.job(stack, "Distilled", customization=distillation, timeout=_IN_THE_QUEUE)
        distilled.node.find_child("Resource").node.add_dependency(graded.node.find_child("Resource"))
        self.stage.job(stack, "Further", base_model=graded.custom_model, encryption_key=key, removal_policy=DESTROY)

    def _graded(self, stack: cdk.Stack, key: kms.Key) -> ModelCustomizationJob:
        """In a VPC, with a grader, reading and writing what is encrypted with keys of two other owners."""
        data_key = kms.Key.from_key_arn(stack, "DataKey", self.data_key_arn)
        data = s3.Bucket.from_bucket_attributes(stack, "Data", bucket_name=self.bucket, encryption_key=data_key)
        output_key = kms.Key(stack, "OutputKey", removal_policy=DESTROY)
        output = s3.Bucket(stack, "Output", encryption=s3.BucketEncryption.KMS, encryption_key=output_key)
        grader = lambda_.Function(
            stack,
            "Grader",
            runtime=lambda_.Runtime.PYTHON_3_12,
            handler="index.handler",
            code=lambda_.Code.from_inline(_GRADER),
            timeout=cdk.Duration.minutes(1),
        )
        private = ec2.SubnetConfiguration(name="Private", subnet_type=ec2.SubnetType.PRIVATE_ISOLATED)
        return self.stage.job(
            stack,
            "Graded",
            base_model=bedrock.FoundationModel.from_foundation_model_id(stack, "Nova2", _NOVA_2),
            customization=Customization.reinforcement_fine_tuning(grader=grader),
            training_data=TrainingData.from_bucket(data, "train.jsonl"),
            validation_data=[ValidationData.from_bucket(data, "validation.jsonl")],
            output_data=OutputData.to_bucket(output, "graded"),
            encryption_key=key,
            vpc=ec2.Vpc(stack, "Vpc", max_azs=2, nat_gateways=0, subnet_configuration=[private]),
            vpc_subnets=ec2.SubnetSelection(subnet_type=ec2.SubnetType.PRIVATE_ISOLATED),
            removal_policy=DESTROY,
        )


def documents(stage: Stage) -> dict[str, dict[str, Any]]:
    """The policies of every role of the stack, by the role's logical id and the policy's name."""
    iam, cloudformation = stage.aws.client("iam"), stage.aws.client("cloudformation")
    listed = cloudformation.describe_stack_resources(StackName=stage.id)["StackResources"]
    roles = [each for each in listed if each["ResourceType"] == "AWS::IAM::Role"]
    found: dict[str, dict[str, Any]] = {}
    for role in roles:
        name = role["PhysicalResourceId"]
        policies = iam.list_role_policies(RoleName=name)["PolicyNames"]
        own = {policy: iam.get_role_policy(RoleName=name, PolicyName=policy)["PolicyDocument"] for policy in policies}
        found[role["LogicalResourceId"]] = {"role": name, "documents": own}
    return found


def denials(deployment: Deployment) -> str:
    """What the events say of permissions that were missing."""
    reasons = [event.get("ResourceStatusReason", "") for event in deployment.events]
    return "\n".join(reason for reason in reasons if "AccessDenied" in reason or "not authorized" in reason)

import aws_cdk as cdk
from aws_cdk import aws_iam as iam
from aws_cdk import aws_kms as kms
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_s3 as s3
from aws_cdk import aws_sns as sns

from constructs_lib import (
    CommitmentDuration,
    CustomModel,
    CustomModelDeployment,
    ModelSource,
    ProvisionedModelThroughput,
)

app = cdk.App()
stack = cdk.Stack(
    app, "Models", env=cdk.Environment(account="111122223333", region="us-east-1")
)
escrow = "s3://customer-escrow-111122223333-smtj-0123456789ab/nova-lite-demo/checkpoint/"

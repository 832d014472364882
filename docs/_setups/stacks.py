import aws_cdk as cdk
from aws_cdk import aws_bedrock as bedrock
from aws_cdk import aws_kms as kms
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_s3 as s3
from constructs import Construct

from constructs_lib import (
    Customization,
    CustomModelDeployment,
    ICustomModelDeployment,
    ModelCustomizationJob,
    OutputData,
    TrainingData,
)

app = cdk.App()
NOVA_LITE = bedrock.FoundationModelIdentifier("amazon.nova-lite-v1:0:300k")

import aws_cdk as cdk
from aws_cdk import aws_iam as iam
from aws_cdk import aws_kms as kms
from aws_cdk import aws_s3 as s3

from constructs_lib import ImportedModel, OpenWeightsSource, RollbackBehavior

app = cdk.App()
stack = cdk.Stack(
    app, "Models", env=cdk.Environment(account="111122223333", region="us-east-1")
)
bucket = s3.Bucket.from_bucket_name(stack, "Weights", "open-weights-111122223333")
caller = iam.Role(
    stack, "Caller", assumed_by=iam.ServicePrincipal("lambda.amazonaws.com")
)

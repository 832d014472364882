"""ModelSource.from_training_job at synth: what it renders, whom it allows what, and what it refuses."""

import aws_cdk as cdk
import pytest
from aws_cdk import aws_kms as kms
from aws_cdk import aws_s3 as s3

from constructs_lib import CustomModel, ModelSource
from tests.support.synth import allowed, new_stack, only, statements, template_of, text

MODEL = "Custom::BedrockCustomModel"
JOB = "Nova-Lite-Support"
FILES = ["manifest.json", "output/output/manifest.json", "output/output.tar.gz"]


@pytest.fixture
def stack() -> cdk.Stack:
    return new_stack()


def import_job(stack: cdk.Stack, **arguments: object) -> CustomModel:
    return CustomModel(stack, "Assistant", source=ModelSource.from_training_job(JOB, **arguments))  # type: ignore[arg-type]


class TestTemplate:
    def test_names_the_job_as_the_input(self, stack):
        import_job(stack)
        assert only(template_of(stack), MODEL)["RunInputs"] == {"trainingJob": {"trainingJobName": JOB}}

    @pytest.mark.parametrize("prefix", ["nova/jobs", "/nova/jobs/"])
    def test_says_where_the_job_writes(self, stack, prefix):
        bucket = s3.Bucket.from_bucket_name(stack, "Output", "output")
        import_job(stack, bucket=bucket, prefix=prefix)
        job = only(template_of(stack), MODEL)["RunInputs"]["trainingJob"]
        assert job == {"trainingJobName": JOB, "s3OutputPath": "s3://output/nova/jobs"}

    def test_of_a_bucket_alone_is_its_top(self, stack):
        import_job(stack, bucket=s3.Bucket.from_bucket_name(stack, "Output", "output"))
        assert only(template_of(stack), MODEL)["RunInputs"]["trainingJob"]["s3OutputPath"] == "s3://output"

    def test_is_adopted_only_when_told(self, stack):
        source = ModelSource.from_training_job(JOB)
        CustomModel(stack, "One", source=source)
        CustomModel(stack, "Two", source=source, adopt=True)
        settings = {
            each["Properties"]["Settings"]["Path"]: each["Properties"]["Settings"].get("Adopt")
            for each in template_of(stack)["Resources"].values()
            if each["Type"] == MODEL
        }
        assert settings == {"One": None, "Two": True}


class TestRefused:
    @pytest.mark.parametrize(
        "name",
        ["", "a_b", "-a", "a-", "x" * 64, "arn:aws:sagemaker:us-east-1:123456789012:training-job/nova"],
    )
    def test_a_name_that_no_job_has(self, name):
        with pytest.raises(ValueError, match="name must be 1 to 63 letters"):
            ModelSource.from_training_job(name)

    def test_a_prefix_without_its_bucket(self):
        with pytest.raises(ValueError, match="prefix belongs to a bucket"):
            ModelSource.from_training_job(JOB, prefix="nova")

    def test_a_prefix_that_no_uri_says(self, stack):
        bucket = s3.Bucket.from_bucket_name(stack, "Output", "output")
        with pytest.raises(ValueError, match="prefix must be a key"):
            ModelSource.from_training_job(JOB, bucket=bucket, prefix="a//b")

    def test_a_bucket_of_another_region(self):
        stack = new_stack(env=cdk.Environment(account="123456789012", region="us-east-1"))
        bucket = s3.Bucket.from_bucket_attributes(stack, "Output", bucket_name="output", region="eu-west-1")
        with pytest.raises(ValueError, match="source"):
            import_job(stack, bucket=bucket)


class TestPermissions:
    def test_the_provider_reads_the_job_and_its_manifests_in_buckets_of_the_account(self, stack):
        import_job(stack)
        template = template_of(stack)
        describe = allowed(template, "ModelProvider", "sagemaker:DescribeTrainingJob")
        place = "arn:<AWS::Partition>:sagemaker:<AWS::Region>:<AWS::AccountId>:training-job"
        assert [text(each) for each in describe["Resource"]] == [f"{place}/{JOB}", f"{place}/{JOB.lower()}"]
        read = allowed(template, "ModelProvider", "s3:GetObject")
        assert [text(each) for each in read["Resource"]] == [
            f"arn:<AWS::Partition>:s3:::*/{JOB}/{each}" for each in FILES
        ]
        assert read["Condition"] == {"StringEquals": {"aws:ResourceAccount": {"Ref": "AWS::AccountId"}}}

    def test_of_a_given_bucket_the_provider_reads_that_one_alone(self, stack):
        key = kms.Key.from_key_arn(stack, "Key", f"arn:aws:kms:us-east-1:123456789012:key/{'1' * 36}")
        bucket = s3.Bucket.from_bucket_attributes(stack, "Output", bucket_name="output", encryption_key=key)
        import_job(stack, bucket=bucket, prefix="nova")
        template = template_of(stack)
        read = allowed(template, "ModelProvider", "s3:GetObject")
        files = [f"arn:<AWS::Partition>:s3:::output/nova/{JOB}/{each}" for each in FILES]
        assert ([text(each) for each in read["Resource"]], "Condition" in read) == (files, False)
        listing = allowed(template, "ModelProvider", "s3:ListBucket")
        assert text(listing["Resource"]) == "arn:<AWS::Partition>:s3:::output"
        assert allowed(template, "ModelProvider", "kms:Decrypt")["Resource"] == key.key_arn

    def test_the_service_role_reads_the_escrow_buckets_of_the_account(self, stack):
        import_job(stack)
        allowed = [(each["Action"], text(each["Resource"])) for each in statements(template_of(stack), "ServiceRole")]
        bucket = "arn:<AWS::Partition>:s3:::customer-escrow-<AWS::AccountId>-*"
        assert allowed == [("s3:GetObject", f"{bucket}/*"), ("s3:ListBucket", bucket)]

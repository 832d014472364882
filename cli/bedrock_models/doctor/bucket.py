"""The buckets: there, and in the Region in which Bedrock will read and write them."""

from collections.abc import Iterator
from typing import Any, Final

from bedrock_models.cloudformation.unknown import is_known, logical_id
from bedrock_models.context import Context
from bedrock_models.doctor.finding import Finding, ok, problem, warning
from bedrock_models.doctor.model_resource import ModelResource
from bedrock_models.failures import is_denied, is_missing

# What GetBucketLocation says of the two oldest Regions.
_OLD_NAMES: Final = {None: "us-east-1", "": "us-east-1", "EU": "eu-west-1"}


def check(context: Context, examined: ModelResource) -> Iterator[Finding]:
    """Each bucket once. The source of an import is left out: its bucket belongs to AWS, and answers Bedrock only."""
    uris = [*(data.uri for data in examined.data if data.local is None), examined.output, examined.weights]
    for name in dict.fromkeys(uri.removeprefix("s3://").partition("/")[0] for uri in uris if uri):
        yield _bucket(context, examined, name)


def _bucket(context: Context, examined: ModelResource, name: str) -> Finding:
    here = examined.template.place.region
    if not is_known(name):
        return _unmade(examined, name)
    try:
        region = _region(context.aws.client("s3"), name)
    except context.aws.client("s3").exceptions.ClientError as error:
        if is_missing(error):
            return problem("bucket", f"{name} does not exist", "create it, or correct the URI")
        if is_denied(error) or error.response["Error"]["Code"] == "403":
            return warning("bucket", f"{name} may not be looked at by you, so its Region is not known")
        raise
    if region != here:
        return problem("bucket", f"{name} is in {region}", f"Bedrock reads only buckets of its own Region, {here}")
    return ok("bucket", f"{name} is in {region}")


def _unmade(examined: ModelResource, name: str) -> Finding:
    named = logical_id(name)
    if examined.template.resources.get(named, {}).get("Type") == "AWS::S3::Bucket":
        return ok("bucket", f"{named} is made by this stack, in its Region")
    return warning("bucket", f"{name} is known only at deployment, so it was not checked")


def _region(s3: Any, name: str) -> str:
    told = s3.get_bucket_location(Bucket=name).get("LocationConstraint")
    return _OLD_NAMES.get(told) or str(told)

"""Emulations of the CDK's own Node.js providers, which need a JavaScript SDK that no local Lambda has."""

from collections.abc import Mapping
from typing import Any

from local.aws.patches.names import s3


def _empty_bucket(request_type: str, properties: Mapping[str, Any]) -> None:
    """`auto_delete_objects=True`"""
    bucket = properties["BucketName"]
    record = s3.buckets.value.get(bucket)
    if request_type != "Delete" or record is None:
        return
    record["objects"].clear()
    versions = s3.object_versions.value
    for key in [key for key in versions if key[0] == bucket]:
        del versions[key]


BY_TYPE = {"Custom::S3AutoDeleteObjects": _empty_bucket}

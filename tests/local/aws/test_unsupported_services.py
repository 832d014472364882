"""A request for a service that the local AWS does not have is refused, and keeps nobody waiting."""

import subprocess
import sys
from pathlib import Path

import pytest
from botocore.exceptions import ClientError

from local.aws import RunningAws

ROOT = Path(__file__).parents[3]
# In a process of its own: what is replaced in ministack and botocore stays so.
WITHOUT_MODELS = """
from botocore.session import Session
from local.aws.patches.names import server
from local.aws.patches.unsupported_services import UnsupportedServices

asked = []
Session.get_service_model = lambda self, name, *_: asked.append(name)
UnsupportedServices().apply()
print(server.is_aws_service_name("pricing"), len(asked), server.is_aws_service_name("nobodys"), len(asked) > 400)
"""


def test_no_other_service_answers_for_it(aws: RunningAws) -> None:
    with pytest.raises(ClientError) as raised:
        aws.client("pricing").get_products(ServiceCode="AmazonBedrock")
    # Of Amazon S3, which takes what nobody else does, it would be NoSuchBucket.
    assert raised.value.response["Error"]["Code"] == "400"


def test_models_are_read_only_for_a_name_that_the_sdk_does_not_list() -> None:
    done = subprocess.run([sys.executable, "-c", WITHOUT_MODELS], capture_output=True, text=True, check=True, cwd=ROOT)
    assert done.stdout == "True 0 False True\n"

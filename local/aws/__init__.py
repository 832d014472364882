"""ministack in a process of its own, with our Bedrock in it and CloudFormation as strict as the real one."""

from local.aws.process import LocalAws
from local.aws.running import RunningAws
from local.aws.settings import Settings

__all__ = ["LocalAws", "RunningAws", "Settings"]

"""Security groups and resource tags in ministack."""

from local.aws.patches.names.private_name import Value

security_groups = Value("services.ec2._security_groups", "AccountRegionScopedDict")
tags = Value("services.ec2._tags", "AccountRegionScopedDict")
RESOURCE_TAG_COLLECTORS = Value("services.tagging._RESOURCE_TAG_COLLECTORS", "dict")

"""Amazon Bedrock's control plane for custom models, in memory and driven by botocore's own service model."""

from local.bedrock.access import Access
from local.bedrock.authorization import Permission
from local.bedrock.client import connect, memory_client
from local.bedrock.clock import Clock, ManualClock, ScaledClock
from local.bedrock.errors import ConnectionLost
from local.bedrock.faults import Fault
from local.bedrock.objects import MemoryObjects, Objects
from local.bedrock.profiles import Profile
from local.bedrock.service import Bedrock, Call
from local.bedrock.settings import Quotas, Timings
from local.bedrock.wire import Response

__all__ = [
    "Access",
    "Bedrock",
    "Call",
    "Clock",
    "ConnectionLost",
    "Fault",
    "ManualClock",
    "MemoryObjects",
    "Objects",
    "Permission",
    "Profile",
    "Quotas",
    "Response",
    "ScaledClock",
    "Timings",
    "connect",
    "memory_client",
]

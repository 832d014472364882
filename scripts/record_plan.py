"""Records what `bedrock-models plan` says of `app.py` with an epoch more, against a local AWS that has `app.py`.

`PYTHONPATH=. .venv/bin/python scripts/record_plan.py` writes `docs/_site/plan.txt`, which the guide and the README's
picture show. After it: `.venv/bin/python docs/_site/pictures.py`.
"""

import os
import subprocess
import sys
import tempfile
from pathlib import Path

from local import cdk
from local.aws import LocalAws, RunningAws, Settings

ROOT = Path(__file__).parents[1]
RECORDED = ROOT / "docs" / "_site" / "plan.txt"
# The app as it is committed, with one input changed: what a user does who trains for another epoch.
CHANGED = """\
import pathlib
text = pathlib.Path("app.py").read_text()
assert text.count('"epochCount": 2') == 1
exec(compile(text.replace('"epochCount": 2', '"epochCount": 3'), "app.py", "exec"),
     {"__name__": "__main__", "__file__": str(pathlib.Path("app.py").resolve())})
"""


def main() -> int:
    with tempfile.TemporaryDirectory() as folder, LocalAws(Settings(time_scale=3600)) as aws:
        cdk.bootstrap(aws)
        deployed = str(Path(folder) / "deployed")
        if cdk.run(aws, ["deploy", "--all", "--app", f"{sys.executable} app.py", "--output", deployed]):
            return 1
        RECORDED.write_text(plan(aws, Path(folder)))
    return 0


def plan(aws: RunningAws, folder: Path) -> str:
    """What the command prints of the changed app into a pipe. Raises `RuntimeError` if it cannot."""
    changed, assembly = folder / "changed.py", str(folder / "changed")
    changed.write_text(CHANGED)
    # The validation of the app as it is committed has said the same.
    if cdk.run(aws, ["synth", "--quiet", "--app", cdk.unchecked(changed), "--output", assembly]):
        raise RuntimeError("cdk synth failed")
    planned = subprocess.run(
        [sys.executable, "-m", "bedrock_models", "plan", "--app", assembly],
        env={**os.environ, **aws.env, "PYTHONPATH": os.pathsep.join([str(ROOT / "cli"), str(ROOT)])},
        capture_output=True,
        text=True,
        check=False,
    )
    if planned.returncode:
        raise RuntimeError(planned.stderr)
    return planned.stdout


if __name__ == "__main__":
    sys.exit(main())

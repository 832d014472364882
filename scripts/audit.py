"""Known vulnerabilities among the locked packages, what bandit finds, facts that are old. Run by `make audit`.

pip-audit counts a package that its service does not know as passed. So its report is read here: only if the service
answers for no package at all is it taken to be out of reach. Then nothing was audited, which is neither success nor a
finding: the exit status is 3 (0: audited, no finding; 1: findings).
"""

import datetime as dt
import json
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Final

ROOT: Final = Path(__file__).parents[1]
_BIN: Final = Path(sys.executable).parent

# Assertions narrow types here; ruff's S101 asks for a reason at each.
_BANDIT: Final = ("-q", "-r", "lambda", "constructs_lib", "--skip", "B101")
_PIP_AUDIT: Final = ("-r", "requirements.lock", "--no-deps", "--disable-pip", "--progress-spinner", "off", "-f", "json")
_FACTS: Final = ROOT / "constructs_lib/customization/base_models.json"
_FACTS_HOLD: Final = 183
_NOT_AUDITED: Final = 3
_OUT_OF_REACH: Final = ("Could not connect", "ConnectionError")


def verdict(report: Mapping[str, Any]) -> tuple[bool | None, list[str]]:
    """Whether the report lets the gate pass, None if nothing was audited, and what to say about it."""
    packages: Sequence[Mapping[str, Any]] = report["dependencies"]
    skipped = [package for package in packages if "skip_reason" in package]
    if len(skipped) == len(packages):
        return None, [not_audited(f"the service knows none of the {len(packages)} locked packages")]
    vulnerable = [package for package in packages if package.get("vulns")]
    lines = [
        f"{package['name']} {package['version']}: {found['id']}, fixed in {', '.join(found['fix_versions']) or 'none'}"
        for package in vulnerable
        for found in package["vulns"]
    ] + [package["skip_reason"] for package in skipped]
    return not lines, lines or [f"pip-audit: {len(packages)} packages, no known vulnerability"]


def not_audited(why: str) -> str:
    """A line that nobody takes for success."""
    return f"pip-audit: !!! NOT AUDITED: {why}. Known vulnerabilities would not have been found. !!!"


def _packages() -> tuple[bool | None, list[str]]:
    ran = _run("pip-audit", *_PIP_AUDIT)
    if ran.stdout.lstrip().startswith("{"):
        return verdict(json.loads(ran.stdout))
    if any(sign in ran.stderr for sign in _OUT_OF_REACH):
        return None, [not_audited("the service can't be reached")]
    return False, [ran.stdout + ran.stderr]


def _code() -> tuple[bool, list[str]]:
    ran = _run("bandit", *_BANDIT)
    passed = ran.returncode == 0
    return passed, ["bandit: lambda and constructs_lib, no finding" if passed else ran.stdout + ran.stderr]


def facts(read: dt.date, today: dt.date) -> list[str]:
    """What to say of the facts about base models, which change without anybody telling us."""
    days = (today - read).days
    if days <= _FACTS_HOLD:
        return [f"base models: facts of {read}"]
    where = _FACTS.relative_to(ROOT)
    return [f"base models: !!! {where} is {days} days old: read its sources again, and set the date !!!"]


def _facts() -> tuple[bool, list[str]]:
    read = dt.date.fromisoformat(json.loads(_FACTS.read_text())["read"])
    return True, facts(read, dt.datetime.now(dt.UTC).date())


def _run(tool: str, *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run([_BIN / tool, *arguments], cwd=ROOT, capture_output=True, text=True, check=False)


def status(verdicts: Sequence[bool | None]) -> int:
    """1 if an audit found something, else 3 if one did not run, else 0."""
    if False in verdicts:
        return 1
    return _NOT_AUDITED if None in verdicts else 0


def main() -> int:
    """Runs every audit and prints what each says."""
    results: list[tuple[bool | None, list[str]]] = [_code(), _packages(), _facts()]
    for _, lines in results:
        print("\n".join(lines))
    return status([passed for passed, _ in results])


if __name__ == "__main__":
    sys.exit(main())

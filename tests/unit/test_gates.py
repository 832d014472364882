"""The security gates: rule packs over every app that is deployed from here, and how the audit reads its report."""

import datetime as dt
import importlib.util
import json
from types import ModuleType
from typing import Any

import pytest

from tests.support import rule_packs

NAMES = sorted(path.parent.name for path in (rule_packs.ROOT / "examples").glob("*/app.py"))
MODULES = {"app": "app", **{name: f"examples.{name}.app" for name in NAMES}}

# Findings in `pipelines.CodePipeline`, a construct of the CDK: in roles, a bucket and projects that it makes itself.
PIPELINE = "Pipeline/Pipeline/"
OF_THE_CDK = {
    # Build projects encrypt with the key of AWS, and take their source from the pipeline.
    "AwsSolutions-CB4",
    "HIPAA.Security-CodeBuildProjectSourceRepoUrl",
    "PCI.DSS.321-CodeBuildProjectSourceRepoUrl",
    # What grant_read and grant_read_write of a bucket write, and logs and reports of build projects by prefix.
    "AwsSolutions-IAM5",
    "NIST.800.53.R5-IAMNoInlinePolicy",
    "HIPAA.Security-IAMNoInlinePolicy",
    "PCI.DSS.321-IAMNoInlinePolicy",
    # The artifacts' bucket.
    "AwsSolutions-S1",
    "NIST.800.53.R5-S3BucketLoggingEnabled",
    "NIST.800.53.R5-S3BucketReplicationEnabled",
    "NIST.800.53.R5-S3BucketVersioningEnabled",
    "HIPAA.Security-S3BucketLoggingEnabled",
    "HIPAA.Security-S3BucketReplicationEnabled",
    "HIPAA.Security-S3BucketVersioningEnabled",
    "PCI.DSS.321-S3BucketLoggingEnabled",
    "PCI.DSS.321-S3BucketReplicationEnabled",
    "PCI.DSS.321-S3BucketVersioningEnabled",
}


@pytest.fixture(scope="module")
def found(tmp_path_factory: pytest.TempPathFactory) -> dict[str, set[rule_packs.Finding]]:
    context = json.loads((rule_packs.ROOT / "cdk.json").read_text())["context"]
    found = rule_packs.findings_in(tmp_path_factory.mktemp("nag"), *MODULES.values(), context=context)
    return dict(zip(MODULES, found.values(), strict=True))


@pytest.mark.parametrize("name", MODULES)
def test_no_rule_pack_finds_anything_that_has_no_answer_beside_it(name: str, found: dict[str, Any]) -> None:
    assert sorted(finding for finding in found[name] if not finding[1].startswith(PIPELINE)) == []


def test_what_the_cdks_own_constructs_leave_is_listed_and_no_more(found: dict[str, Any]) -> None:
    rules = {rule.split("[")[0] for rule, path in found["pipeline"] if path.startswith(PIPELINE)}
    assert rules == OF_THE_CDK


@pytest.fixture(scope="module")
def audit() -> ModuleType:
    spec = importlib.util.spec_from_file_location("audit", rule_packs.ROOT / "scripts/audit.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def _package(name: str, *vulns: str, known: bool = True) -> dict[str, Any]:
    if not known:
        return {"name": name, "skip_reason": f"{name} could not be audited"}
    return {"name": name, "version": "1.0", "vulns": [{"id": vuln, "fix_versions": ["1.1"]} for vuln in vulns]}


def test_a_known_vulnerability_fails_the_audit_and_names_the_version_that_mends_it(audit: ModuleType) -> None:
    passed, lines = audit.verdict({"dependencies": [_package("good"), _package("bad", "PYSEC-1")]})
    assert (passed, lines) == (False, ["bad 1.0: PYSEC-1, fixed in 1.1"])


def test_one_package_that_could_not_be_audited_fails_the_audit(audit: ModuleType) -> None:
    passed, lines = audit.verdict({"dependencies": [_package("good"), _package("strange", known=False)]})
    assert (passed, lines) == (False, ["strange could not be audited"])


def test_a_service_that_knows_no_package_at_all_is_neither_success_nor_a_finding(
    audit: ModuleType,
) -> None:
    passed, [line] = audit.verdict({"dependencies": [_package("a", known=False), _package("b", known=False)]})
    assert passed is None
    assert "NOT AUDITED" in line


@pytest.mark.parametrize(
    ("verdicts", "expected"),
    [([True, True], 0), ([True, None], 3), ([False, None], 1), ([False, False, False], 1)],
)
def test_the_exit_status_tells_findings_from_what_was_not_audited(
    audit: ModuleType, verdicts: list[bool | None], expected: int
) -> None:
    assert audit.status(verdicts) == expected


@pytest.mark.parametrize(("today", "is_old"), [("2026-11-26", False), ("2027-05-28", False), ("2027-05-29", True)])
def test_facts_that_nobody_has_read_for_half_a_year_are_told(audit: ModuleType, today: str, is_old: bool) -> None:
    [line] = audit.facts(dt.date(2026, 11, 26), dt.date.fromisoformat(today))
    assert ("!!!" in line) is is_old

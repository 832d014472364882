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

_NO_LOG_BUCKET = (
    "An example brings no bucket for access logs. CloudTrail's data events record who reads what, where an account "
    "has them; server_access_logs_bucket is the other way."
)
_BUCKET = {
    "AwsSolutions-S1": _NO_LOG_BUCKET,
    "S3BucketLoggingEnabled": _NO_LOG_BUCKET,
    "S3BucketReplicationEnabled": "Losses and metrics of a training stay in the Region that it ran in; the model "
    "itself is kept by Amazon Bedrock.",
    "S3DefaultEncryptionKMS": "Encrypted by Amazon S3. It holds losses and metrics, no training data; with "
    "encryption_key the library allows the job to use that key.",
}
_ONE_CALLER = "It is called by one caller, which gets its errors, and it calls Amazon Bedrock at most."
_FUNCTION = {
    "AwsSolutions-IAM4[Policy::arn:<AWS::Partition>:iam::aws:policy/service-role/AWSLambdaBasicExecutionRole]": (
        "The CDK's default: AWS's own policy for writing logs, and nothing else."
    ),
    "IAMNoInlinePolicy": "What the CDK's grants write: a policy that belongs to exactly this role.",
    "LambdaConcurrency": "Reserving would take from what the account of whoever tries the example has left.",
    "LambdaDLQ": f"Never invoked asynchronously. {_ONE_CALLER}",
    "LambdaInsideVPC": f"It reaches AWS APIs only. {_ONE_CALLER}",
}
_TOPIC = {
    "SNSEncryptedKMS": "Its messages name an alarm and a state, and no customer's data; TLS is enforced.",
}
_SILENT_ALARM = {
    "CloudWatchAlarmAction": "The team looks at its alarms in CloudWatch; add_alarms(topic=...) would tell somebody.",
}
_INVOCATION_LOGS = {
    "AwsSolutions-S1": _NO_LOG_BUCKET,
    "S3BucketLoggingEnabled": _NO_LOG_BUCKET,
    "S3BucketReplicationEnabled": "It holds what people asked models, and that stays in the Region that they asked in.",
}

# What the packs find in the examples' own resources, by a part of their paths, and why an example may leave it. In a
# stack of your own, look at each again: most are one argument away.
YOURS_TO_DECIDE = {
    "/Output/": _BUCKET,
    "/Caller/": _FUNCTION,
    "/Grader/": {rule: why for rule, why in _FUNCTION.items() if rule != "IAMNoInlinePolicy"},
    "/Scorer/": {rule: why for rule, why in _FUNCTION.items() if rule != "IAMNoInlinePolicy"},
    "/Alerts/": _TOPIC,
    "/Nightly/": _SILENT_ALARM,
    "/InvocationLogs/": _INVOCATION_LOGS,
}
_PACKS = tuple(f"{pack}-" for pack in ("NIST.800.53.R5", "HIPAA.Security", "PCI.DSS.321"))


@pytest.fixture(scope="module")
def found(tmp_path_factory: pytest.TempPathFactory) -> dict[str, set[rule_packs.Finding]]:
    context = json.loads((rule_packs.ROOT / "cdk.json").read_text())["context"]
    found = rule_packs.findings_in(tmp_path_factory.mktemp("nag"), *MODULES.values(), context=context)
    return dict(zip(MODULES, found.values(), strict=True))


def answer(finding: rule_packs.Finding) -> tuple[str, str] | None:
    """Whose resource it is and the rule, if there is an answer to it."""
    rule, path = finding
    for pack in _PACKS:
        rule = rule.removeprefix(pack)
    return next(((part, rule) for part, answers in YOURS_TO_DECIDE.items() if part in path and rule in answers), None)


@pytest.mark.parametrize("name", MODULES)
def test_no_rule_pack_finds_anything_that_has_no_answer(name: str, found: dict[str, Any]) -> None:
    own = [finding for finding in found[name] if not finding[1].startswith(PIPELINE)]
    assert sorted(finding for finding in own if answer(finding) is None) == []


def test_every_answer_is_to_something_that_is_found(found: dict[str, Any]) -> None:
    given = {answer(finding) for findings in found.values() for finding in findings}
    assert {(part, rule) for part, answers in YOURS_TO_DECIDE.items() for rule in answers} - given == set()


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

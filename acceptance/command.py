"""`python -m acceptance`: asks, runs the steps, cleans up whatever happens, and writes the report."""

import argparse
import signal
import sys
import time
from collections.abc import Sequence
from typing import Final

from botocore.exceptions import BotoCoreError, ClientError

from acceptance import cleanup, options, probes, report
from acceptance.answers import SessionEnded, is_ended
from acceptance.finding import Verdict
from acceptance.probe import PROBES, settle
from acceptance.recording import Recorder
from acceptance.redaction import Redactor, names_in
from acceptance.report import Report, StepReport
from acceptance.run import RecordedAws, Run, new_id
from acceptance.step import STEPS, Step
from bedrock_models import failures
from bedrock_models.arguments import KINDS
from bedrock_models.bedrock import account
from bedrock_models.bedrock.account import Filters
from bedrock_models.failures import Failure
from constructs_lib import _version

REFUTED: Final = 1
USAGE: Final = 2
LEFT_BEHIND: Final = 3
INCOMPLETE: Final = 4
_BOOTSTRAP: Final = "CDKToolkit"
_RUNNING: Final = ("InProgress", "Stopping")

__all__ = ["main", "probes"]


def main(arguments: Sequence[str] | None = None) -> int:
    """0: all steps ran and nothing was refuted; 1: refuted; 2: not begun; 3: left behind; 4: a step did not run."""
    # What ends the process from outside has to clean up as Ctrl-C does.
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    given = options.read(arguments)
    try:
        run = _run(given)
        if given.clean:
            return _clean(run)
        _require_usable(run, given)
    except (Failure, SessionEnded) as refusal:
        return _complain(str(refusal))
    except (ClientError, BotoCoreError) as error:
        return _complain(failures.explain(error))
    except KeyboardInterrupt:
        return 130
    return _Course(run, given).whole()


def _run(given: argparse.Namespace) -> Run:
    recorder, number = Recorder(), new_id()
    aws = RecordedAws(
        recorder, profile=given.profile or None, region=given.region, endpoint_url=given.endpoint_url or None
    )
    if not aws.region or not aws.account:
        raise Failure("a Region and an account are needed")
    run = Run(
        id=number,
        aws=aws,
        recorder=recorder,
        folder=given.folder / number,
        base_model=given.base_model,
        source=given.source,
        swap_source=given.swap_source,
        weights=given.weights,
        profile=given.profile,
        endpoint_url=given.endpoint_url,
        pause=given.pause,
        say=lambda text: print(text, flush=True),
    )
    run.folder.mkdir(parents=True, exist_ok=True)
    return run


def _require_usable(run: Run, given: argparse.Namespace) -> None:
    """Raises `Failure` for an account in which a run would fail, or meet what is somebody's."""
    if cleanup.stacks(run) or cleanup.tagged(run) or cleanup.imports(run):
        raise Failure(
            "an earlier acceptance run left something in this account and Region; remove it with: "
            f"make acceptance CLEAN=1 REGION={run.aws.region}"
        )
    found = _ours(run)
    if found and not given.allow_existing:
        raise Failure(
            f"the account must hold nothing that these constructs made, got {len(found)}: {', '.join(found[:5])}; use "
            "another account or Region, or say ALLOW_EXISTING=1: what is there is not touched, but it shares quotas"
        )
    if any(number > 0 for number in given.steps) and not _is_bootstrapped(run):
        raise Failure(
            f"the account must be bootstrapped for the CDK, got no stack {_BOOTSTRAP}; run: cdk bootstrap "
            f"aws://{run.aws.account}/{run.aws.region}"
        )


def _ours(run: Run) -> list[str]:
    """What carries the constructs' tags, but for the records of ended jobs, which stay for ever and cost nothing."""
    found: list[str] = []
    for kind in KINDS:
        filters = [Filters(status=status) for status in _RUNNING] if kind == "jobs" else [Filters()]
        listed = [each for some in filters for each in account.resources(run.bedrock, kind, some)]
        found += [each.name for each in account.with_tags(run.bedrock, listed) if each.is_ours]
    return found


def _is_bootstrapped(run: Run) -> bool:
    try:
        return bool(run.cloudformation.describe_stacks(StackName=_BOOTSTRAP)["Stacks"])
    except ClientError as error:
        if failures.is_denied(error) or is_ended(error):
            raise
        return False


def _clean(run: Run) -> int:
    left = cleanup.clean(run)
    for each in left:
        run.say(f"LEFT: {each.what}: {each.why}\n      {each.command}")
    run.say("Something is left." if left else "Nothing of an acceptance run is left in this account and Region.")
    return LEFT_BEHIND if left else 0


def _complain(text: str) -> int:
    sys.stderr.write(f"acceptance: {text}\n")
    return USAGE


class _Course:
    """One run through the steps, to its report."""

    def __init__(self, run: Run, given: argparse.Namespace) -> None:
        self.run, self.given = run, given
        self.spent = 0.0
        self.report = Report(run=run.id, library=_version.__version__, region=run.aws.region, base_model=run.base_model)

    def whole(self) -> int:
        """The exit status. Cleans up after everything, a second Ctrl-C only keeps it from being waited for."""
        redact = self._redactor()
        try:
            self._steps()
        except KeyboardInterrupt:
            self.run.say("Interrupted: cleaning up. Ctrl-C again leaves what is still there.")
        except (SessionEnded, ClientError, BotoCoreError) as error:
            text = failures.explain(error) if not isinstance(error, SessionEnded) else str(error)
            self.run.say(f"Stopped: {text}")
        finally:
            self._clean_up()
            self.report.denied = self.run.denied
            report.write(self.report, self.run.recorder.exchanges, self.run.folder, redact)
        return self._conclusion()

    def _redactor(self) -> Redactor:
        caller = self.run.aws.client("sts").get_caller_identity()["Arn"]
        names = {caller: "arn:aws:iam::111122223333:user/caller", self.run.profile: "profile"}
        return Redactor(
            {
                **names,
                **names_in(self.run.weights, "weights"),
                **names_in(self.run.swap_source, "second-artifacts"),
                **names_in(self.run.source, "artifacts"),
            }
        )

    def _steps(self) -> None:
        for step in (STEPS[number] for number in self.given.steps):
            done = StepReport(number=step.number, title=step.title, state="skipped", why=self._why_not(step))
            self.report.steps.append(done)
            if done.why:
                self.run.say(f"Step {step.number} ({step.title}) is skipped: {done.why}")
                continue
            self.spent += step.most
            begun, done.state = time.monotonic(), "interrupted"
            try:
                self._probe(step)
                denied = self.run.denied
                done.state, done.why = ("done", f"not allowed: {', '.join(denied)}" if denied else "")
            except SessionEnded as ended:
                done.why = str(ended)
                raise
            finally:
                done.seconds = round(time.monotonic() - begun, 1)

    def _why_not(self, step: Step) -> str:
        """Why a step is not run; asks if nothing else speaks against it."""
        if step.needs_source and not self.run.source:
            return "SOURCE=s3://... must name the artifacts to import, got none"
        if step.needs_weights and not self.run.weights:
            return "WEIGHTS=s3://... must name the folder of open weights to import, got none"
        if step.most and self.spent + step.most > self.given.budget:
            return (
                f"it costs up to {step.most:.2f} USD, and {self.given.budget - self.spent:.2f} USD of the budget are "
                "left"
            )
        if step.number > STEPS[1].number and not step.needs_weights and not self._has_base_model():
            return f"{self.run.base_model} is no base model of {self.run.aws.region}; name another with BASE_MODEL="
        return "" if self._is_agreed(step) else "not agreed to"

    def _has_base_model(self) -> bool:
        try:
            self.run.bedrock.get_foundation_model(modelIdentifier=self.run.base_model)
        except ClientError as error:
            if failures.is_denied(error) or is_ended(error):
                raise
            return False
        return True

    def _is_agreed(self, step: Step) -> bool:
        cost = f"up to {step.most:.2f} USD" if step.most else "nothing"
        self.run.say(f"\nStep {step.number}: {step.title}. It costs {cost}: {step.because}. It takes {step.minutes}.")
        if self.given.yes or not step.most:
            return True
        try:
            return input("Go on? [y/N] ").strip().lower() in ("y", "yes")
        except EOFError:
            self.run.say("Nobody answers; YES=1 goes on without asking.")
            return False

    def _probe(self, step: Step) -> None:
        for probe in (each for each in PROBES.values() if each.step == step.number):
            for finding in settle(probe, self.run):
                self.report.findings.append(finding)
                brief = " ".join(finding.answer.split())[:160]
                self.run.say(f"  {finding.verdict:9}  {finding.assumption}: {brief}")

    def _clean_up(self) -> None:
        self.run.say("\nCleaning up.")
        try:
            self.report.left = cleanup.clean(self.run)
        except KeyboardInterrupt:
            command = f"make acceptance CLEAN=1 REGION={self.run.aws.region}"
            why = "the clean-up was interrupted"
            self.report.left = [cleanup.Left(what="what the run had made", why=why, command=command)]
        for each in self.report.left:
            self.run.say(f"  LEFT: {each.what}: {each.why}\n        {each.command}")

    def _conclusion(self) -> int:
        counts = ", ".join(f"{len(self.report.of(verdict))} {verdict}" for verdict in Verdict)
        self.run.say(f"\n{counts}. The report: {self.run.folder / 'report.md'}")
        if self.report.left:
            return LEFT_BEHIND
        is_whole = all(each.state == "done" and not each.why for each in self.report.steps)
        if len(self.report.steps) < len(self.given.steps) or not is_whole:
            return INCOMPLETE
        return REFUTED if self.report.of(Verdict.REFUTED) else 0

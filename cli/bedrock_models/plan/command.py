"""`bedrock-models plan`: reads the assembly and the account, plays the deployment through, and tells."""

import json
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Final

from botocore.exceptions import BotoCoreError, ClientError, NoCredentialsError

from bedrock_models.arguments import Options
from bedrock_models.bedrock import job_quota
from bedrock_models.bedrock import run as training
from bedrock_models.bedrock.resource import Resource
from bedrock_models.cloudformation.physical import Place
from bedrock_models.context import Context, OnDemand
from bedrock_models.failures import Failure
from bedrock_models.plan import as_json, assembly, cost, lines, markdown, provider_code, report, step, synthesis
from bedrock_models.plan.assembly import SynthesizedStack
from bedrock_models.plan.aws.bedrock import Quota
from bedrock_models.plan.aws.without_credentials import NothingThere, TrainingAssumed
from bedrock_models.plan.deployed import Deployed, NothingDeployed
from bedrock_models.plan.planner import Apis, Planner, quota_of
from bedrock_models.plan.price_list import PriceList
from bedrock_models.plan.report import Planned, Report
from bedrock_models.plan.stack_plan import AssumedCheck
from bedrock_models.plan.step import Action, Step

REFUSED_CODE: Final = 1
FAILED_ON_CODE: Final = 3
TOO_DEAR_CODE: Final = 4
_THREADS: Final = 8
_NO_ACCOUNT: Final = "000000000000"
_OFFLINE: Final = (
    "no credentials: nothing was asked of AWS. The plan takes everything for new; give --profile to plan against an "
    "account"
)


def run(options: Options, context: Context) -> int:
    """Tells the plan, and by its exit code what of it the options object to."""
    with synthesis.assembly(options.app) as directory:
        told = _report(options, context, directory)
    _tell(options, context, told)
    return _code(options, context, told)


def _report(options: Options, context: Context, directory: Path) -> Report:
    synthesized = assembly.read(directory)
    provider_code.require_same(directory)
    account = _account(context)
    stacks, elsewhere = _of_this_account(context, assembly.chosen(synthesized, options.stack), account, options.stack)
    with_models = [each for each in stacks if each.has_models or account]
    planner = _planner(options, context, account, any(each.has_models for each in with_models))
    event = planner.plan(with_models, among=_of_this_account(context, synthesized, account, ())[0])
    planned = list(_planned(context, step.of(event)))
    checks = planner.assumed_checks(with_models)
    return Report(
        at=context.now(),
        account=account,
        region=context.aws.region,
        stacks=tuple(each.display_name for each in stacks),
        planned=tuple(planned),
        notes=(*_notes(planner, stacks, elsewhere, account), *map(_assumption, checks)),
        checks=tuple(checks),
    )


def _account(context: Context) -> str:
    """Whose credentials these are; empty without any."""
    try:
        return str(context.aws.account)
    except NoCredentialsError:
        return ""


def _of_this_account(
    context: Context, stacks: Sequence[SynthesizedStack], account: str, named: Sequence[str]
) -> tuple[list[SynthesizedStack], list[SynthesizedStack]]:
    """Those that these credentials deploy, and those of other accounts or Regions, which must not have been named."""
    region = context.aws.region
    here = [each for each in stacks if each.region in ("", region) and (not account or each.account in ("", account))]
    elsewhere = [each for each in stacks if each not in here]
    if elsewhere and (named or not here):
        first = elsewhere[0]
        raise Failure(
            f"the stack {first.display_name!r} is for {first.account or 'any account'} in "
            f"{first.region or 'any Region'}, and these credentials are for {account or 'no account'} in {region}; use "
            "another --profile or --region"
        )
    return here, elsewhere


def _planner(options: Options, context: Context, account: str, has_models: bool) -> Planner:
    bedrock = context.aws.client("bedrock")
    place = Place(account=account or _NO_ACCOUNT, region=context.aws.region, partition=str(bedrock.meta.partition))
    parameters = _parameters(options.parameters)
    if not account:
        nothing = NothingThere(bedrock)
        apis = Apis(
            bedrock=nothing,
            cloudformation=nothing,
            states=nothing,
            iam=nothing,
            ec2=nothing,
            ssm=nothing,
            sagemaker=TrainingAssumed(),
            s3=TrainingAssumed(),
        )
        return Planner.of(
            apis, place=place, deployed=NothingDeployed(), at=context.now(), quota=Quota(), parameters=parameters
        )
    apis = Apis(
        bedrock=bedrock,
        cloudformation=context.aws.client("cloudformation"),
        states=context.aws.client("stepfunctions"),
        iam=context.aws.client("iam"),
        ec2=context.aws.client("ec2"),
        ssm=context.aws.client("ssm"),
        sagemaker=OnDemand(lambda: context.aws.client("sagemaker")),
        s3=OnDemand(lambda: context.aws.client("s3")),
    )
    full = quota_of(bedrock, job_quota.read(context)) if has_models else Quota()
    deployed = Deployed(apis.cloudformation)
    return Planner.of(apis, place=place, deployed=deployed, at=context.now(), quota=full, parameters=parameters)


def _parameters(given: Sequence[str]) -> dict[str, dict[str, str]]:
    """By stack, as the CDK CLI takes them: `NAME=VALUE` or `STACK:NAME=VALUE`."""
    found: dict[str, dict[str, str]] = {}
    for text in given:
        name, equals, value = text.partition("=")
        if not equals or not name:
            raise Failure(f"--parameters must be NAME=VALUE or STACK:NAME=VALUE, got {text!r}")
        stack, _, name = name.rpartition(":")
        found.setdefault(stack, {})[name] = value
    return found


def _planned(context: Context, steps: Sequence[Step]) -> Iterator[Planned]:
    listed = PriceList(context, context.aws.region)
    finished = _finished(context, steps)
    with ThreadPoolExecutor(_THREADS) as threads:
        trainings = [*threads.map(lambda each: cost.training_of(context, each), steps)]
    for each, found in zip(steps, trainings, strict=True):
        kind = str(each.event.new.get("RunInputs", {}).get("customizationType", "FINE_TUNING"))
        usual = training.typical_of(finished, each.base_model, kind) if each.action is Action.TRAIN else None
        yield Planned(
            step=each,
            training=found,
            costs=tuple(cost.of(each, found, cost.units_of(context, each), listed)),
            usual=usual,
            warnings=tuple(report.warnings(each, usual)),
        )


def _finished(context: Context, steps: Sequence[Step]) -> list[Resource]:
    if not any(each.action is Action.TRAIN for each in steps):
        return []
    try:
        return list(training.finished(context.aws.client("bedrock")))
    except (ClientError, BotoCoreError):
        return []


def _notes(
    planner: Planner, stacks: Sequence[SynthesizedStack], elsewhere: Sequence[SynthesizedStack], account: str
) -> Iterator[str]:
    if not account:
        yield _OFFLINE
    for each in elsewhere:
        yield (
            f"{each.display_name} is for {each.account or 'any account'} in {each.region or 'any Region'} and was not "
            "looked at; plan it with the --profile and --region of its own"
        )
    for name in (
        name for stack in stacks if planner.knows(stack.name) for name in planner.stack_plan(stack.name).unexamined
    ):
        yield f"the template of the nested stack {name} is not in the assembly, so it was not looked at"
    for stack in stacks:
        if planner.knows(stack.name) and planner.stack_plan(stack.name).shares_nothing:
            yield (
                f"nothing of the deployed stack {stack.display_name} is in this assembly: it may be another app's, "
                "and a deployment would replace all of it"
            )
    for action in planner.recorder.denied:
        yield f"these credentials may not do {action}: allow it, and the plan tells more"


def _assumption(check: AssumedCheck) -> str:
    return (
        f"assumed: the model passes the check {check.path} of {check.stack}; if it does not, the deployment fails, "
        "what served before still serves, and the new model is kept"
    )


def _tell(options: Options, context: Context, told: Report) -> None:
    if options.json:
        context.say(json.dumps(as_json.of(told), indent=2))
    elif options.markdown:
        context.say(markdown.of(told))
    else:
        lines.show(context, told, verbose=options.verbose)


def _code(options: Options, context: Context, told: Report) -> int:
    objected = [each.step for each in told.planned if each.step.words & set(options.fail_on)]
    if objected:
        named = ", ".join(f"{each.path} ({each.action})" for each in objected)
        _complain(options, context, f"--fail-on {','.join(options.fail_on)}: {named}")
        return FAILED_ON_CODE
    if options.max_cost is not None and (told.first_month > options.max_cost or told.unpriced):
        unknown = f", and {told.unpriced} more whose price is not known" if told.unpriced else ""
        text = f"--max-cost {options.max_cost:g}: about {told.first_month:,.2f} USD in the first month{unknown}"
        _complain(options, context, text)
        return TOO_DEAR_CODE
    return REFUSED_CODE if any(each.step.action is Action.REFUSE for each in told.planned) else 0


def _complain(options: Options, context: Context, text: str) -> None:
    """Under a document for programs there is no room for it: there the exit code tells."""
    if not options.json and not options.markdown:
        context.say(text, style="bold red")

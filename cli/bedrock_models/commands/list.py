"""`bedrock-models list`: what there is, how it stands, what it comes from, whose it is."""

import json
from collections.abc import Iterable, Mapping
from datetime import timedelta
from typing import Any, Final

from rich.text import Text

from bedrock_models import contract, times
from bedrock_models.arguments import Options
from bedrock_models.bedrock import account, invocation_logging, root_stack
from bedrock_models.bedrock.account import Filters
from bedrock_models.bedrock.lifecycle import Lifecycle
from bedrock_models.bedrock.resource import Resource, model_id
from bedrock_models.commands import end_of_life, imported_models, logging_line, model_checks
from bedrock_models.context import Context
from bedrock_models.failures import Failure
from bedrock_models.screen import show_rows, status_text

_TITLES: Final = {
    "models": "Custom models",
    "jobs": "Customization jobs",
    "deployments": "Custom model deployments",
    "throughput": "Provisioned Throughput",
    "imported-models": "Imported models",
}


def run(options: Options, context: Context) -> int:
    """Prints a table for each kind, or one JSON list."""
    if options.kind == invocation_logging.KIND:
        _logging_alone(options, context)
        return 0
    filters = _filters(options, context)
    found = {kind: _found(kind, options, filters, context) for kind in _kinds(options, context)}
    checked = model_checks.of_models(context, found.get("models", []))
    if options.json:
        known = end_of_life.lives(context)
        plain = [
            {
                **_plain(each, known),
                "checks": checked.plain(each),
                "customModelUnits": imported_models.plain(context, each),
            }
            for listed in found.values()
            for each in listed
        ]
        context.say(json.dumps(plain, indent=2))
        return 0
    for number, (kind, listed) in enumerate(found.items()):
        if number:
            context.say()
        _show(kind, listed, context)
        if kind == "models":
            model_checks.show(context, listed, checked)
        if kind == "imported-models":
            imported_models.show(context, listed)
    if _shows_logging(options):
        context.say()
        logging_line.show(context)
    everything = [each for listed in found.values() for each in listed]
    end_of_life.say(context, everything, timedelta(days=options.ends_within))
    return 0


def _logging_alone(options: Options, context: Context) -> None:
    if options.json:
        context.say(json.dumps(logging_line.plain(context), indent=2))
    else:
        logging_line.show(context)


def _shows_logging(options: Options) -> bool:
    """Only beside everything: it has neither a name nor a model, by which a list is narrowed."""
    given = (options.kind, options.name_contains, options.status, options.created_after, options.created_before)
    return not any((*given, options.base_model, options.owned, options.shared, options.stack))


def _kinds(options: Options, context: Context) -> Iterable[str]:
    if options.owned or options.shared:
        return account.kinds(options.kind or "models")
    if options.kind or not options.status:
        return account.kinds(options.kind)
    bedrock = context.aws.client("bedrock")
    having = [kind for kind in account.kinds(None) if options.status in account.statuses(bedrock, kind)]
    if not having:
        known = sorted({status for kind in account.kinds(None) for status in account.statuses(bedrock, kind)})
        raise Failure(f"--status must be one of {', '.join(known)}, got {options.status!r}")
    return having


def _filters(options: Options, context: Context) -> Filters:
    try:
        after, before = (
            times.point(text, context.now()) if text else None
            for text in (options.created_after, options.created_before)
        )
    except ValueError as error:
        raise Failure(str(error)) from None
    return Filters(
        name_contains=options.name_contains,
        status=options.status,
        created_after=after,
        created_before=before,
        owned=True if options.owned else False if options.shared else None,
        oldest_first=options.sort == "oldest",
    )


def _found(kind: str, options: Options, filters: Filters, context: Context) -> list[Resource]:
    bedrock = context.aws.client("bedrock")
    listed = root_stack.named(context, account.with_tags(bedrock, account.resources(bedrock, kind, filters)))
    if options.base_model:
        wanted = options.base_model.partition("foundation-model/")[2] or options.base_model
        listed = [each for each in listed if wanted in (each.base_model or each.model_arn)]
    return [each for each in listed if options.stack in (None, each.stack, contract.stack_name(each.stack_id))]


def _show(kind: str, listed: list[Resource], context: Context) -> None:
    if not listed:
        context.say(f"{_TITLES[kind]}: none")
        return
    columns = ("Name", "Status", _origin(kind), "Age", "Stack")
    show_rows(context.screen, f"{_TITLES[kind]} ({len(listed)})", columns, [_row(each, context) for each in listed])


def _origin(kind: str) -> str:
    return {"deployments": "Model", "imported-models": "Architecture"}.get(kind, "Base model")


def _row(each: Resource, context: Context) -> tuple[Text, ...]:
    age = times.age(each.created, context.now())
    origin = each.base_model or model_id(each.model_arn)
    stack = each.stack or ("(not ours)" if not each.is_ours else "?")
    return Text(each.name), status_text(each.status), Text(origin), Text(age), Text(stack)


def _plain(each: Resource, known: Mapping[str, Lifecycle]) -> dict[str, Any]:
    life = end_of_life.of(known, each)
    return {
        "kind": each.kind,
        "name": each.name,
        "arn": each.arn,
        "status": each.status,
        "created": times.stamp(each.created),
        "baseModel": each.base_model or None,
        "baseModelStatus": life.status if life else None,
        "baseModelEnds": times.stamp(life.end) if life and life.end else None,
        "customizationType": each.customization or None,
        "modelArn": each.model_arn or None,
        "stack": each.stack or None,
        "stackId": each.stack_id or None,
        "tags": dict(each.tags),
    }

"""`bedrock-models orphans`: shows what was left behind and what it costs, and deletes it when told to."""

import json
from collections import Counter
from collections.abc import Sequence
from dataclasses import asdict
from datetime import timedelta
from typing import Final

from bedrock_models.arguments import Options
from bedrock_models.bedrock import prices
from bedrock_models.commands import confirmation, end_of_life
from bedrock_models.commands.orphans import orphan, removal
from bedrock_models.commands.orphans.orphan import Orphan
from bedrock_models.context import Context

_INDENT: Final = 12
_NOTHING_UNNAMED: Final = "Nothing to delete: what there is goes only when it is named; see: bedrock-models orphans"


def run(options: Options, context: Context) -> int:
    """0 when done; 1 if something could not be deleted."""
    orphans = [each for each in orphan.find(context) if options.stack in (None, each.stack)]
    names = [*options.names, *(options.delete or ())]
    if options.delete is None and names:
        orphans = removal.choose(context, orphans, names)
    if options.json:
        context.say(json.dumps([asdict(each) for each in orphans], indent=2))
    elif options.delete is None:
        _show(orphans, context)
        end_of_life.say(context, orphan.ours(context), timedelta(days=options.ends_within))
    return 0 if options.delete is None else _delete(orphans, names, options, context)


def _show(orphans: Sequence[Orphan], context: Context) -> None:
    if not orphans:
        context.say("No orphans: every model, run, deployment and throughput of the constructs has its stack.")
        return
    kinds = Counter(each.kind for each in orphans)
    context.say("Left behind: " + ", ".join(_count(kind, number) for kind, number in kinds.items()), style="bold")
    for each in orphans:
        context.say(f"{each.kind:<{_INDENT}}{each.name}")
        for label, text in (("why", each.why), ("costs", each.cost), ("goes", _goes(each))):
            context.say(f"{'':<{_INDENT}}{label:<6} {text}", style="dim")
    context.say()
    context.say(f"Prices of {prices.AS_OF} for {prices.REGION}, where known; all others: {prices.PAGE}", style="dim")
    context.say("delete: bedrock-models orphans --delete [NAME ...]    keep: bedrock-models adopt ARN", style="dim")


def _count(kind: str, number: int) -> str:
    return f"{number} {kind}" if number == 1 or kind == "throughput" else f"{number} {kind}s"


def _goes(each: Orphan) -> str:
    return f"when named ({each.named_only})" if each.named_only else "with --delete"


def _delete(orphans: Sequence[Orphan], names: Sequence[str], options: Options, context: Context) -> int:
    chosen = removal.choose(context, orphans, names)
    if not chosen:
        context.say(_NOTHING_UNNAMED if orphans else "Nothing to delete: there are no orphans.")
        return 0
    for each in chosen:
        context.say(f"{removal.verb(each):<7} {each.kind:<{_INDENT}}{each.name}  ({each.why})")
        context.say(f"{'':<8}{'':<{_INDENT}}{each.arn}", style="dim")
    if not options.yes and not _agreed(len(chosen), context):
        context.say("Nothing was deleted.")
        return 0
    return 1 if removal.remove(context, chosen) else 0


def _agreed(count: int, context: Context) -> bool:
    question = f"This cannot be undone. Type {count} to go on: "
    return confirmation.is_given(context, question, str(count), doing="the deletion")

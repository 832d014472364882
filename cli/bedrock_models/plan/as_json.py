"""The plan as JSON: `version` changes when a member changes its meaning or goes; new ones may come at any time."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, Final

from bedrock_models import times
from bedrock_models.plan.aws.recorder import Write
from bedrock_models.plan.cost import HOUR, MONTH, ONCE, Cost
from bedrock_models.plan.report import Planned, Report

VERSION: Final = 1


def of(told: Report) -> dict[str, Any]:
    """The whole document."""
    return {
        "version": VERSION,
        "at": times.stamp(told.at),
        "account": told.account or None,
        "region": told.region,
        "stacks": list(told.stacks),
        "steps": [_step(each) for each in told.planned],
        "totals": {
            "actions": {str(action): count for action, count in told.counted.items()},
            "usdOnce": round(told.total(ONCE), 2),
            "usdMonth": round(told.total(MONTH), 2),
            "usdHour": round(told.total(HOUR), 2),
            "usdFirstMonth": round(told.first_month, 2),
            "unpriced": told.unpriced,
        },
        "notes": list(told.notes),
        "checks": [
            {"stack": each.stack, "path": each.path, "logicalId": each.logical_id, "assumed": "passed"}
            for each in told.checks
        ],
    }


def _step(each: Planned) -> dict[str, Any]:
    step, existing, old = each.step, each.step.existing, each.step.replaces
    return {
        "stack": step.stack,
        "path": step.path,
        "logicalId": step.logical_id,
        "kind": step.noun,
        "action": str(step.action),
        "paid": step.is_paid,
        "name": step.name,
        "text": step.text,
        "queued": step.queued or None,
        "attempt": {"number": step.attempt, "of": step.attempts} if step.attempt else None,
        "changes": [
            {"kind": change.kind, "name": change.name, "path": change.path, "old": change.old, "new": change.new}
            for change in step.changes
        ],
        "existing": {"name": existing.name, "status": existing.status, "created": _stamp(existing.created)}
        if existing
        else None,
        "replaces": {
            "name": old.name,
            "action": str(old.action),
            "text": old.text,
            "calls": _calls(old.writes),
        }
        if old
        else None,
        "calls": _calls(step.writes),
        "data": _data(each),
        "costs": [_cost(cost) for cost in each.costs],
        "usual": _usual(each),
        "timeoutSeconds": step.timeout_seconds or None,
        "warnings": list(each.warnings),
    }


def _calls(writes: Sequence[Write]) -> list[dict[str, str]]:
    return [{"operation": write.operation, "target": write.target} for write in writes]


def _data(each: Planned) -> dict[str, Any] | None:
    size = each.training.size if each.training else None
    if each.training is None or size is None:
        return None
    return {
        "source": size.source,
        "records": size.records,
        "characters": size.characters,
        "tokens": size.tokens,
        "epochs": each.training.epochs,
        "isEstimate": size.is_estimate,
    }


def _cost(cost: Cost) -> dict[str, Any]:
    binds = int(cost.binds.total_seconds() // 3600) if cost.binds else None
    return {
        "what": cost.what,
        "per": cost.per,
        "usd": cost.usd,
        "madeOf": cost.made_of,
        "source": cost.source or None,
        "bindsHours": binds,
        "units": cost.units,
        "usdPerUnit": cost.unit.most if cost.unit else None,
    }


def _usual(each: Planned) -> dict[str, Any] | None:
    if each.usual is None:
        return None
    return {
        "runs": each.usual.runs,
        "medianSeconds": int(each.usual.whole.total_seconds()),
        "shortestSeconds": int(each.usual.shortest.total_seconds()),
        "longestSeconds": int(each.usual.longest.total_seconds()),
    }


def _stamp(at: datetime | None) -> str | None:
    return times.stamp(at) if at else None

"""The report: Markdown for people, JSON for programs, recordings for tests; redacted, so that it can be attached."""

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, Final

from acceptance import register
from acceptance.cleanup import Left
from acceptance.finding import Finding, Verdict
from acceptance.redaction import Redactor, to_json

VERSION: Final = 1
_LONGEST: Final = 300


@dataclass(kw_only=True)
class StepReport:
    """`state` is "done", "skipped" or "interrupted"; `why` says why it was not done."""

    number: int
    title: str
    state: str
    why: str = ""
    seconds: float = 0


@dataclass(kw_only=True)
class Report:
    """What came of one run."""

    run: str
    library: str
    region: str
    base_model: str
    steps: list[StepReport] = field(default_factory=list)
    findings: list[Finding] = field(default_factory=list)
    denied: list[str] = field(default_factory=list)
    left: list[Left] = field(default_factory=list)

    def of(self, verdict: Verdict) -> list[Finding]:
        """The findings with this verdict."""
        return [each for each in self.findings if each.verdict is verdict]


def write(report: Report, exchanges: Sequence[dict[str, Any]], folder: Path, redact: Redactor) -> None:
    """report.json, report.md and recordings.json."""
    folder.mkdir(parents=True, exist_ok=True)
    whole = {"version": VERSION, **asdict(report)}
    (folder / "report.json").write_text(to_json(whole, redact) + "\n", encoding="utf-8")
    recorded = {"version": VERSION, "run": report.run, "exchanges": exchanges}
    (folder / "recordings.json").write_text(to_json(recorded, redact) + "\n", encoding="utf-8")
    (folder / "report.md").write_text(redact(_markdown(report)), encoding="utf-8")


def _markdown(report: Report) -> str:
    known = register.read()
    lines = [
        f"# Acceptance run {report.run}",
        "",
        f"Version {report.library}, Region {report.region}, base model `{report.base_model}`. "
        + ", ".join(f"{len(report.of(verdict))} {verdict}" for verdict in Verdict)
        + ".",
        "",
        "| step | | |",
        "|---|---|---|",
        *(f"| {each.number}. {each.title} | {each.state} | {_cell(each.why)} |" for each in report.steps),
    ]
    if report.denied:
        lines += ["", f"Not allowed: {', '.join(report.denied)}."]
    for verdict in (Verdict.REFUTED, Verdict.OPEN, Verdict.CONFIRMED):
        found = report.of(verdict)
        if found:
            lines += ["", f"## {verdict.capitalize()}", "", "| assumption | claim | answer |", "|---|---|---|"]
            lines += [
                f"| `{each.assumption}` | {known[each.assumption].claim} | {_cell(each.answer)} |" for each in found
            ]
    if report.left:
        lines += ["", "## Left behind", "", "| what | why | command |", "|---|---|---|"]
        lines += [f"| {each.what} | {_cell(each.why)} | `{each.command}` |" for each in report.left]
    return "\n".join(lines) + "\n"


def _cell(text: str) -> str:
    line = " ".join(text.split()).replace("|", "\\|")
    return line if len(line) <= _LONGEST else f"{line[:_LONGEST]}..."


def read(folder: Path) -> dict[str, Any]:
    """report.json of a run."""
    found: dict[str, Any] = json.loads((folder / "report.json").read_text(encoding="utf-8"))
    return found

"""Writes the tables of docs/reference/base-models.md from constructs_lib/customization/base_models.json.

python scripts/base_models_page.py          writes them
python scripts/base_models_page.py --check  exits with 1 if the committed page differs
"""

import json
import sys
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[1]
PAGE = ROOT / "docs/reference/base-models.md"
BEGIN, END = "<!-- from base_models.json -->", "<!-- end -->"
NAMES = {"FINE_TUNING": "fine-tuning", "DISTILLATION": "distillation", "REINFORCEMENT_FINE_TUNING": "reinforcement"}


def wanted() -> str:
    """The page with its tables as the data has them now."""
    before, _, rest = PAGE.read_text().partition(BEGIN)
    _, _, after = rest.partition(END)
    data = json.loads((ROOT / "constructs_lib/customization/base_models.json").read_text())
    return "".join([before, BEGIN, "\n\n", *_tables(data), END, after])


def _tables(data: dict[str, Any]) -> list[str]:
    sources = ", ".join(f"[{name.replace('_', ' ')}]({url})" for name, url in data["sources"].items())
    parts = [f"Read on {data['read']} from {sources}.\n\n"]
    parts += _table(("base model", "id", "customizations"), [_model(each) for each in data["models"]])
    parts += _table(("teacher", "students", "Region"), [_pair(each) for each in data["distillation"]])
    rows = [_bound(data, each, name) for each in data["hyper_parameters"] for name in data["hyper_parameters"][each]]
    parts += _table(("models", "hyperparameter", "values", "default"), rows)
    gone = ", ".join(each["name"] for each in data["ended"])
    return [*parts, f"No longer a base model or a teacher: {gone}.\n\n"]


def _table(head: tuple[str, ...], rows: list[tuple[str, ...]]) -> list[str]:
    lines = [head, tuple("---" for _ in head), *rows]
    return [*(f"| {' | '.join(line)} |\n" for line in lines), "\n"]


def _model(each: dict[str, Any]) -> tuple[str, ...]:
    ids = ", ".join(f"`{':'.join([each['id'], variant])}`" for variant in each["variants"]) or f"`{each['id']}`"
    taken = "; ".join(f"{NAMES[kind]} in {', '.join(regions)}" for kind, regions in each["customizations"].items())
    return each["name"], ids, taken


def _pair(each: dict[str, Any]) -> tuple[str, ...]:
    how = ", through an inference profile only" if each.get("through_profile") else ""
    return f"`{each['teacher']}`{how}", ", ".join(f"`{s}`" for s in each["students"]), ", ".join(each["regions"])


def _bound(data: dict[str, Any], family: str, name: str) -> tuple[str, ...]:
    bound = data["hyper_parameters"][family][name]
    models = ", ".join(each["name"] for each in data["models"] if each.get("hyper_parameters") == family)
    words = "".join(f" or {word}" for word in bound.get("words", ()))
    span = bound["least"] if bound["least"] == bound["most"] else f"{bound['least']} to {bound['most']}"
    return models, f"`{name}`", span + words, bound.get("default", "")


def main() -> None:
    """Writes, or checks."""
    text = wanted()
    if "--check" in sys.argv[1:]:
        raise SystemExit(f"{PAGE} differs; run this script" if PAGE.read_text() != text else 0)
    PAGE.write_text(text)


if __name__ == "__main__":
    main()

"""`make bench`: runs the sections, shows their tables, writes benchmarks/results/latest.json and docs/benchmarks.md."""

import argparse
import importlib
import json
import os
import sys
import time
from pathlib import Path
from typing import Final

from rich.console import Console

from benchmarks import machine
from benchmarks.options import Options
from benchmarks.table import Table
from local import toolchain

_ROOT: Final = Path(__file__).parents[1]
_SECTIONS: Final = ("synth", "template", "function", "waiting", "deploys", "scale", "loop")
# What fits a minute of a continuous integration on two cores.
_SMOKE: Final = ("template", "waiting", "deploys", "function")
_RESULTS: Final = Path(__file__).parent / "results" / "latest.json"
_DOCUMENT: Final = _ROOT / "docs" / "benchmarks.md"
_INTRODUCTION: Final = """\
# Benchmarks

This library beside a **peer** - the same models on CDK's own `custom_resources.Provider`, written with care in a day
(`benchmarks/peer`) - and a **floor**: the same template, answered at once, or as plain resources. The runs of the
systems take turns; numbers are medians. Seconds belong to the machine below; ratios, counts and prices travel better.

`make bench` measures again and writes this page; `python -m benchmarks --help` runs single sections.
"""


def main() -> None:
    arguments = _parse()
    _prepare()
    options = Options(smoke=arguments.smoke, rounds=arguments.rounds)
    console = Console(width=max(Console().width, 160))
    described = machine.describe()
    tables: dict[str, list[Table]] = {}
    seconds: dict[str, float] = {}
    failed = []
    for name in arguments.only or (_SMOKE if options.smoke else _SECTIONS):
        started = time.perf_counter()
        try:
            tables[name] = importlib.import_module(f"benchmarks.{name}").run(options)
        except Exception:  # the other sections have cost minutes, too
            console.print_exception()
            failed.append(name)
            continue
        seconds[name] = time.perf_counter() - started
        for table in tables[name]:
            table.show(console)
        console.print(f"{name}: {seconds[name]:.0f} s\n")
    _write_json(tables, described, seconds)
    if arguments.document and not failed:
        _DOCUMENT.write_text(_document(tables, described))
    sys.exit(f"failed: {', '.join(failed)}" if failed else 0)


def _parse() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("--only", nargs="+", choices=_SECTIONS, help="these sections; all by default")
    parser.add_argument("--rounds", type=int, default=3, help="rounds of interleaved runs (default: 3)")
    parser.add_argument("--smoke", action="store_true", help="the smallest runs: proof that they run, no numbers")
    parser.add_argument("--document", action="store_true", help="write docs/benchmarks.md, too")
    return parser.parse_args()


def _prepare() -> None:
    # Before anything imports aws_cdk, which starts Node.js at once.
    os.environ["JSII_NODE"] = str(toolchain.node())
    os.environ["CDK_VALIDATION"] = "false"
    # Users keep compiled modules; a container's habit of not keeping any counts against whoever has more of them.
    os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
    # The handlers are imported as Lambda does it: from a root of their own.
    sys.path.append(str(_ROOT / "lambda"))


def _write_json(tables: dict[str, list[Table]], described: dict[str, str], seconds: dict[str, float]) -> None:
    _RESULTS.parent.mkdir(exist_ok=True)
    content = {
        "machine": described,
        "seconds": seconds,
        "tables": {name: [table.plain() for table in found] for name, found in tables.items()},
    }
    _RESULTS.write_text(json.dumps(content, indent=2) + "\n")


def _document(tables: dict[str, list[Table]], described: dict[str, str]) -> str:
    facts = "\n".join(f"* {name}: {value}" for name, value in described.items())
    found = "\n\n".join(table.markdown() for tables_of_one in tables.values() for table in tables_of_one)
    return f"{_INTRODUCTION}\n## The machine\n\n{facts}\n\n## Results\n\n{found}\n"


if __name__ == "__main__":
    main()

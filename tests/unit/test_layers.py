"""Imports go in one direction: between programs, between the folders of each, and between the modules of a folder."""

import ast
import functools
from graphlib import CycleError, TopologicalSorter
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]

# The folders of each program from the ground up, "" for the package itself; a module may have a place of its own.
# A folder imports from itself and from those before it.
LAYERS = {
    "constructs_lib": [
        "core",
        "customization",
        "data/jsonl",
        "data",
        "provider",
        "resources",
        "job",
        "serving",
        "check",
        "",
    ],
    "lambda/provider": [
        "cloudformation",
        "aws",
        "waiter",
        "lifecycle",
        "custom_model",
        "job",
        "lookup",
        "serving",
        "model_check",
        "invocation_logging",
        "",
    ],
    "cli/bedrock_models": ["", "cloudformation", "bedrock", "commands", "doctor", "plan"],
    "local": [
        "toolchain",
        "bedrock",
        "sagemaker",
        "aws/patches/names",
        "aws/cloudformation",
        "aws",
        "aws/patches",
        "aws/assembly",
        "aws/server",
        "",
    ],
    "acceptance": ["", "probes"],
    "benchmarks": [""],
}
# What each program must not import. Standing apart is what lets each run where the others can't.
FORBIDDEN = {
    "constructs_lib": {"boto3", "botocore", "provider", "index", "local", "bedrock_models"},
    "lambda": {"aws_cdk", "constructs", "jsii", "constructs_lib", "local", "bedrock_models"},
    "cli": {"aws_cdk", "constructs", "jsii", "local"},
    "local": {"aws_cdk", "constructs", "jsii", "constructs_lib", "provider", "bedrock_models"},
}


@functools.cache
def modules(program: str) -> dict[str, Path]:
    """Files of a program's package by their dotted names."""
    folder = ROOT / program
    root = ROOT / program.split("/", maxsplit=1)[0] if "/" in program else ROOT
    return {
        ".".join(path.relative_to(root).with_suffix("").parts).removesuffix(".__init__"): path
        for path in sorted(folder.rglob("*.py"))
    }


@functools.cache
def imported(path: Path, *, types: bool = True) -> set[str]:
    """Dotted names of what a module imports; without `types` only what it imports when it runs."""
    names: set[str] = set()
    tree = ast.parse(path.read_text())
    for node in ast.walk(tree if types else _Running().visit(tree)):
        if isinstance(node, ast.ImportFrom) and node.module:
            names |= {node.module} | {f"{node.module}.{alias.name}" for alias in node.names}
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
    return names


class _Running(ast.NodeTransformer):
    def visit_If(self, node: ast.If) -> ast.AST | None:
        typing_only = isinstance(node.test, ast.Name) and node.test.id == "TYPE_CHECKING"
        return None if typing_only else self.generic_visit(node)


@functools.cache
def graph(program: str) -> dict[str, set[str]]:
    """Each module with the modules of the same program that it imports, wherever the import stands."""
    known = modules(program)
    packages = {name for name, path in known.items() if path.name == "__init__.py"}
    return {name: (imported(path, types=False) & known.keys()) - {name} - packages for name, path in known.items()}


def level_of(program: str, module: str) -> int:
    place = modules(program)[module].relative_to(ROOT / program).with_suffix("").as_posix()
    while place not in LAYERS[program]:
        assert place, f"{module} has no layer yet"
        place = place.rpartition("/")[0]
    return LAYERS[program].index(place)


@pytest.mark.parametrize("program", LAYERS)
def test_folders_import_downwards_only(program):
    above = [
        f"{module} imports {other}"
        for module, others in graph(program).items()
        for other in others
        if level_of(program, other) > level_of(program, module)
    ]
    assert above == []


@pytest.mark.parametrize("program", LAYERS)
def test_no_modules_import_each_other_in_a_circle(program):
    try:
        TopologicalSorter(graph(program)).prepare()
    except CycleError as error:
        pytest.fail(f"imports in a circle: {' -> '.join(error.args[1])}")


@pytest.mark.parametrize("program", FORBIDDEN)
def test_no_import_crosses_from_one_program_to_another(program):
    crossing = {
        f"{path.relative_to(ROOT)} imports {name}"
        for path in (ROOT / program).rglob("*.py")
        for name in imported(path)
        if name.split(".")[0] in FORBIDDEN[program]
    }
    assert crossing == set()

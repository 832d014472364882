"""Private names of ministack, declared with the signature or type that this program was written for."""

import importlib
import inspect
from collections.abc import Callable, Sequence
from typing import Any

EXPECTED_VERSION = "1.5.33"


class IncompatibleMinistackError(RuntimeError):
    """The installed ministack lacks something that a patch replaces or calls, or has it in another form."""


class _PrivateName:
    """A member of a module below `package`, looked up at each use: another patch may have replaced it meanwhile."""

    def __init__(self, path: str, form: str, *, imported_by: Sequence[str] = (), package: str = "ministack") -> None:
        self.path = path
        self._form = form
        self._package = package
        self._module, _, self._name = path.rpartition(".")
        # `from x import y` binds the name once more in the importing module, and both have to be replaced.
        self._modules = (self._module, *imported_by)

    def problem(self) -> str:
        """What is wrong with this name in the installed ministack; empty if nothing is."""
        for module in self._modules:
            try:
                found = getattr(importlib.import_module(f"{self._package}.{module}"), self._name)
            except (ImportError, AttributeError):
                return f"has no {module}.{self._name}"
            if (form := self._form_of(found)) != self._form:
                return f"has {module}.{self._name} as {form} instead of {self._form}"
        return ""

    def _get(self) -> Any:
        return getattr(importlib.import_module(f"{self._package}.{self._module}"), self._name)

    def _form_of(self, found: Any) -> str:
        raise NotImplementedError


class Function(_PrivateName):
    """A function or class, with its parameters and their defaults: `async (stack_name, retain=())`."""

    _original: Any = None

    def __call__(self, *arguments: Any, **options: Any) -> Any:
        return self._get()(*arguments, **options)

    def original(self, *arguments: Any, **options: Any) -> Any:
        """ministack's own function, also while another one stands in its place."""
        return (self._original or self._get())(*arguments, **options)

    def replace(self, replacement: Callable[..., Any]) -> None:
        """Put `replacement` in the function's place, in each module that has it."""
        self._original = self._original or self._get()
        for module in self._modules:
            setattr(importlib.import_module(f"{self._package}.{module}"), self._name, replacement)

    def _form_of(self, found: Any) -> str:
        if not callable(found):
            return type(found).__name__
        signature = inspect.signature(found)
        # Annotations are left out: they change from release to release and say nothing about a call.
        parameters = [each.replace(annotation=each.empty) for each in signature.parameters.values()]
        plain = signature.replace(parameters=parameters, return_annotation=signature.empty)
        return f"{'async ' if inspect.iscoroutinefunction(found) else ''}{plain}"


class Value(_PrivateName):
    """Anything that is read or changed in place: a table of resources, a context variable."""

    @property
    def value(self) -> Any:
        return self._get()

    def _form_of(self, found: Any) -> str:
        return type(found).__name__

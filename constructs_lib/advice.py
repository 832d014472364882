"""What is legal but unwise, as a construct hands it to `Annotations.of(self).add_warning_v2(id, message)`."""

from typing import NamedTuple


class Advice(NamedTuple):
    """A warning of synthesis: an id that people acknowledge, and a sentence that says what to do."""

    id: str
    message: str

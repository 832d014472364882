"""Whatever users, Bedrock and bad luck do with several models of several stacks, the rules hold."""

from hypothesis import HealthCheck, given, settings

from tests.faults.scripts import SCRIPTS, played, told
from tests.faults.world import Step


@settings(max_examples=50, derandomize=True, deadline=None, database=None, suppress_health_check=[HealthCheck.too_slow])
@given(script=SCRIPTS)
def test_no_script_breaks_a_rule(script: list[Step]) -> None:
    world = played(script)
    assert not world.rules.broken, told(script, world)

"""CloudFormation's engine: create, update, rollback and deletion of stacks."""

from local.aws.cloudformation import engine, removal
from local.aws.patches.names import cloudformation as ministack
from local.aws.patches.names import server
from local.aws.patches.patch import Patch


class CloudFormationEngine(Patch):
    """Replaces ministack's engine by `local.aws.cloudformation.engine`."""

    corrects = (
        "ministack provisions one resource after the other, updates and deletes nested stacks as one step, and rolls "
        "back without cleaning up, cancelling or telling a custom resource what came of it."
    )
    aws = (
        "Independent resources are provisioned side by side; a failure cancels the others, sends every changed "
        "resource back and then cleans up: "
        "https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/stack-failure-options.html"
    )
    uses = (
        ministack.deploy_stack_async,
        ministack.create_then_delete_on_failure,
        ministack.roll_back_operation,
        ministack.continue_update_rollback_async,
        ministack.delete_stack_async,
        ministack.fail_property_validation,
        ministack.stacks,
        ministack.exports,
        ministack.add_event,
        ministack.imported_export_names,
        ministack.CLIENT_REQUEST_TOKEN,
        # Templates and the values in them.
        ministack.resolve_template,
        ministack.parse_template,
        ministack.check_nested_stack_capabilities,
        ministack.validate_template,
        ministack.topological_sort,
        ministack.extract_deps,
        ministack.evaluate_conditions,
        ministack.resolve_parameters,
        ministack.resolve_refs,
        ministack.resolve_dynamic_references,
        ministack.resolve_stack_outputs,
        ministack.resource_policy,
        ministack.with_stack_tags,
        ministack.normalise_resource_properties,
        ministack.NO_VALUE,
        # Provisioners of resources.
        ministack.provision_keeping_seed,
        ministack.update_keeping_seed,
        ministack.delete_resource,
        ministack.replacing_change,
        ministack.runs_on_worker_thread,
        ministack.NAME_SEED,
        ministack.RETAIN_REPLACED,
        ministack.DEFERRED_PREDECESSOR_DELETES,
        server.run_reentrant,
        server.now_iso,
    )

    def __init__(self, *, cleanup_attempts: int) -> None:
        self._cleanup_attempts = cleanup_attempts

    def apply(self) -> None:
        removal.set_cleanup_attempts(self._cleanup_attempts)
        ministack.deploy_stack_async.replace(engine.deploy)
        ministack.create_then_delete_on_failure.replace(engine.deploy_or_delete)
        ministack.roll_back_operation.replace(engine.roll_back)
        ministack.continue_update_rollback_async.replace(engine.continue_rollback)
        ministack.delete_stack_async.replace(engine.delete)

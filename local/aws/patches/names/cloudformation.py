"""CloudFormation in ministack: stacks, their operations, templates and resource provisioners."""

from local.aws.patches.names.private_name import Function, Value

stacks = Value("services.cloudformation._stacks", "AccountRegionScopedDict")
stack_events = Value("services.cloudformation._stack_events", "AccountRegionScopedDict")
exports = Value("services.cloudformation._exports", "AccountRegionScopedDict")
CLIENT_REQUEST_TOKEN = Value("services.cloudformation.stacks.CLIENT_REQUEST_TOKEN", "ContextVar")
add_event = Function(
    "services.cloudformation.stacks._add_event",
    "(stack_id, stack_name, logical_id, resource_type, status, reason='', physical_id='', detailed_status='')",
    imported_by=("services.cloudformation.handlers", "services.cloudformation.changesets"),
)
deploy_stack_async = Function(
    "services.cloudformation.stacks._deploy_stack_async",
    "async (stack_name, stack_id, template, param_values, disable_rollback, tags, is_update=False, "
    "previous_stack=None, retain_except_on_create=False, imports=None)",
    imported_by=("services.cloudformation.handlers", "services.cloudformation.changesets"),
)
create_then_delete_on_failure = Function(
    "services.cloudformation.stacks._create_then_delete_on_failure",
    "async (stack_name, stack_id, deploy_coro)",
    imported_by=("services.cloudformation.handlers", "services.cloudformation.changesets"),
)
roll_back_operation = Function(
    "services.cloudformation.stacks._roll_back_operation",
    "async (stack_name, stack_id, stack, operation, reason_override='')",
    imported_by=("services.cloudformation.handlers",),
)
continue_update_rollback_async = Function(
    "services.cloudformation.stacks._continue_update_rollback_async",
    "async (stack_name, stack_id, resources_to_skip)",
    imported_by=("services.cloudformation.handlers",),
)
delete_stack_async = Function(
    "services.cloudformation.stacks._delete_stack_async",
    "async (stack_name, stack_id, retain_resources=(), force=False)",
    imported_by=("services.cloudformation.handlers",),
)
fail_property_validation = Function(
    "services.cloudformation.stacks._fail_property_validation",
    "(stack, stack_id, stack_name, resources_defs, ordered, param_values, conditions, mappings, disable_rollback, "
    "previous_stack=None)",
)
property_recreation = Function("services.cloudformation.stacks._property_recreation", "(resource_type, name)")
provision_keeping_seed = Function("services.cloudformation.stacks._provision_keeping_seed", "(*args)")
update_keeping_seed = Function("services.cloudformation.stacks._update_keeping_seed", "(*args)")
reference_details = Function(
    "services.cloudformation.stacks._reference_details", "(res_def, replacements, changed_params)"
)
resolve_stack_outputs = Function(
    "services.cloudformation.stacks._resolve_stack_outputs",
    "(outputs_defs, conditions, resources, param_values, mappings, stack_name, stack_id)",
)
resource_policy = Function(
    "services.cloudformation.stacks._resource_policy",
    "(res_def, attribute, resources, params, conditions, mappings, stack_name, stack_id)",
)
runs_on_worker_thread = Function("services.cloudformation.stacks._runs_on_worker_thread", "(resource_type)")
stack_region_context = Function("services.cloudformation.stacks._stack_region_context", "(stack, stack_id=None)")
ACTION_HANDLERS = Value("services.cloudformation.handlers._ACTION_HANDLERS", "dict")
error = Function("services.cloudformation.handlers._error", "(code, message, status=400)")
imported_export_names = Function("services.cloudformation.handlers._imported_export_names", "(stack, stack_name)")
stack_has_no_updates = Function(
    "services.cloudformation.handlers._stack_has_no_updates",
    "(stack, template, param_values, tags, use_previous_template=False, tags_given=False)",
)
resolve_template = Function("services.cloudformation.helpers._resolve_template", "(params)")
resolve_props_for_diff = Function(
    "services.cloudformation.changesets._resolve_props_for_diff", "(template, params, stack_name, stack_id)"
)
normalise_resource_properties = Function(
    "services.cloudformation.custom_resource._normalise_resource_properties", "(value)"
)
invoke_custom_resource = Function(
    "services.cloudformation.custom_resource.invoke_custom_resource",
    "(request_type, logical_id, props, stack_name, stack_id, resource_type, physical_id=None, old_props=None)",
)
NO_VALUE = Value("services.cloudformation.engine._NO_VALUE", "object")
evaluate_conditions = Function("services.cloudformation.engine._evaluate_conditions", "(template, params)")
extract_deps = Function("services.cloudformation.engine._extract_deps", "(resource_def, all_resource_names)")
parse_template = Function("services.cloudformation.engine._parse_template", "(template_body)")
resolve_dynamic_references = Function(
    "services.cloudformation.engine._resolve_dynamic_references",
    "(value, previous=None, reuse_ssm=False, reuse_secrets=False)",
)
resolve_parameters = Function(
    "services.cloudformation.engine._resolve_parameters", "(template, provided_params, previous_params=None)"
)
resolve_refs = Function(
    "services.cloudformation.engine._resolve_refs",
    "(value, resources, params, conditions, mappings, stack_name, stack_id)",
)
topological_sort = Function("services.cloudformation.engine._topological_sort", "(resources, conditions)")
validate_template = Function(
    "services.cloudformation.engine.validate_template_support", "(template, conditions, params=None)"
)
DEFERRED_PREDECESSOR_DELETES = Value("services.cloudformation.provisioners._DEFERRED_PREDECESSOR_DELETES", "ContextVar")
NAME_SEED = Value("services.cloudformation.provisioners._NAME_SEED", "ContextVar")
RESOURCE_HANDLERS = Value("services.cloudformation.provisioners._RESOURCE_HANDLERS", "dict")
RETAIN_REPLACED = Value("services.cloudformation.provisioners._RETAIN_REPLACED", "ContextVar")
check_nested_stack_capabilities = Function(
    "services.cloudformation.provisioners._check_nested_stack_capabilities", "(parent_stack_name, template)"
)
delete_resource = Function(
    "services.cloudformation.provisioners._delete_resource",
    "(resource_type, physical_id, props, stack_name=None, logical_id=None)",
)
replacing_change = Function(
    "services.cloudformation.provisioners._replacing_change", "(resource_type, old_props, new_props)"
)
with_stack_tags = Function(
    "services.cloudformation.provisioners._with_stack_tags",
    "(resource_type, props, stack_tags, stack_name, stack_id, logical_id)",
)

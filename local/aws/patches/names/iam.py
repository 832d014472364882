"""IAM in ministack: roles, and the evaluator of policies."""

from local.aws.patches.names.private_name import Function, Value

EvalContext = Function(
    "core.iam_evaluator.EvalContext",
    "(principal_arn, principal_type, principal_account, action, resource_arn, region, source_ip=<factory>, "
    "secure_transport=<factory>, request_tags=<factory>, tag_keys=<factory>, "
    "service_context=<factory>, principal_keys=<factory>)",
)
first_match = Function("core.iam_evaluator._first_match", "(ctx, stmts, effect)")
gather_role_policies = Function("core.iam_evaluator._gather_role_policies", "(role_name, account_id)")
permissions_boundary = Function("core.iam_evaluator._permissions_boundary", "(store, name, account_id)")
role_name_from_assumed_arn = Function("core.iam_evaluator._role_name_from_assumed_arn", "(assumed_arn)")
combine_resource_policy = Function(
    "core.iam_evaluator.combine_resource_policy", "(identity, ctx, policy, owner_account, required=False, limits=())"
)
enforce = Function(
    "core.iam_evaluator.enforce", "(access_key_id, iam_action, service, region, resource_arn='*', service_context=None)"
)
evaluate = Function("core.iam_evaluator.evaluate", "(ctx, policies, *limits)")
evaluate_resource_policy = Function(
    "core.iam_evaluator.evaluate_resource_policy", "(doc, ctx, service=None, named_only=False, direct_only=False)"
)
parse_policy_document = Function("core.iam_evaluator.parse_policy_document", "(doc)")
request_caller_arn = Function("core.iam_evaluator.request_caller_arn", "(headers, query_params=None)")
roles = Value("services.iam._roles", "AccountScopedDict")
simulation_parameters = Function("services.iam._extract_simulate_params", "(p)")
simulation_results = Function(
    "services.iam._build_simulate_results_real", "(actions, resource_arn, principal_arn, account_id, policies)"
)

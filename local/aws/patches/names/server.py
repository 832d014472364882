"""The ASGI application and its request routing in ministack."""

from local.aws.patches.names.private_name import Function, Value

app = Function("app.app", "async (scope, receive, send)")
SERVICE_HANDLERS = Value("app.SERVICE_HANDLERS", "dict")
SERVICE_PATTERNS = Value("core.router.SERVICE_PATTERNS", "dict")
SERVICE_TO_IAM_NAMESPACE = Value("core.iam_actions.SERVICE_TO_IAM_NAMESPACE", "dict")
MAIN_LOOP = Value("app._MAIN_LOOP", "NoneType")
install_hypercorn_compat = Function("core.hypercorn_compat.install", "()")
extract_access_key_id = Function("core.router.extract_access_key_id", "(headers, query_params=None)")
is_aws_service_name = Function("core.router._is_aws_service_name", "(scope_name)")
extract_region = Function("core.router.extract_region", "(headers, query_params=None)")
get_account_id = Function("core.responses.get_account_id", "()")
set_request_account_id = Function("core.responses.set_request_account_id", "(access_key_id)")
now_iso = Function("core.responses.now_iso", "()")
run_reentrant = Function("core.concurrency.run_reentrant", "async (fn, *args, thread_name='ministack-reentrant')")
extract_iam_action = Function(
    "core.iam_actions.extract_iam_action", "(service, method, path, headers, body, query_params)"
)
extract_resource_arn = Function(
    "core.iam_actions.extract_resource_arn",
    "(service, method, path, headers, body, query_params, region, account_id)",
)
s3_service_context = Function(
    "core.iam_actions.s3_service_context", "(iam_action, query_params, path='', headers=None)"
)
put_events = Function("services.eventbridge._put_events", "(data, allow_aws_source=False)")

"""Lambda functions in ministack."""

from local.aws.patches.names.private_name import Function, Value

emit_lambda_logs = Function(
    "services.lambda_svc._emit_lambda_logs", "(func, request_id, log_text, error, duration_ms, *, log_source=None)"
)
execution_record_for_config = Function("services.lambda_svc._execution_record_for_config", "(func, config)")
get_func_record_for_ref = Function("services.lambda_svc._get_func_record_for_ref", "(function_ref)")
invoke_async_with_retry = Function("services.lambda_svc.invoke_async_with_retry", "(func, event)")
reset_workers = Function("core.lambda_runtime.reset", "()")
account_and_region = Function("core.lambda_runtime._account_region_from_function_config", "(config)")
execution_credentials = Function("core.lambda_runtime.execution_credentials", "(config)")
host_prefix_variable = Value("core.lambda_runtime.HOST_PREFIX_ENV", "str")
python_worker_script = Value("core.lambda_runtime._PYTHON_WORKER_SCRIPT", "str")
reserved_variables = Value("core.lambda_runtime._RESERVED_RUNTIME_ENV_VARS", "set")
worker = Value("core.lambda_runtime.Worker", "type")

"""Step Functions in ministack."""

from local.aws.patches.names.private_name import Function, Value

ExecutionError = Function("services.stepfunctions._ExecutionError", "(error, cause)")
call_lambda = Function("services.stepfunctions._call_lambda", "(func_ref, event)")
error_matches = Function("services.stepfunctions._error_matches", "(error_equals, error)")
execute_task = Function("services.stepfunctions._execute_task", "(state_def, raw_input, execution, ctx)")
executions = Value("services.stepfunctions._executions", "AccountRegionScopedDict")
run_execution = Function("services.stepfunctions._run_execution", "(exec_arn)")
state_machines = Value("services.stepfunctions._state_machines", "AccountRegionScopedDict")

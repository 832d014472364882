"""CloudFormation's engine in the local AWS, as strict as the real one where ministack's is kinder."""

"""CloudFormation brought into line with the real one, where ministack's is kinder."""

"""CloudFormation as a template or a stack has it: resources, intrinsic functions, asset files."""

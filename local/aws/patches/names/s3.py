"""S3 buckets in ministack."""

from local.aws.patches.names.private_name import Function, Value

buckets = Value("services.s3._buckets", "AccountScopedDict")
bucket_encryption = Value("services.s3._bucket_encryption", "AccountScopedDict")
bucket_policies = Value("services.s3._bucket_policies", "AccountScopedDict")
object_versions = Value("services.s3._object_versions", "AccountScopedDict")
bucket_owner_account = Function("services.s3._bucket_owner_account", "(name)")
create_bucket = Function("services.s3._create_bucket", "(name, body, headers=None, endpoint_region=None)")
put_bucket_encryption = Function("services.s3._put_bucket_encryption", "(name, body)")
put_object = Function("services.s3._put_object", "(bucket_name, key, body, headers)")

data "aws_partition" "current" {}
# Its region is that of the provider.
data "aws_service" "ssm" {
  service_id = "ssm"
}
data "aws_caller_identity" "current" {}

data "aws_iam_policy_document" "cache_extension" {
  statement {
    sid = "SsmGetParameterGetParameters"
    actions = [
      "ssm:GetParameter",
      "ssm:GetParameters",
    ]
    resources = [
      "arn:${data.aws_partition.current.partition}:ssm:${data.aws_service.ssm.region}:${data.aws_caller_identity.current.account_id}:parameter/shop/db-url",
      "arn:${data.aws_partition.current.partition}:ssm:${data.aws_service.ssm.region}:${data.aws_caller_identity.current.account_id}:parameter/shop/greeting",
    ]
  }

  statement {
    sid       = "SecretsmanagerGetSecretValue"
    actions   = ["secretsmanager:GetSecretValue"]
    resources = ["arn:${data.aws_partition.current.partition}:secretsmanager:${data.aws_service.ssm.region}:${data.aws_caller_identity.current.account_id}:secret:db/main-??????"]
  }

  statement {
    sid       = "DynamodbGetItem"
    actions   = ["dynamodb:GetItem"]
    resources = ["arn:${data.aws_partition.current.partition}:dynamodb:${data.aws_service.ssm.region}:${data.aws_caller_identity.current.account_id}:table/Orders"]
  }
}

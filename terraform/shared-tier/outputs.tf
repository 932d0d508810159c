output "table_name" {
  description = "The table."
  value       = aws_dynamodb_table.this.name
}

output "key_arn" {
  description = "The KMS key."
  value       = aws_kms_key.this.arn
}

output "policy_arn" {
  description = "The policy, for further roles."
  value       = aws_iam_policy.this.arn
}

output "defaults" {
  description = "The value of CACHE_EXTENSION_DEFAULTS for functions that share values and have no other defaults."
  value = jsonencode({
    shared = {
      store      = "dynamodb://${aws_dynamodb_table.this.name}"
      namespace  = var.namespace
      encryption = { kms_key = aws_kms_key.this.arn }
    }
  })
}

output "layer_arn" {
  description = "The ARN of the layer's version, for the function's layers."
  value       = local.publishes ? aws_lambda_layer_version.this[0].arn : var.layer_arn
}

output "environment" {
  description = "The extension's variables, for the function's environment."
  value       = local.environment
}

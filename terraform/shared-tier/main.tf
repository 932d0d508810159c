# What a fleet needs to share values (docs/shared-engines.md): a table, a KMS key, and a policy that limits the functions' roles
# to one namespace. sam/shared-tier.yaml creates the same.

resource "aws_dynamodb_table" "this" {
  name         = var.table_name
  billing_mode = "PAY_PER_REQUEST"
  hash_key     = "key"

  attribute {
    name = "key"
    type = "S"
  }

  ttl {
    attribute_name = "expires"
    enabled        = true
  }
}

resource "aws_kms_key" "this" {
  description             = "Protects what the Lambda cache extension keeps in its shared tier."
  enable_key_rotation     = true
  deletion_window_in_days = 7
}

resource "aws_iam_policy" "this" {
  name        = coalesce(var.policy_name, "cache-extension-shared-${var.namespace}")
  description = "Lets a function share values in one namespace of the cache extension's shared tier."

  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [
      {
        Sid      = "SharedTierTable"
        Effect   = "Allow"
        Action   = ["dynamodb:BatchGetItem", "dynamodb:DeleteItem", "dynamodb:PutItem"]
        Resource = aws_dynamodb_table.this.arn
        Condition = {
          "ForAllValues:StringLike" = { "dynamodb:LeadingKeys" = ["${var.namespace}/*"] }
        }
      },
      {
        Sid      = "SharedTierKey"
        Effect   = "Allow"
        Action   = ["kms:Decrypt", "kms:GenerateDataKey"]
        Resource = aws_kms_key.this.arn
        Condition = {
          StringEquals = { "kms:EncryptionContext:cache-extension:namespace" = var.namespace }
        }
      },
    ]
  })
}

resource "aws_iam_role_policy_attachment" "this" {
  for_each = var.roles

  role       = each.value
  policy_arn = aws_iam_policy.this.arn
}

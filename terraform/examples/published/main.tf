# A function with a published version of the layer, and a role that may read what its config.yaml lists. policy.tf was made by
# `npx lambda-cache-extension policy function/config.yaml --format terraform > policy.tf`.

variable "layer_arn" {
  description = "The ARN of the layer's version in this region."
  type        = string
}

provider "aws" {
  region = "eu-west-1"
}

module "cache_extension" {
  source = "../.."

  layer_arn = var.layer_arn
  settings  = { ttl = "15m", init_startup = true }
  policy    = data.aws_iam_policy_document.cache_extension.json # policy.tf
  roles     = { orders = aws_iam_role.function.name }
}

resource "aws_lambda_function" "orders" {
  function_name = "orders"
  role          = aws_iam_role.function.arn
  runtime       = "python3.13"
  architectures = ["arm64"]
  handler       = "app.handler"
  filename      = "${path.module}/function.zip" # made of the folder function

  layers = [module.cache_extension.layer_arn]
  environment {
    variables = module.cache_extension.environment
  }
}

resource "aws_iam_role" "function" {
  name = "orders"
  assume_role_policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Effect    = "Allow"
      Action    = "sts:AssumeRole"
      Principal = { Service = "lambda.amazonaws.com" }
    }]
  })
}

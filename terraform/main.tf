# Publishes the cache extension as a layer, unless a published version is given, and allows the functions' roles to read what
# config.yaml lists. The outputs go into aws_lambda_function: layers and environment. README.md shows how.

locals {
  # Which layer the archive is: node, arm64 or x86_64.
  artifact = var.archive == null ? "" : regex("cache-extension-(node|arm64|x86_64)\\.zip$", var.archive)[0]

  publishes = var.layer_arn == null
  uploads   = local.publishes && var.bucket != null

  environment = {
    for name, value in {
      CACHE_EXTENSION_TTL            = var.settings.ttl
      CACHE_EXTENSION_INIT_STARTUP   = var.settings.init_startup
      CACHE_EXTENSION_PORT           = var.settings.port
      CACHE_EXTENSION_CONFIG         = var.settings.config
      CACHE_EXTENSION_CONFIG_YAML    = var.settings.config_yaml
      CACHE_EXTENSION_DEFAULTS       = var.settings.defaults
      CACHE_EXTENSION_LOG_LEVEL      = var.settings.log_level
      CACHE_EXTENSION_LOG_FORMAT     = var.settings.log_format
      CACHE_EXTENSION_SHORTCUT       = var.settings.shortcut
      CACHE_EXTENSION_EMF_EVERY      = var.settings.emf_every
      CACHE_EXTENSION_OTLP_ENDPOINT  = var.settings.otlp_endpoint
      CACHE_EXTENSION_EXTRA_CA_CERTS = var.settings.extra_ca_certs
      CACHE_EXTENSION_NODE_OPTIONS   = var.settings.node_options
    } : name => tostring(value) if value != null
  }
}

resource "aws_s3_object" "archive" {
  count = local.uploads ? 1 : 0

  bucket      = var.bucket
  key         = "cache-extension/${filesha256(var.archive)}/cache-extension-${local.artifact}.zip"
  source      = var.archive
  source_hash = filebase64sha256(var.archive)
}

resource "aws_lambda_layer_version" "this" {
  count = local.publishes ? 1 : 0

  layer_name               = coalesce(var.layer_name, "cache-extension-${local.artifact}")
  description              = local.artifact == "node" ? "Cache extension for Node.js" : "Cache extension for any runtime on ${local.artifact}"
  license_info             = "MIT-0"
  compatible_architectures = local.artifact == "node" ? ["arm64", "x86_64"] : [local.artifact]

  filename         = local.uploads ? null : var.archive
  s3_bucket        = local.uploads ? aws_s3_object.archive[0].bucket : null
  s3_key           = local.uploads ? aws_s3_object.archive[0].key : null
  source_code_hash = var.archive == null ? null : filebase64sha256(var.archive)
  skip_destroy     = var.keep_versions

  lifecycle {
    precondition {
      condition     = var.archive != null
      error_message = "Set layer_arn to the ARN of a published version, or archive to the path of an archive."
    }
  }
}

resource "aws_iam_role_policy" "cache_extension" {
  for_each = var.roles

  name   = "cache-extension"
  role   = each.value
  policy = var.policy

  lifecycle {
    precondition {
      condition     = var.policy != null
      error_message = "Set policy to the policy for the roles: `npx lambda-cache-extension policy --format terraform` prints it."
    }
  }
}

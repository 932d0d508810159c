variable "layer_arn" {
  description = "The ARN of a published version of the layer. If null, the module publishes the archive."
  type        = string
  default     = null

  validation {
    condition     = var.layer_arn == null || can(regex("^arn:aws[a-z-]*:lambda:[a-z0-9-]+:\\d{12}:layer:[\\w-]+:\\d+$", var.layer_arn))
    error_message = "layer_arn must be the ARN of a version, such as arn:aws:lambda:eu-west-1:123456789012:layer:cache-extension-arm64:7."
  }
}

variable "archive" {
  description = "The path of an archive that `lambda-cache-extension layer` wrote, such as dist/cache-extension-arm64.zip."
  type        = string
  default     = null

  validation {
    condition     = var.archive == null || can(regex("cache-extension-(node|arm64|x86_64)\\.zip$", var.archive))
    error_message = "archive must be the path of cache-extension-node.zip, cache-extension-arm64.zip or cache-extension-x86_64.zip, whose name says where it runs."
  }

  validation {
    condition     = var.archive == null || can(filesha256(var.archive))
    error_message = "archive must name a file that exists: `npx lambda-cache-extension layer` writes the archives."
  }
}

variable "bucket" {
  description = "A bucket in the functions' region through which the archive is published. If null, Lambda gets it directly, in one request of up to 70 MB."
  type        = string
  default     = null
}

variable "layer_name" {
  description = "The name of the layer. Default: that of the archive, such as cache-extension-arm64."
  type        = string
  default     = null

  validation {
    condition     = var.layer_name == null || can(regex("^[\\w-]{1,64}$", var.layer_name))
    error_message = "layer_name must have 1 to 64 of a-z A-Z 0-9 - _."
  }
}

variable "keep_versions" {
  description = "Whether old versions of the layer stay when the archive changes or the module is destroyed, because functions elsewhere may use them."
  type        = bool
  default     = true
}

variable "settings" {
  description = "The extension's variables: docs/configuration.md explains each. What is null keeps its default, or what config.yaml says."
  type = object({
    ttl            = optional(string)
    init_startup   = optional(bool)
    port           = optional(number)
    config         = optional(string)
    config_yaml    = optional(string)
    defaults       = optional(string)
    log_level      = optional(string)
    log_format     = optional(string)
    shortcut       = optional(bool)
    emf_every      = optional(number)
    otlp_endpoint  = optional(string)
    extra_ca_certs = optional(string)
    node_options   = optional(string)
  })
  default  = {}
  nullable = false

  validation {
    condition     = var.settings.ttl == null || can(regex("^(0|(\\d+(\\.\\d*)?|\\.\\d+)(ns|us|µs|ms|s|m|h))+$", var.settings.ttl))
    error_message = "settings.ttl must be a duration such as 30s, 3m, 1h30m or 300ms."
  }

  validation {
    condition     = var.settings.port == null || try(var.settings.port >= 1 && var.settings.port <= 65535 && floor(var.settings.port) == var.settings.port, false)
    error_message = "settings.port must be a whole number from 1 to 65535."
  }

  validation {
    condition     = var.settings.log_level == null || contains(["debug", "info", "warn", "error", "none"], coalesce(var.settings.log_level, "-"))
    error_message = "settings.log_level must be debug, info, warn, error or none."
  }

  validation {
    condition     = var.settings.log_format == null || contains(["text", "json"], coalesce(var.settings.log_format, "-"))
    error_message = "settings.log_format must be text or json."
  }

  validation {
    condition     = var.settings.emf_every == null || try(var.settings.emf_every >= 1 && floor(var.settings.emf_every) == var.settings.emf_every, false)
    error_message = "settings.emf_every must be a whole number of invokes, 1 or more."
  }

  validation {
    condition     = var.settings.otlp_endpoint == null || can(regex("^https?://[^?#@]+$", var.settings.otlp_endpoint))
    error_message = "settings.otlp_endpoint must be a URL such as http://127.0.0.1:4318, without query, fragment or credentials."
  }
}

variable "policy" {
  description = "The policy that allows what config.yaml lists, as JSON: see `lambda-cache-extension policy --format terraform`."
  type        = string
  default     = null

  validation {
    condition     = var.policy == null || can(jsondecode(var.policy).Statement)
    error_message = "policy must be an IAM policy in JSON: `npx lambda-cache-extension policy config.yaml` prints it."
  }
}

variable "roles" {
  description = "The names of the functions' roles that get the policy, by keys of your choice: { orders = aws_iam_role.orders.name }."
  type        = map(string)
  default     = {}
  nullable    = false
}

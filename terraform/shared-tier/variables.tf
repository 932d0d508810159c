variable "namespace" {
  description = "The value of shared.namespace in config.yaml. Functions with the same namespace share values."
  type        = string

  validation {
    condition     = can(regex("^[a-zA-Z0-9._-]{1,128}$", var.namespace))
    error_message = "namespace must have 1 to 128 of a-z, A-Z, 0-9, ., _ and -."
  }
}

variable "table_name" {
  description = "The name of the table."
  type        = string
  default     = "cache-extension-shared"

  validation {
    condition     = can(regex("^[a-zA-Z0-9._-]{3,255}$", var.table_name))
    error_message = "table_name must have 3 to 255 of a-z, A-Z, 0-9, ., _ and -."
  }
}

variable "policy_name" {
  description = "The name of the policy; by default cache-extension-shared-<namespace>."
  type        = string
  default     = null
}

variable "roles" {
  description = "The names of the functions' roles, by keys of your choice."
  type        = map(string)
  default     = {}
}

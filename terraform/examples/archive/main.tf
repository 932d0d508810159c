# Publishes the layer for arm64 from the archive that `npx lambda-cache-extension layer` wrote, through a bucket.

variable "bucket" {
  description = "A bucket in the region of the functions."
  type        = string
}

provider "aws" {
  region = "eu-west-1"
}

module "cache_extension" {
  source = "../.."

  archive = "../../../dist/cache-extension-arm64.zip"
  bucket  = var.bucket
}

output "layer_arn" {
  value = module.cache_extension.layer_arn
}

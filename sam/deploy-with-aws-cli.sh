#!/bin/sh
# Publishes the layer with the AWS CLI, attaches it to a function, and invokes the function.
# `--help` shows the options; docs/deploy.md has the same commands one by one.
set -eu

usage() {
  cat <<'TEXT'
Usage: deploy-with-aws-cli.sh --function NAME [options]

Publishes the cache extension as a layer version, attaches it to the function (other layers stay, an older version of
this one is replaced), and invokes the function once, showing its response and the end of its log.

  --function NAME     the function, by name or ARN; its package must have a config.yaml in its root
  --bucket NAME       an S3 bucket in the function's region, to upload the archive through; needed over 50 MB
  --node              the small layer for nodejs22.x and nodejs24.x, instead of the one for any runtime
  --layer NAME        the name of the layer (default: cache-extension-<architecture>, or cache-extension-node)
  --create            create the function, from sam/functions/node; needs --role
  --role ARN          the execution role of the function to create
  --arch ARCH         the architecture of the function to create: arm64 (default) or x86_64
  --payload JSON      the event to invoke the function with (default: {})
  --no-invoke         do not invoke the function
  --help              this text

Region and credentials are the AWS CLI's: AWS_REGION, AWS_PROFILE and so on. Needs the AWS CLI and, where dist/ has
no archive yet, Node.js 20 or newer with npm; --create needs zip.
TEXT
}

# The largest archive that the Lambda API takes in a request:
# https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html
MAX_DIRECT_BYTES=52428800

refuse() {
  printf '%s\nSee deploy-with-aws-cli.sh --help.\n' "$1" >&2
  exit 2
}

fail() {
  printf '%s\n' "$1" >&2
  exit 1
}

say() { printf '%s\n' "$1" >&2; }

function_name='' bucket='' layer='' role='' arch='' payload='{}' node=no create=no invoke=yes

while [ $# -gt 0 ]; do
  case $1 in
    --help | -h) usage; exit 0 ;;
    --node) node=yes; shift; continue ;;
    --create) create=yes; shift; continue ;;
    --no-invoke) invoke=no; shift; continue ;;
    --function | --bucket | --layer | --role | --arch | --payload)
      [ $# -ge 2 ] && [ -n "$2" ] || refuse "$1 needs a value." ;;
    *) refuse "Unknown argument: $1." ;;
  esac
  case $1 in
    --function) function_name=$2 ;;
    --bucket) bucket=$2 ;;
    --layer) layer=$2 ;;
    --role) role=$2 ;;
    --arch) arch=$2 ;;
    --payload) payload=$2 ;;
  esac
  shift 2
done

[ -n "$function_name" ] || refuse "--function is missing."
case $arch in
  '' | arm64 | x86_64) ;;
  *) refuse "--arch is \"$arch\"; allowed: arm64, x86_64." ;;
esac
if [ $create = yes ]; then
  [ -n "$role" ] || refuse "--create needs --role, the ARN of an execution role."
else
  [ -z "$role$arch" ] || refuse "--role and --arch are for --create; an existing function keeps its own."
fi
command -v aws >/dev/null || fail "The AWS CLI is not on PATH: https://aws.amazon.com/cli/"

root=$(cd "$(dirname "$0")/.." && pwd)
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
trap 'exit 130' INT
trap 'exit 143' TERM

# 1. The architecture: the layer's must be the function's. This is the first call to AWS, before anything is created.
if [ $create = yes ]; then
  arch=${arch:-arm64}
else
  arch=$(aws lambda get-function-configuration --function-name "$function_name" \
    --query 'Architectures[0]' --output text)
  [ "$arch" != None ] || arch=x86_64
fi

# 2. The archive.
kind=$arch
[ $node = no ] || kind=node
layer=${layer:-cache-extension-$(printf %s "$kind" | tr _ -)}
archive=$root/dist/cache-extension-$kind.zip
if [ ! -f "$archive" ]; then
  command -v npm >/dev/null || fail "$archive is missing, and npm, which builds it, is not on PATH."
  say "Building $archive"
  (cd "$root" && { [ -d node_modules ] || npm install; } && npm run layer) >&2
  [ -f "$archive" ] || fail "npm run layer did not write $archive."
fi

# 3. The layer version.
bytes=$(wc -c <"$archive" | tr -d ' ')
set -- --layer-name "$layer" --license-info MIT-0 --query LayerVersionArn --output text
if [ $node = yes ]; then
  set -- "$@" --description "Cache extension for Node.js" \
    --compatible-runtimes nodejs22.x nodejs24.x --compatible-architectures arm64 x86_64
else
  set -- "$@" --description "Cache extension for any runtime" --compatible-architectures "$arch"
fi
if [ -n "$bucket" ]; then
  key=$layer/$(cksum <"$archive" | tr ' ' -).zip
  aws s3 cp --only-show-errors "$archive" "s3://$bucket/$key"
  set -- "$@" --content "S3Bucket=$bucket,S3Key=$key"
elif [ "$bytes" -gt $MAX_DIRECT_BYTES ]; then
  fail "$archive has $bytes bytes; more than $MAX_DIRECT_BYTES go through S3 only. Name a bucket with --bucket, or use --node for functions on Node.js."
else
  set -- "$@" --zip-file "fileb://$archive"
fi
version=$(aws lambda publish-layer-version "$@")
say "Published $version"

# 4. The function.
if [ $create = yes ]; then
  command -v zip >/dev/null || fail "zip is not on PATH."
  (cd "$root/sam/functions/node" && zip -q -X -r "$scratch/function.zip" .)
  aws lambda create-function --function-name "$function_name" --role "$role" --architectures "$arch" \
    --runtime nodejs24.x --handler index.handler --memory-size 512 --timeout 10 \
    --zip-file "fileb://$scratch/function.zip" --layers "$version" \
    --environment 'Variables={CACHE_EXTENSION_INIT_STARTUP=true}' >"$scratch/created"
  aws lambda wait function-active-v2 --function-name "$function_name"
else
  # --layers replaces the whole list, so it must name the function's other layers too.
  attached=$(aws lambda get-function-configuration --function-name "$function_name" \
    --query 'Layers[].Arn' --output text)
  set --
  for arn in $attached; do
    case $arn in
      None | "${version%:*}":*) ;;
      *) set -- "$@" "$arn" ;;
    esac
  done
  aws lambda update-function-configuration --function-name "$function_name" --layers "$@" "$version" \
    >"$scratch/updated"
  aws lambda wait function-updated-v2 --function-name "$function_name"
fi
say "Attached to $function_name"

# 5. One invocation.
[ $invoke = yes ] || exit 0
# The payload comes from a file, as raw bytes, because the two major versions of the CLI read an inline one differently.
printf %s "$payload" >"$scratch/payload"
aws lambda invoke --function-name "$function_name" --payload "fileb://$scratch/payload" --log-type Tail \
  --query '[FunctionError, LogResult]' --output text "$scratch/answer" >"$scratch/outcome"
read -r fault log <"$scratch/outcome" || true
printf %s "${log:-}" | base64 -d >&2
cat "$scratch/answer"
echo
[ "$fault" = None ] || fail "The function failed: $fault."

#!/bin/sh
# The one file in /opt/extensions: starts the extension and tells it the name to register under.
#
# Variables that the function has for its own process must neither end nor redirect this one. What is meant for
# the extension has a name of its own: CACHE_EXTENSION_EXTRA_CA_CERTS.
unset BUN_OPTIONS BUN_BE_BUN BUN_INSPECT BUN_INSPECT_CONNECT_TO NODE_OPTIONS NODE_EXTRA_CA_CERTS NODE_TLS_REJECT_UNAUTHORIZED
[ -z "$CACHE_EXTENSION_EXTRA_CA_CERTS" ] || export NODE_EXTRA_CA_CERTS="$CACHE_EXTENSION_EXTRA_CA_CERTS"
# The function's proxy is not for the calls to Lambda's own API on this machine.
NO_PROXY="${AWS_LAMBDA_RUNTIME_API%:*},127.0.0.1,localhost${NO_PROXY:+,$NO_PROXY}"
no_proxy="$NO_PROXY"
export NO_PROXY no_proxy
exec "${0%/*}/../cache-extension/cache-extension" "${0##*/}"

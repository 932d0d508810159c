#!/bin/sh
# The one file in /opt/extensions: starts the extension and tells it the name to register under.
#
# Variables that the function has for its own process must neither end nor redirect this one. What is meant for
# the extension has a name of its own: CACHE_EXTENSION_NODE_OPTIONS, CACHE_EXTENSION_EXTRA_CA_CERTS.
unset NODE_OPTIONS NODE_EXTRA_CA_CERTS NODE_TLS_REJECT_UNAUTHORIZED NODE_PATH NODE_COMPILE_CACHE
[ -z "$CACHE_EXTENSION_NODE_OPTIONS" ] || export NODE_OPTIONS="$CACHE_EXTENSION_NODE_OPTIONS"
[ -z "$CACHE_EXTENSION_EXTRA_CA_CERTS" ] || export NODE_EXTRA_CA_CERTS="$CACHE_EXTENSION_EXTRA_CA_CERTS"
exec node "${0%/*}/../cache-extension/main.cjs" "${0##*/}"

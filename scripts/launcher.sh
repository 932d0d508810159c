#!/bin/sh
# The one file in /opt/extensions: starts the extension and tells it the name to register under.
# The function's NODE_OPTIONS and NODE_EXTRA_CA_CERTS are not meant for this process and could end it.
unset NODE_OPTIONS NODE_EXTRA_CA_CERTS
exec node "${0%/*}/../cache-extension/main.cjs" "${0##*/}"

#!/bin/sh
# The one file in /opt/extensions: starts the program, and tells it the name to register under. Where it cannot be started,
# cannot-run.sh says why.
#
# The environment is the function's own. Variables for the function's runtime must not end this process, redirect it, or make it
# print its requests (BUN_CONFIG_VERBOSE_FETCH shows the session token), so they are removed. Those for the extension have names
# of their own: CACHE_EXTENSION_NODE_OPTIONS, CACHE_EXTENSION_EXTRA_CA_CERTS.
set -f
IFS='
'
# Takes names, or lines of `export -p`.
remove() {
  for line do
    variable=${line%%=*}
    variable=${variable##* }
    case $variable in
      # A further line of a value.
      *[!A-Za-z0-9_]*) ;;
      # How long addresses are cached is harmless.
      BUN_CONFIG_DNS_TIME_TO_LIVE_SECONDS) ;;
      BUN_* | NODE_* | JSC_* | UV_* | MIMALLOC_* | OPENSSL_* | SSL_CERT_*) unset "$variable" ;;
    esac
  done
}
# Bash, which is Lambda's sh, finds names by their beginning. Other shells need a subshell, which takes them 0.5 ms and bash 0.9.
if command -v shopt >/dev/null; then
  # Lets bash continue if the program cannot be executed, for instance because it is for another processor.
  shopt -s execfail
  eval 'remove ${!BUN_*} ${!NODE_*} ${!JSC_*} ${!UV_*} ${!MIMALLOC_*} ${!OPENSSL_*} ${!SSL_CERT_*}'
else
  # Others end if a program cannot be executed, and run this first.
  trap '. "$program/cannot-run.sh"' EXIT
  remove $(export -p)
fi
# Plain HTTP stays on this machine: Lambda's own API, and the credentials' endpoint with its token. HTTPS_PROXY is for the calls
# to AWS.
unset HTTP_PROXY http_proxy ALL_PROXY all_proxy
[ -z "$CACHE_EXTENSION_EXTRA_CA_CERTS" ] || export NODE_EXTRA_CA_CERTS="$CACHE_EXTENSION_EXTRA_CA_CERTS"
# The runtimes size their heaps by the machine's memory, far beyond what a cache needs: docs/performance.md, "Memory". Bun's
# collector is told 64 MiB, beyond which its heap grows by a quarter, not double. A function compiled to machine code takes more
# memory than it saves time unless it is hot, so Bun interprets it for some ten thousand calls.
export BUN_JSC_forceRAMSize=67108864 BUN_JSC_thresholdForJITAfterWarmUp=20000 BUN_JSC_thresholdForJITSoon=20000
# Bun would also allocate a megabyte ahead of need, and collect garbage whenever it opens a port: twice before `register`.
# Without its timer, garbage is collected when enough has been allocated.
export BUN_JSC_useWarmUpMarkedBlocks=0 BUN_GC_TIMER_DISABLE=1
# Node may take the function's memory (in MiB) for old objects. Its young generation is three times this semi-space.
# One thread beside the main one, not four, collects and compiles: each has memory of its own.
heap='--v8-pool-size=1 --max-semi-space-size=1'
case $AWS_LAMBDA_FUNCTION_MEMORY_SIZE in
  '' | 0* | *[!0-9]* | ??????*) ;;
  *)
    heap="$heap --max-old-space-size=$AWS_LAMBDA_FUNCTION_MEMORY_SIZE"
    ;;
esac
# Neither ends the extension or opens anything. Node takes this back for its own process; its first line ignores them anew.
trap '' HUP QUIT USR1 USR2 PIPE
# A core dump would contain every value.
ulimit -c 0

name=${0##*/}
program=${0%/*}/../cache-extension
# The kernel starts the program by glibc's loader. In images with musl, such as those of Alpine, there is none.
if [ ! -e /lib64/ld-linux-x86-64.so.2 ] && [ ! -e /lib/ld-linux-aarch64.so.1 ]; then
  libc=none
elif [ -x "$program/cache-extension" ]; then
  # Has the kernel read the parts of the program that a start needs, then executes the program.
  [ ! -x "$program/read-ahead" ] || exec "$program/read-ahead" "$program/cache-extension" "$name" "$@"
  exec "$program/cache-extension" "$name" "$@"
fi
# The Node layer needs no libc of its own.
if [ -f "$program/main.cjs" ] && command -v node >/dev/null; then
  if [ -n "$CACHE_EXTENSION_NODE_OPTIONS" ]; then
    # On the command line these would override the user's; of two in NODE_OPTIONS, Node takes the last.
    export NODE_OPTIONS="$heap $CACHE_EXTENSION_NODE_OPTIONS"
    heap=
  fi
  IFS=' '
  exec node $heap "$program/main.cjs" "$name" "$@"
fi
. "$program/cannot-run.sh"

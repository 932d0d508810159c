# Read by the launcher where the program cannot be started: says why and which layer to use, on stderr and, if something here can
# reach Lambda, through init/error. Bash can, and Lambda's /bin/sh is bash. Images of containers may have another shell: with it,
# bash is looked for, and then nc, which Alpine has. It is a file of its own because most starts do not need it.
#
# $name is the extension's, $program the folder of the program. $libc is "none" if there is no glibc.
trap - EXIT
if [ -z "$BASH_VERSION" ] && command -v bash >/dev/null; then
  export name program libc
  exec bash "$program/cannot-run.sh"
fi
machine=$(uname -m 2>/dev/null)
case $machine in
  aarch64) layer=cache-extension-arm64 ;;
  x86_64) layer=cache-extension-x86_64 ;;
  *) layer="cache-extension-x86_64 or cache-extension-arm64" ;;
esac
if [ -f "$program/main.cjs" ]; then
  type=Extension.NodeMissing
  message="there is no node in this function's environment, and this is the layer cache-extension-node: use the layer $layer, which brings its own runtime"
elif [ "$libc" = none ]; then
  type=Extension.GlibcMissing
  message="the program needs glibc 2.17 or newer, and this image has none, as those of Alpine: use a base image with glibc, such as public.ecr.aws/lambda/provided:al2023 or debian, or, if it has Node 22.19 or newer, the layer cache-extension-node"
else
  type=Extension.WrongLayer
  message="the program cannot be executed on this machine (${machine:-unknown}): use the layer $layer, and the file modes that are in its archive"
fi
echo "[$name] ERROR $message" >&2

carriage=$(printf '\r')

# Sends a request to the Extensions API: path, JSON, and a further header line. Prints the answer's status and headers.
post() {
  host=${AWS_LAMBDA_RUNTIME_API%:*} port=${AWS_LAMBDA_RUNTIME_API##*:}
  if [ -n "$BASH_VERSION" ]; then
    exec 3<>"/dev/tcp/$host/$port" || return 1
    request "$@" >&3
    # If the connection closed before the answer, Lambda might ignore the request.
    while IFS= read -r -t 5 line <&3 && [ "$line" != "$carriage" ]; do printf '%s\n' "$line"; done
  else
    request "$@" | nc -w 5 "$host" "$port"
  fi
}

request() {
  printf 'POST /2020-01-01/extension/%s HTTP/1.1\r\nHost: %s\r\nConnection: close\r\nContent-Type: application/json\r\nContent-Length: %s\r\nLambda-Extension-Name: %s\r\n%s\r\n%s' \
    "$1" "$AWS_LAMBDA_RUNTIME_API" "${#2}" "$name" "$3" "$2"
}

# The extension's identifier is in a header of the answer.
identifier() {
  while IFS= read -r line; do
    line=${line%"$carriage"}
    case $line in
      [Ll]ambda-[Ee]xtension-[Ii]dentifier:*) echo "${line##* }" && return ;;
      '') return 1 ;;
    esac
  done
}

report() {
  id=$(post register '{"events":["SHUTDOWN"]}' '' | identifier) || return
  end=$(printf '\r\n.')
  post init/error "{\"errorType\":\"$type\",\"errorMessage\":\"$message\",\"stackTrace\":[]}" \
    "Lambda-Extension-Identifier: $id${end%.}Lambda-Extension-Function-Error-Type: $type${end%.}" >/dev/null
}

[ -z "$AWS_LAMBDA_RUNTIME_API" ] || (report) 2>/dev/null
exit 1

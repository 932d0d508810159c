# Read by the launcher where the program cannot be started: says why and which layer to use, on stderr and, where the shell can
# reach Lambda, through init/error. Bash can, and Lambda's /bin/sh is bash. It is a file of its own because most starts do not need it.
#
# $name is the extension's, $program the folder of the program.
machine=$(uname -m 2>/dev/null)
case $machine in
  aarch64) layer=cache-extension-arm64 ;;
  x86_64) layer=cache-extension-x86_64 ;;
  *) layer="cache-extension-x86_64 or cache-extension-arm64" ;;
esac
if [ -f "$program/main.cjs" ]; then
  type=Extension.NodeMissing
  message="there is no node in this function's environment, and this is the layer cache-extension-node: use the layer $layer, which brings its own runtime"
else
  type=Extension.WrongLayer
  message="the program cannot be executed on this machine (${machine:-unknown}): use the layer $layer, and the file modes that are in its archive"
fi
echo "[$name] ERROR $message" >&2

# Sends a request of the Extensions API: path, JSON, and a further header line.
post() {
  exec 3<>"/dev/tcp/${AWS_LAMBDA_RUNTIME_API%:*}/${AWS_LAMBDA_RUNTIME_API##*:}" || return 1
  printf 'POST /2020-01-01/extension/%s HTTP/1.1\r\nHost: %s\r\nConnection: close\r\nContent-Type: application/json\r\nContent-Length: %s\r\nLambda-Extension-Name: %s\r\n%s\r\n%s' \
    "$1" "$AWS_LAMBDA_RUNTIME_API" "${#2}" "$name" "$3" "$2" >&3
}

# The extension's identifier is in a header of the answer.
identifier() {
  carriage=$(printf '\r')
  while IFS= read -r -t 5 line <&3; do
    line=${line%"$carriage"}
    case $line in
      [Ll]ambda-[Ee]xtension-[Ii]dentifier:*) echo "${line##* }" && return ;;
      '') return 1 ;;
    esac
  done
}

report() {
  post register '{"events":["SHUTDOWN"]}' '' && id=$(identifier) || return
  end=$(printf '\r\n.')
  post init/error "{\"errorType\":\"$type\",\"errorMessage\":\"$message\",\"stackTrace\":[]}" \
    "Lambda-Extension-Identifier: $id${end%.}Lambda-Extension-Function-Error-Type: $type${end%.}" || return
  # If the connection closed before the answer, Lambda might ignore the request.
  read -r -t 5 line <&3
}

[ -z "$BASH_VERSION" ] || [ -z "$AWS_LAMBDA_RUNTIME_API" ] || (report) 2>/dev/null
exit 1

#!/bin/sh
# AWS_LAMBDA_EXEC_WRAPPER=/opt/cache-extension/exec: Lambda starts the function's runtime through this script. Variables whose
# value begins with cache-extension:// get the values that they refer to, by one request to the extension (GET /environment,
# src/http/environment). Then the runtime takes this process's place. docs/environment-variables.md has the rules.
#
# No value is ever in an argument, a file or a message: only builtins of bash touch values, and nothing evaluates them.
{ set +xv; } 2>/dev/null
if [ -z "$BASH_VERSION" ]; then
  # Only bash opens connections by itself. It is Lambda's sh; elsewhere, as on Debian, it stands beside another sh.
  command -v bash >/dev/null && exec bash --posix "$0" "$@"
  echo "[cache-extension] $0 needs bash, and there is none" >&2
  exit 1
fi
# In POSIX mode a failed redirection would end the shell without a message, and bytes would be read one by one.
set +o posix
shopt -s execfail

# Lambda ends INIT after 10 s, and with it every message. The extension answers after 8 s at the latest. Seconds to wait for
# that, and for its port.
cache_extension_patience=8.5
cache_extension_port_patience=5
# What has been read: each variable with its value. Arrays are never exported.
cache_extension_names=()
cache_extension_values=()
cache_extension_references=()

# Ends INIT with a message, as JSON has it within quotes: on stderr, and to Lambda.
cache_extension_fail_json() {
  local LC_ALL=C text body fd status type=Runtime.EnvironmentUnresolved api=$AWS_LAMBDA_RUNTIME_API quote='\x22'
  # `%b` knows every escape of JSON but that of the quotation mark. Bash 4.2 would keep quotes around a replacement.
  printf -v text '%b' "${1//'\"'/$quote}"
  printf '[cache-extension] %s\n' "$text" >&2
  body="{\"errorMessage\":\"$1\",\"errorType\":\"$type\",\"stackTrace\":[]}"
  if [[ -n $api ]] && { exec {fd}<>"/dev/tcp/${api%:*}/${api##*:}"; } 2>/dev/null; then
    {
      printf 'POST /2018-06-01/runtime/init/error HTTP/1.1\r\nHost: %s\r\nConnection: close\r\n' "$api"
      printf 'Content-Type: application/json\r\nLambda-Runtime-Function-Error-Type: %s\r\n' "$type"
      printf 'Content-Length: %s\r\n\r\n%s' "${#body}" "$body"
    } >&"$fd" 2>/dev/null
    # Only once it has been received may this process end.
    IFS= read -r -t 1 -u "$fd" status
  fi
  exit 1
}

cache_extension_fail() {
  local LC_ALL=C message=$1
  message=${message//\\/\\\\}
  message=${message//\"/\\\"}
  message=${message//[[:cntrl:]]/ }
  cache_extension_fail_json "$message"
}

# Sets `port` and `is_configured` by server.port of config.yaml, if it is written as docs/configuration.md shows.
cache_extension_read_port() {
  local file=${CACHE_EXTENSION_CONFIG:-config.yaml} line section text
  local block='^[[:space:]]+port:[[:space:]]+([0-9]{1,5})[[:space:]]*(#.*)?$'
  local flow='^server:[[:space:]]*\{(.*,)?[[:space:]]*port:[[:space:]]+([0-9]{1,5})[[:space:]]*[,}]'
  [[ $file == /* ]] || file=/var/task/$file
  if [[ -n $CACHE_EXTENSION_CONFIG_YAML ]]; then exec {text}<<<"$CACHE_EXTENSION_CONFIG_YAML"
  elif [[ -f $file && -r $file ]]; then exec {text}<"$file"
  else return; fi
  while IFS= read -r -u "$text" line || [[ -n $line ]]; do
    line=${line%$'\r'}
    [[ $line == [!\ #]* ]] && section=${line%%:*}
    [[ $section == server && $line == *port:* ]] || continue
    if [[ $line =~ $flow ]]; then port=${BASH_REMATCH[2]} is_configured=1
    elif [[ $line =~ $block ]]; then port=${BASH_REMATCH[1]} is_configured=1; fi
  done
  exec {text}<&-
}

# Connects to the extension: `fd`. The port of config.yaml opens only once that file has been read, so it is worth waiting for.
cache_extension_connect() {
  local since=$SECONDS
  until { exec {fd}<>"/dev/tcp/127.0.0.1/$port"; } 2>/dev/null; do
    ((is_configured && SECONDS - since < cache_extension_port_patience)) || return
    sleep 0.02
  done
}

# Reads what the references refer to.
cache_extension_read() {
  local LC_ALL=C IFS=' ' name reference target='' faults='' fd port=4000 is_configured=0 token='' line status body i count length value
  local detail='"detail":"(([^"\\]|\\.)*)"' number='^(0|[1-9][0-9]{0,6})$' cut_off="the extension's answer ended too early"
  for name in "${cache_extension_references[@]}"; do
    reference=${!name}
    [[ $reference == *[![:graph:]]* ]] &&
      faults+="; $name: a reference has neither spaces, control characters nor letters outside of ASCII; percent-encode them"
    reference=${reference//'%'/%25}
    reference=${reference//'&'/%26}
    reference=${reference//'+'/%2B}
    reference=${reference//'#'/%23}
    target+="&set=$name=$reference"
  done
  [[ -z $faults ]] || cache_extension_fail "${faults#; }"
  target=/environment?${target#&}
  ((${#target} <= 12000)) ||
    cache_extension_fail "${cache_extension_references[*]}: the references are too long together: ${#target} characters; 12000 are allowed"
  # The values would be in the snapshot, and stay what they were when the version was published.
  [[ $AWS_LAMBDA_INITIALIZATION_TYPE != snap-start ]] ||
    cache_extension_fail "${cache_extension_references[*]}: with SnapStart, variables cannot be resolved: they would stay in the snapshot; read them from the extension's port"

  if [[ $CACHE_EXTENSION_PORT =~ ^[0-9]{1,5}$ ]]; then port=$CACHE_EXTENSION_PORT; else cache_extension_read_port; fi
  cache_extension_connect ||
    cache_extension_fail "${cache_extension_references[*]}: the extension does not listen at 127.0.0.1:$port; allowed: a layer with the extension, and its port in CACHE_EXTENSION_PORT if that is not 4000"

  if [[ -n $AWS_SESSION_TOKEN ]]; then token=$AWS_SESSION_TOKEN
  elif [[ -n $AWS_CONTAINER_AUTHORIZATION_TOKEN ]]; then token=$AWS_CONTAINER_AUTHORIZATION_TOKEN
  elif [[ -n $AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE && -r $AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE ]]; then
    read -r token <"$AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE"
  fi
  {
    printf 'GET %s HTTP/1.1\r\nHost: 127.0.0.1:%s\r\nConnection: close\r\n' "$target" "$port"
    [[ -z $token ]] || printf 'X-Aws-Parameters-Secrets-Token: %s\r\n' "$token"
    printf '\r\n'
  } >&"$fd" 2>/dev/null

  read -r -t "$cache_extension_patience" -u "$fd" line status line
  (($? <= 128)) ||
    cache_extension_fail "${cache_extension_references[*]}: the extension did not answer within $cache_extension_patience s"
  [[ -n $status ]] ||
    cache_extension_fail "${cache_extension_references[*]}: the extension closed the connection at 127.0.0.1:$port without an answer; its log says why, and its port must be in CACHE_EXTENSION_PORT if that is not 4000"
  while IFS= read -r -t 2 -u "$fd" line && [[ $line != $'\r' ]]; do :; done
  if [[ $status != 200 ]]; then
    IFS= read -r -d '' -t 2 -u "$fd" body
    [[ $body =~ $detail ]] && cache_extension_fail_json "${BASH_REMATCH[1]}"
    cache_extension_fail "${cache_extension_references[*]}: the extension answered with the status $status"
  fi

  # Only numbers and names reach arithmetic and `!`, which would evaluate anything else.
  read -r -t 2 -u "$fd" count
  [[ $count =~ $number ]] || cache_extension_fail "${cache_extension_references[*]}: $cut_off"
  for ((i = 0; i < count; i++)); do
    read -r -t 2 -u "$fd" name length && [[ $length =~ $number && $name =~ ^[A-Za-z_][A-Za-z0-9_]*$ ]] &&
      IFS= read -r -t 2 -N "$((length + 1))" -u "$fd" value && ((${#value} == length + 1)) ||
      cache_extension_fail "${cache_extension_references[*]}: $cut_off"
    cache_extension_names+=("$name")
    cache_extension_values+=("${value:0:length}")
  done
  exec {fd}>&-
}

# Whether a variable is in the environment. Bash also has variables of its own, which are not.
cache_extension_is_exported() {
  [[ -n ${!1+set} && $(declare -p "$1" 2>/dev/null) =~ ^declare\ -[A-Za-z]*x ]]
}

# By their first letters: that takes neither a process nor a list of names.
for cache_extension_name in ${!_*} ${!A*} ${!B*} ${!C*} ${!D*} ${!E*} ${!F*} ${!G*} ${!H*} ${!I*} ${!J*} ${!K*} ${!L*} ${!M*} \
  ${!N*} ${!O*} ${!P*} ${!Q*} ${!R*} ${!S*} ${!T*} ${!U*} ${!V*} ${!W*} ${!X*} ${!Y*} ${!Z*} ${!a*} ${!b*} ${!c*} ${!d*} ${!e*} \
  ${!f*} ${!g*} ${!h*} ${!i*} ${!j*} ${!k*} ${!l*} ${!m*} ${!n*} ${!o*} ${!p*} ${!q*} ${!r*} ${!s*} ${!t*} ${!u*} ${!v*} ${!w*} \
  ${!x*} ${!y*} ${!z*}; do
  [[ ${!cache_extension_name} == cache-extension://* ]] && cache_extension_references+=("$cache_extension_name")
done

if ((${#cache_extension_references[@]} > 0)); then
  # If the other side closes the connection, a write fails instead of ending this process.
  trap '' PIPE
  cache_extension_read
  trap - PIPE
  cache_extension_resolved=' '
  for cache_extension_index in "${!cache_extension_names[@]}"; do
    cache_extension_name=${cache_extension_names[cache_extension_index]}
    # A parameter below a path never replaces a variable that is there.
    if [[ ${!cache_extension_name} != cache-extension://* ]] && cache_extension_is_exported "$cache_extension_name"; then continue; fi
    # Bash would quote the value in a message if it cannot set the variable.
    { export "$cache_extension_name=${cache_extension_values[cache_extension_index]}"; } 2>/dev/null
    # UID, RANDOM and some others keep values of their own.
    [[ ${!cache_extension_name} == "${cache_extension_values[cache_extension_index]}" ]] ||
      cache_extension_fail "the shell keeps the variable $cache_extension_name for itself; rename the parameter"
    cache_extension_resolved+="$cache_extension_name "
  done
  # What referred to a path has become other variables.
  for cache_extension_name in "${cache_extension_references[@]}"; do
    [[ $cache_extension_resolved == *" $cache_extension_name "* ]] || unset "$cache_extension_name"
  done
fi

(($# > 0)) || cache_extension_fail "$0 is given no command; allowed: $0 <program> <arguments>, as Lambda calls it"
if [[ -n $CACHE_EXTENSION_EXEC_WRAPPER ]]; then
  [[ ! $CACHE_EXTENSION_EXEC_WRAPPER -ef $0 ]] ||
    cache_extension_fail "CACHE_EXTENSION_EXEC_WRAPPER is this wrapper itself; allowed: the path of the next one"
  [[ -f $CACHE_EXTENSION_EXEC_WRAPPER && -x $CACHE_EXTENSION_EXEC_WRAPPER ]] ||
    cache_extension_fail "CACHE_EXTENSION_EXEC_WRAPPER is $CACHE_EXTENSION_EXEC_WRAPPER, which is no executable file; allowed: the path of the next wrapper"
  set -- "$CACHE_EXTENSION_EXEC_WRAPPER" "$@"
fi
exec -- "$@"
cache_extension_fail "$1 cannot be executed"

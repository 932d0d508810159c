"""Runs a Python handler under local Lambda if `awslambdaric`, AWS's own runtime client, is not installed.

    python3 python.py app.handler

`dev` starts it in the function's folder. It speaks the Runtime API
(https://docs.aws.amazon.com/lambda/latest/dg/runtimes-api.html) with the standard library only: handlers of modules and
packages, the context object, errors with type, message and stack trace. It cannot stream responses.
"""
import http.client
import importlib
import json
import os
import sys
import time
import traceback

sys.path.insert(0, os.getcwd())
HOST, _, PORT = os.environ["AWS_LAMBDA_RUNTIME_API"].partition(":")
BASE = "/2018-06-01/runtime"


def call(method, path, body=None, headers=None):
    """One request on a connection of its own: the poll may wait for hours."""
    connection = http.client.HTTPConnection(HOST, int(PORT))
    try:
        connection.request(method, BASE + path, body, headers or {})
        reply = connection.getresponse()
        return reply.headers, reply.read()
    finally:
        connection.close()


def report(path, error_type, message, trace=()):
    body = json.dumps({"errorType": error_type, "errorMessage": message, "stackTrace": list(trace)})
    headers = {"Content-Type": "application/json", "Lambda-Runtime-Function-Error-Type": error_type}
    call("POST", path, body.encode(), headers)


def report_exception(path, error, error_type=None, message=None):
    # Not this file's own frames, nor those of the import machinery.
    frames = [
        frame
        for frame in traceback.extract_tb(error.__traceback__)
        if frame.filename != __file__ and "importlib" not in frame.filename
    ]
    trace = traceback.format_list(frames)
    text = str(error) if message is None else message
    name = error_type or type(error).__name__
    print(f"[ERROR] {name}: {text}\n" + "".join(trace), file=sys.stderr, flush=True)
    report(path, name, text, trace)


def load(handler):
    """The function behind `module.function`. A fault of the name or the module ends INIT, as in Lambda."""
    module_name, dot, function_name = handler.rpartition(".")
    if not dot:
        report("/init/error", "Runtime.MalformedHandlerName", f"Bad handler '{handler}': not enough values to unpack")
        sys.exit(1)
    try:
        module = importlib.import_module(module_name.replace("/", "."))
    except SyntaxError as error:
        report_exception("/init/error", error, "Runtime.UserCodeSyntaxError", f"Syntax error in module '{module_name}': {error}")
        sys.exit(1)
    except ImportError as error:
        report_exception("/init/error", error, "Runtime.ImportModuleError", f"Unable to import module '{module_name}': {error}")
        sys.exit(1)
    except Exception as error:
        report_exception("/init/error", error)
        sys.exit(1)
    function = getattr(module, function_name, None)
    if function is None:
        text = f"Handler '{function_name}' missing on module '{module_name}'"
        print(f"[ERROR] Runtime.HandlerNotFound: {text}", file=sys.stderr, flush=True)
        report("/init/error", "Runtime.HandlerNotFound", text)
        sys.exit(1)
    return function


class Record:
    """The members of a JSON object as attributes; missing ones are None."""

    def __init__(self, values):
        self.__dict__.update(values or {})

    def __getattr__(self, name):
        return None


class Context:
    """https://docs.aws.amazon.com/lambda/latest/dg/python-context.html"""

    def __init__(self, headers):
        self.aws_request_id = headers["Lambda-Runtime-Aws-Request-Id"]
        self.invoked_function_arn = headers["Lambda-Runtime-Invoked-Function-Arn"]
        self.function_name = os.environ["AWS_LAMBDA_FUNCTION_NAME"]
        self.function_version = os.environ["AWS_LAMBDA_FUNCTION_VERSION"]
        self.memory_limit_in_mb = os.environ["AWS_LAMBDA_FUNCTION_MEMORY_SIZE"]
        self.log_group_name = os.environ.get("AWS_LAMBDA_LOG_GROUP_NAME")
        self.log_stream_name = os.environ.get("AWS_LAMBDA_LOG_STREAM_NAME")
        self._deadline = int(headers["Lambda-Runtime-Deadline-Ms"])
        client = headers["Lambda-Runtime-Client-Context"]
        self.client_context = Record(json.loads(client)) if client else None
        identity = headers["Lambda-Runtime-Cognito-Identity"]
        self.identity = Record(json.loads(identity) if identity else {})

    def get_remaining_time_in_millis(self):
        return max(0, self._deadline - int(time.time() * 1000))

    def log(self, text):
        print(text, flush=True)


def invoke(function, headers, body):
    path = f"/invocation/{headers['Lambda-Runtime-Aws-Request-Id']}"
    trace = headers["Lambda-Runtime-Trace-Id"]
    if trace:
        os.environ["_X_AMZN_TRACE_ID"] = trace
    try:
        result = json.dumps(function(json.loads(body), Context(headers)))
    except Exception as error:
        report_exception(f"{path}/error", error)
    else:
        call("POST", f"{path}/response", result.encode(), {"Content-Type": "application/json"})


def main():
    sys.stdout.reconfigure(line_buffering=True)
    function = load(sys.argv[1])
    while True:
        invoke(function, *call("GET", "/invocation/next"))


if __name__ == "__main__":
    main()

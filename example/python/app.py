# Reads from the cache extension with the standard library alone. Copy what you need.
import json
import os
from urllib.error import HTTPError
from urllib.parse import urlencode
from urllib.request import ProxyHandler, Request, build_opener

CACHE = f"http://127.0.0.1:{os.environ.get('CACHE_EXTENSION_PORT', '4000')}"
# Needed with `server.token: required` in config.yaml.
TOKEN = {"X-Aws-Parameters-Secrets-Token": os.environ.get("AWS_SESSION_TOKEN", "")}
OPENER = build_opener(ProxyHandler({}))  # bypasses the function's proxy


class CacheError(Exception):
    def __init__(self, status, problem):  # application/problem+json
        super().__init__(f"{status} {problem['title']}: {problem['detail']}")
        self.status = status


def read(kind, names, **headers):
    request = Request(f"{CACHE}/{kind}?{urlencode({'name': names}, doseq=True)}", headers={**TOKEN, **headers})
    try:
        with OPENER.open(request, timeout=10) as response:
            return response.read().decode()
    except HTTPError as error:
        raise CacheError(error.code, json.load(error)) from None


def with_secret(name, use):
    """Uses a secret. If it is refused, it may have been rotated: fetches it from Secrets Manager and tries once more."""
    try:
        return use(read("secrets", name))
    except PermissionError:
        return use(read("secrets", name, **{"Cache-Control": "no-cache"}))


def handler(event, context):
    def login(password):  # stands in for your database, which accepts one password
        if password != event["password"]:
            raise PermissionError("wrong password")
        return "logged in"

    greeting = read("parameters", "CacheExtensions_Parameter1")
    item = json.loads(read("dynamodb", "DynamoDbTable-pKey1-sKey1"))
    names = ["CacheExtensions_Parameter1", "/aws/reference/secretsmanager/secret_info", "missing"]
    several = json.loads(read("parameters", names))
    counts = f"{len(several['values'])} values, {len(several['errors'])} error"
    session = with_secret("secret_info", login)
    try:
        missing = read("parameters", "missing")
    except CacheError as error:
        missing = str(error)
    return "\n".join([greeting, item["Data"], counts, session, missing])

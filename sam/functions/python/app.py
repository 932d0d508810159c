# The second sample of the stack: the same layer with Python, using only the standard library. It returns what it read
# from the cache extension, but only the length of the secret.
import json
import os
import urllib.error
import urllib.parse
import urllib.request

EXTENSION = f"http://127.0.0.1:{os.environ.get('CACHE_EXTENSION_PORT', '4000')}"

# The token that Lambda gives the function. config.yaml requires it (server.token).
TOKEN = {"X-Aws-Parameters-Secrets-Token": os.environ.get("AWS_SESSION_TOKEN", "")}

# The extension is on this machine, so requests to it must bypass the function's proxy.
OPENER = urllib.request.build_opener(urllib.request.ProxyHandler({}))


def read(kind, name):
    query = urllib.parse.urlencode({"name": name})
    request = urllib.request.Request(f"{EXTENSION}/{kind}?{query}", headers=TOKEN)
    try:
        with OPENER.open(request, timeout=5) as response:
            return response.read().decode()
    except urllib.error.HTTPError as error:  # application/problem+json says what is wrong
        raise RuntimeError(f"{kind} {name}: {error.code} {error.read().decode()}") from None


def handler(event, context):
    return {
        "runtime": "python",
        "parameter": read("parameters", "CacheExtensions_Parameter1"),
        "secretLength": len(read("secrets", "secret_info")),
        "item": json.loads(read("dynamodb", "DynamoDbTable-pKey1-sKey1")),
    }

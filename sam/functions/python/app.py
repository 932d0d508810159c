# The second sample of the stack: the same layer under Python, with nothing but the standard library. It answers
# with what it read from the cache extension, but of the secret only the length.
import json
import os
import urllib.parse
import urllib.request

EXTENSION = f"http://localhost:{os.environ.get('CACHE_EXTENSION_PORT', '4000')}"

# The extension is on this machine: a proxy that the function may have is not for it.
OPENER = urllib.request.build_opener(urllib.request.ProxyHandler({}))


def read(kind, name):
    query = urllib.parse.urlencode({"name": name})
    with OPENER.open(f"{EXTENSION}/{kind}?{query}", timeout=5) as response:
        return response.read().decode()


def handler(event, context):
    return {
        "runtime": "python",
        "parameter": read("parameters", "CacheExtensions_Parameter1"),
        "secretLength": len(read("secrets", "secret_info")),
        "item": json.loads(read("dynamodb", "DynamoDbTable-pKey1-sKey1")),
    }

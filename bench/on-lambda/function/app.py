# The function of bench:lambda for Python: reads the same value twice from the extension, and returns how long that took in
# milliseconds, with the extension's metrics. Without the extension it does nothing.
import os
import time
from urllib import request

ADDRESS = "http://127.0.0.1:" + os.environ.get("CACHE_EXTENSION_PORT", "4000")
DIRECT = request.build_opener(request.ProxyHandler({}))


def read(path):
    with DIRECT.open(ADDRESS + path) as response:
        return response.read().decode()


def timed(path):
    start = time.perf_counter()
    read(path)
    return (time.perf_counter() - start) * 1000


def handler(event, context):
    if "BENCH_READS" not in os.environ:
        return {"first": None, "second": None, "metrics": None}
    path = "/parameters?name=" + os.environ["BENCH_PARAMETER"]
    return {"first": timed(path), "second": timed(path), "metrics": read("/metrics")}

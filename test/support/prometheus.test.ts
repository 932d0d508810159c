/**
 * Tests the parser of Prometheus' format: it accepts the specification's example and refuses what is almost right.
 */
import { assert, describe, it } from "@effect/vitest"
import { NotExposition, parseExposition, valueOf } from "./prometheus.ts"

const EXAMPLE = `# HELP http_requests_total The total number of HTTP requests.
# TYPE http_requests_total counter
http_requests_total{method="post",code="200"} 1027 1395066363000
http_requests_total{method="post",code="400"}    3
# HELP msdos_file_access_time_seconds A \\\\ and a \\n.
# TYPE msdos_file_access_time_seconds gauge
msdos_file_access_time_seconds{path="C:\\\\DIR\\\\FILE.TXT",error="Cannot find file:\\n\\"FILE.TXT\\""} 1.458255915e9
# HELP http_request_duration_seconds A histogram of the request duration.
# TYPE http_request_duration_seconds histogram
http_request_duration_seconds_bucket{le="0.05"} 24054
http_request_duration_seconds_bucket{le="1"} 133988
http_request_duration_seconds_bucket{le="+Inf"} 144320
http_request_duration_seconds_sum 53423
http_request_duration_seconds_count 144320
`.replace(/}    3/, "} 3")

const without = (text: string) => EXAMPLE.replace(text, "")

describe("the reader of Prometheus' text format", () => {
  it("reads the example of the specification", () => {
    const families = parseExposition(EXAMPLE)
    assert.deepStrictEqual(
      families.map(({ name, samples, type }) => [name, type, samples.length]),
      [
        ["http_requests_total", "counter", 2],
        ["msdos_file_access_time_seconds", "gauge", 1],
        ["http_request_duration_seconds", "histogram", 5],
      ],
    )
    assert.strictEqual(valueOf(families, "http_requests_total", { code: "200", method: "post" }), 1_027)
    assert.strictEqual(families[1]?.help, "A \\ and a \n.")
    assert.deepStrictEqual(families[1]?.samples[0]?.labels, {
      path: "C:\\DIR\\FILE.TXT",
      error: 'Cannot find file:\n"FILE.TXT"',
    })
  })

  it.each([
    ["no line feed at the end", EXAMPLE.slice(0, -1)],
    ["an empty line", `${EXAMPLE}\n`],
    ["a sample without TYPE", without("# TYPE http_requests_total counter\n")],
    ["a TYPE without HELP", without("# HELP http_requests_total The total number of HTTP requests.\n")],
    ["a second TYPE", EXAMPLE.replace("counter\n", "counter\n# TYPE http_requests_total counter\n")],
    ["an unknown type", EXAMPLE.replace("counter", "meter")],
    ["a counter without _total", EXAMPLE.replaceAll("http_requests_total", "http_requests")],
    ["a negative counter", EXAMPLE.replace(" 1027", " -1")],
    ["a number that is none", EXAMPLE.replace(" 1027", " 1,027")],
    ["a hexadecimal number", EXAMPLE.replace(" 1027", " 0x10")],
    ["the same series twice", EXAMPLE.replace('code="400"', 'code="200"')],
    [
      "the same series in another order of labels",
      EXAMPLE.replace('method="post",code="400"', 'code="200",method="post"'),
    ],
    ["a label twice", EXAMPLE.replace('code="200"', 'method="get"')],
    ["a comma too many", EXAMPLE.replace('code="200"', 'code="200",')],
    ["a label's name with a dash", EXAMPLE.replace("code=", "co-de=")],
    ["a metric's name with a dot", EXAMPLE.replaceAll("http_requests_total", "http.requests_total")],
    ["an escape that is none", EXAMPLE.replace("C:\\\\DIR", "C:\\DIR")],
    ["a stranger in a family", EXAMPLE.replace("duration_seconds_sum", "duration_seconds_max")],
    [
      "a family in two places",
      `${EXAMPLE}# HELP http_requests_total Again.\n# TYPE http_requests_total counter\nhttp_requests_total 1\n`,
    ],
    ["a family without samples", `${EXAMPLE}# HELP a_total Nothing.\n# TYPE a_total counter\n`],
    ["buckets that are not cumulative", EXAMPLE.replace("133988", "24053")],
    ["buckets out of order", EXAMPLE.replace('le="1"', 'le="0.01"')],
    ["no last bucket", without('http_request_duration_seconds_bucket{le="+Inf"} 144320\n')],
    ["a count that is not the last bucket", EXAMPLE.replace("count 144320", "count 144321")],
    ["no sum", without("http_request_duration_seconds_sum 53423\n")],
    ["no count", without("http_request_duration_seconds_count 144320\n")],
  ])("refuses %s", (_, text) => {
    assert.notStrictEqual(text, EXAMPLE)
    assert.throws(() => parseExposition(text), NotExposition)
  })
})

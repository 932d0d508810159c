/**
 * The plain client: what it sends, and how it reads the answers. attempts.test.ts has the retries,
 * test/integration/client.test.ts uses the built extension.
 */
import { assert, describe, it } from "@effect/vitest"
import { Schema } from "effect"
import { afterEach, vi } from "vitest"
import { CacheExtensionError, type ClientOptions } from "../../client/Client.ts"
import { clientOver, failureOf, json, problem, refused } from "./stub.ts"

afterEach(() => {
  vi.unstubAllEnvs()
})

describe("a read", () => {
  it("asks for a kind and a name, as config.yaml has them", async () => {
    const { client, sent } = clientOver([() => new Response("Hello")])
    assert.strictEqual(await client.get("parameters", "/app/prod/greeting"), "Hello")
    assert.deepStrictEqual(sent, [
      { url: "http://127.0.0.1:4000/parameters?name=%2Fapp%2Fprod%2Fgreeting", method: "GET", headers: {} },
    ])
  })

  it.prop("carries every name through the query", [Schema.NonEmptyString], async ([name]) => {
    const { client, sent } = clientOver([() => new Response("")])
    await client.get("secrets", name.toWellFormed())
    const { searchParams } = new URL(sent[0]?.url ?? "")
    assert.deepStrictEqual([...searchParams], [["name", name.toWellFormed()]])
  })

  it("asks for a version, an age, a field, flags", async () => {
    const { client, sent } = clientOver([() => json(1)])
    await client.get("parameters", "A", { version: 3, maxAge: 10 })
    await client.get("parameters", "A", { label: "live", onlyIfCached: true })
    await client.getBytes("secrets", "A", { versionId: "f00", maxAge: 0, onlyIfCached: true })
    await client.getJson("secrets", "A", { versionStage: "AWSPREVIOUS", pointer: "/a/b" })
    await client.getJson("appconfig", "a/b/c", { flag: "beta" })
    await client.getJson("appconfig", "a/b/c", { flag: ["beta", "x y"] })
    await client.getJson("appconfig", "a/b/c", { flag: "beta", context: { userId: 7, name: "José" } })
    await client.refresh("parameters", "A", { version: "3" })
    await client.invalidate("secrets", "A", { versionStage: "AWSPREVIOUS" })
    assert.deepStrictEqual(
      sent.map(({ headers, method, url }) =>
        [method, url.replace(/.*4000/, "")].concat(Object.values(headers as Record<string, string>)),
      ),
      [
        ["GET", "/parameters?name=A&version=3", "max-age=10"],
        ["GET", "/parameters?name=A&label=live", "only-if-cached"],
        ["GET", "/secrets?name=A&versionId=f00", "max-age=0, only-if-cached"],
        ["GET", "/secrets?name=A&versionStage=AWSPREVIOUS&json=%2Fa%2Fb"],
        ["GET", "/appconfig?name=a%2Fb%2Fc&flag=beta"],
        ["GET", "/appconfig?name=a%2Fb%2Fc&flag=beta&flag=x%20y"],
        ["GET", "/appconfig?name=a%2Fb%2Fc&flag=beta", "userId=7, name=JosÃ©"],
        ["GET", "/parameters?name=A&version=3", "no-cache"],
        ["DELETE", "/secrets?name=A&versionStage=AWSPREVIOUS"],
      ],
    )
  })

  it("with the selector of another kind does not compile, and is refused by the extension", async () => {
    const { client, sent } = clientOver([() => new Response("", { status: 400 })])
    const failures = [
      // @ts-expect-error a secret has no label
      client.get("secrets", "A", { label: "live" }),
      // @ts-expect-error only configurations have flags
      client.get("parameters", "A", { flag: "beta" }),
      // @ts-expect-error an item has no versions
      client.get("dynamodb", "A", { version: 1 }),
      // @ts-expect-error there is no such kind
      client.get("buckets", "A"),
    ].map(failureOf)
    assert.deepStrictEqual(
      (await Promise.all(failures)).map(({ status }) => status),
      [400, 400, 400, 400],
    )
    assert.include(sent[0]?.url, "/secrets?name=A&label=live")
  })

  it("gives JSON parsed, a field that is a string as it is, and bytes untouched", async () => {
    const bytes = Uint8Array.of(0, 255, 10)
    const binary = () => new Response(bytes, { headers: { "content-type": "application/octet-stream" } })
    const { client } = clientOver([
      () => new Response(`{"port":5432}`),
      () => json(5432),
      () => new Response("5432", { headers: { "content-type": "text/plain; charset=utf-8" } }),
      binary,
    ])
    const { port } = await client.getJson<{ readonly port: number }>("parameters", "A")
    assert.strictEqual(port, 5432)
    assert.strictEqual(await client.getJson("parameters", "A", { pointer: "/port" }), 5432)
    assert.strictEqual(await client.getJson("parameters", "A", { pointer: "/port" }), "5432")
    assert.deepStrictEqual(await client.getBytes("secrets", "A"), bytes)
    const { detail, status } = await failureOf(client.get("secrets", "A"))
    assert.deepStrictEqual([status, detail], [0, "binary: use getBytes"])
  })

  it("of what is no JSON fails without showing the value", async () => {
    const { client } = clientOver([() => new Response("hunter2")])
    const failure = await failureOf(client.getJson("secrets", "A"))
    assert.strictEqual(failure.title, "Unusable")
    assert.notInclude(JSON.stringify([failure.message, failure.stack]), "hunter2")
  })

  it("fails with the extension's problem", async () => {
    const { client } = clientOver([
      () => json(problem(404, "no-data-found", "No data found", `"A" is not listed`), 404),
    ])
    const failure = await failureOf(client.get("parameters", "A"))
    const { detail, message, name, status, title, type } = failure
    assert.deepStrictEqual(
      [name, status, title, detail],
      ["CacheExtensionError", 404, "No data found", `"A" is not listed`],
    )
    assert.strictEqual(type, "urn:lambda-cache-extension:problem:no-data-found")
    assert.strictEqual(message, `No data found: "A" is not listed`)
  })
})

describe("a read of many names", () => {
  const errors = { B: problem(404, "no-data-found", "No data found", "B is not listed") }

  it("gives each value, and each failure as an error that can be thrown", async () => {
    const { client, sent } = clientOver([() => json({ values: { A: "a" }, errors })])
    const many = await client.getMany("parameters", ["A", "B", "A"])
    assert.deepStrictEqual(many.values, { A: "a" })
    assert.instanceOf(many.errors["B"], CacheExtensionError)
    assert.strictEqual(many.errors["B"]?.status, 404)
    assert.deepStrictEqual(
      sent.map(({ url }) => url),
      ["http://127.0.0.1:4000/parameters?name=A&name=B"],
    )
  })

  it("of one name gives the same, though the extension answers with the value itself", async () => {
    const { client } = clientOver([() => new Response("a"), () => json(errors.B, 404)])
    assert.deepStrictEqual(await client.getMany("parameters", ["A"]), { values: { A: "a" }, errors: {} })
    const { errors: failures } = await client.getMany("parameters", ["B"])
    assert.strictEqual(failures["B"]?.title, "No data found")
  })

  it.each([
    { what: "an item", sent: () => json({ id: 7 }), value: { id: 7 } },
    { what: "text", sent: () => new Response("7"), value: "7" },
    {
      what: "a binary secret",
      sent: () =>
        new Response(Uint8Array.of(0, 255), { headers: { "content-type": "application/octet-stream" } }),
      value: "AP8=",
    },
  ])("has $what as several have it, also when it is alone", async ({ sent, value }) => {
    const { client } = clientOver([sent, () => json({ values: { A: value, B: value }, errors: {} })])
    const alone = await client.getMany("dynamodb", ["A"])
    const among = await client.getMany("dynamodb", ["A", "B"])
    assert.deepStrictEqual(alone.values["A"], among.values["A"])
  })

  it("fails as a whole where the extension cannot be asked", async () => {
    const { client } = clientOver([refused])
    const failures = [["A"], ["A", "B"]].map((names) => failureOf(client.getMany("parameters", names)))
    const [one, several] = await Promise.all(failures)
    assert.deepStrictEqual([one?.title, several?.title], ["Unreachable", "Unreachable"])
  })

  it("of no name asks nothing", async () => {
    const { client, sent } = clientOver([refused])
    assert.deepStrictEqual(await client.getMany("parameters", []), { values: {}, errors: {} })
    assert.strictEqual(sent.length, 0)
  })

  it("takes no name for something else", async () => {
    const body = `{"values":{"__proto__":"a","constructor":"b"},"errors":{}}`
    const { client } = clientOver([() => new Response(body)])
    const { values } = await client.getMany("parameters", ["__proto__", "constructor"])
    assert.deepStrictEqual(Object.entries(values), [
      ["__proto__", "a"],
      ["constructor", "b"],
    ])
  })
})

describe("a path", () => {
  it("gives all parameters below it by their full names", async () => {
    const { client, sent } = clientOver([() => json({ "/app/a": "1", "/app/b": "2" })])
    assert.deepStrictEqual(await client.getByPath("/app/"), { "/app/a": "1", "/app/b": "2" })
    assert.strictEqual(sent[0]?.url, "http://127.0.0.1:4000/parameters?path=%2Fapp%2F")
  })
})

describe("the token", () => {
  it("is sent where the environment has one, and can be left out", async () => {
    vi.stubEnv("AWS_SESSION_TOKEN", "of the environment")
    const headersWith = async (options: ClientOptions) => {
      const { client, sent } = clientOver([() => new Response("")], options)
      await client.get("parameters", "A")
      return sent[0]?.headers
    }
    const header = "x-aws-parameters-secrets-token"
    assert.deepStrictEqual(await headersWith({ token: undefined }), { [header]: "of the environment" })
    assert.deepStrictEqual(await headersWith({ token: "another" }), { [header]: "another" })
    assert.deepStrictEqual(await headersWith({ token: "" }), {})
  })
})

describe("a port", () => {
  it("is that of CACHE_EXTENSION_PORT, else 4000", async () => {
    const urlWith = async (variable: string | undefined) => {
      vi.stubEnv("CACHE_EXTENSION_PORT", variable)
      const { client, sent } = clientOver([() => new Response("")], { port: undefined })
      await client.get("parameters", "A")
      return sent[0]?.url
    }
    assert.strictEqual(await urlWith("4711"), "http://127.0.0.1:4711/parameters?name=A")
    assert.strictEqual(await urlWith(undefined), "http://127.0.0.1:4000/parameters?name=A")
  })
})

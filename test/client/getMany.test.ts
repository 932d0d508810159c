/**
 * Reads of more names than fit in one request, against a fake extension with the same limits.
 * test/integration/client.test.ts uses the built extension.
 */
import { assert, describe, it } from "@effect/vitest"
import { Schema } from "effect"
import { createClient, type Fetch } from "../../client/Client.ts"
import { failureOf, json, problem, refused } from "./stub.ts"

/** The extension's limits: names (without duplicates), and bytes of URL and headers. */
const MAX_NAMES = 100
const MAX_HEAD = 16_384

const TOKEN = "t".repeat(4_096)

interface FakeExtension {
  readonly fetch: Fetch
  readonly requests: Array<ReadonlyArray<string>>
  /** The highest number of concurrent requests. */
  readonly maxRunning: () => number
}

/** Answers with the name in capitals. Names that begin with `-` are missing, an empty name is refused. */
const fakeExtension = (maxHead = MAX_HEAD): FakeExtension => {
  const requests: Array<ReadonlyArray<string>> = []
  let running = 0
  let maxRunning = 0
  const answer = (url: string, headers: Record<string, string>): Response => {
    const names = new URL(url).searchParams.getAll("name")
    requests.push(names)
    const head = url.length + Object.entries(headers).flat().join("").length
    if (head > maxHead) return new Response(undefined, { status: 431 })
    if (names.length > MAX_NAMES || new Set(names).size < names.length || names.includes(""))
      return json(problem(400, "bad-request", "Bad request", "no such query"), 400)
    const missing = names.filter((name) => name.startsWith("-"))
    const found = names.filter((name) => !name.startsWith("-"))
    const errors = missing.map(
      (name) => [name, problem(404, "no-data-found", "No data found", name)] as const,
    )
    if (names.length === 1)
      return errors[0] === undefined ? new Response(names[0]?.toUpperCase()) : json(errors[0][1], 404)
    return json({
      values: Object.fromEntries(found.map((name) => [name, name.toUpperCase()])),
      errors: Object.fromEntries(errors),
    })
  }
  const fetch: Fetch = async (url, { headers }) => {
    running += 1
    maxRunning = Math.max(maxRunning, running)
    await Promise.resolve()
    running -= 1
    return answer(url, headers)
  }
  return { fetch, requests, maxRunning: () => maxRunning }
}

const clientOf = ({ fetch }: Pick<FakeExtension, "fetch">) =>
  createClient({ port: 4000, token: TOKEN, fetch })

const namesOf = (count: number, length = 8): ReadonlyArray<string> =>
  Array.from({ length: count }, (_, index) => `${"n".repeat(length)}${index}`)

describe("a read of more names than a request takes", () => {
  it.each([
    { what: "101 names", names: namesOf(101) },
    {
      what: "a thousand names, some of them missing",
      names: [...namesOf(990), "-a", "-b", ...namesOf(8, 9)],
    },
    {
      what: "100 ARNs",
      names: namesOf(100, 160).map((name) => `arn:aws:secretsmanager:eu-west-1:1:${name}`),
    },
    { what: "names of the greatest length", names: namesOf(20, 2_040) },
    { what: "names that are long in UTF-8", names: namesOf(60).map((name) => `${name}${"ß€😀".repeat(40)}`) },
  ])("of $what gives each in its order, a few requests at a time", async ({ names }) => {
    const extension = fakeExtension()
    const { errors, values } = await clientOf(extension).getMany("secrets", names)
    const [missing, found] = [true, false].map((isMissing) =>
      names.filter((name) => name.startsWith("-") === isMissing),
    )
    assert.deepStrictEqual(Object.keys(values), found)
    assert.deepStrictEqual(
      Object.values(values),
      found?.map((name) => name.toUpperCase()),
    )
    assert.deepStrictEqual(Object.keys(errors), missing)
    assert.deepStrictEqual(extension.requests.flat().toSorted(), names.toSorted())
    assert.isAtMost(extension.maxRunning(), 4)
  })

  it.prop(
    "of any names asks for each once and knows of each",
    [Schema.Array(Schema.String)],
    async ([texts]) => {
      const names = texts.map((text) => text.toWellFormed())
      const { errors, values } = await clientOf(fakeExtension()).getMany("parameters", names)
      assert.sameMembers([...Object.keys(values), ...Object.keys(errors)], [...new Set(names)])
    },
  )

  it("leaves out of the others what is refused for one name alone", async () => {
    const names = [...namesOf(70), "", ...namesOf(50, 9)]
    const { errors, values } = await clientOf(fakeExtension()).getMany("parameters", names)
    assert.strictEqual(errors[""]?.status, 400)
    assert.deepStrictEqual(Object.keys(errors), [""])
    assert.strictEqual(Object.keys(values).length, 120)
  })

  it("asks for fewer at once where its headers leave less room than it thought", async () => {
    const names = namesOf(90, 60)
    const { values } = await clientOf(fakeExtension(TOKEN.length + 2_000)).getMany("parameters", names)
    assert.deepStrictEqual(Object.keys(values), names)
  })

  it("keeps what came, where one request is refused as a whole", async () => {
    const { fetch } = fakeExtension()
    const busy = problem(429, "too-many-requests", "Too many requests", "later")
    const { errors, values } = await clientOf({
      fetch: (url, init) => (url.includes("n101&") ? Promise.resolve(json(busy, 429)) : fetch(url, init)),
    }).getMany("parameters", namesOf(150))
    assert.strictEqual(Object.keys(values).length, 100)
    assert.deepStrictEqual(Object.keys(errors), namesOf(150).slice(100))
    assert.strictEqual(errors[namesOf(150)[149] ?? ""]?.title, "Too many requests")
  })

  it("fails where one request gets no answer, and begins no further one", async () => {
    let asked = 0
    const fetch: Fetch = () => {
      asked += 1
      return Promise.reject(refused())
    }
    const { title } = await failureOf(
      createClient({ port: 4000, fetch, timeout: 1 }).getMany("parameters", namesOf(2_000)),
    )
    assert.include(["Unreachable", "Timeout"], title)
    assert.isBelow(asked, 20)
  })

  it("takes no longer than one timeout, however many requests it makes", async () => {
    const signals = new Set<AbortSignal>()
    const { fetch } = fakeExtension()
    await createClient({
      port: 4000,
      token: "",
      fetch: (url, init) => (signals.add(init.signal), fetch(url, init)),
    }).getMany("parameters", namesOf(1_000))
    assert.strictEqual(signals.size, 1)
  })
})

it("a name that is half a surrogate pair fails as other names do", async () => {
  const client = clientOf(fakeExtension())
  for (const call of [client.get("parameters", "\ud800"), client.getMany("parameters", ["a", "\udfff"])]) {
    assert.strictEqual((await failureOf(call)).title, "Unusable")
  }
})

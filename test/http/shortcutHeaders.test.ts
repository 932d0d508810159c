/**
 * The headers that the shortcut keeps for a second, and what it counts: over a cache that gives what the test says.
 */
import { assert, describe, it } from "@effect/vitest"
import { Effect, Layer, Metric } from "effect"
import { Cache } from "../../src/cache/Cache.ts"
import type { Served } from "../../src/cache/Served.ts"
import type { Address } from "../../src/domain/Address.ts"
import { type Entry, entryKey, queryKey } from "../../src/domain/Entry.ts"
import { makeShortcut, noShortcut, urlsOf } from "../../src/http/shortcut.ts"
import * as Metrics from "../../src/observability/Metrics.ts"
import { parameter, planOf, text } from "../support/entries.ts"

const ENTRY = parameter("A", { ttl: 10_500 })
const URL_OF_A = "/parameters?name=A"

/** The shortcut over a cache whose fresh value is what `serve` was last given. Hosts say undefined or null of no header. */
const setup = Effect.fnUntraced(function* (
  absent: undefined | null = undefined,
  ...entries: ReadonlyArray<Entry>
) {
  let served: Served | undefined
  const cache = Layer.mock(Cache, { fresh: () => served })
  const shortcut = yield* Effect.provide(makeShortcut, [cache, planOf(ENTRY, ...entries)])
  return {
    serve: (value: ReturnType<typeof text>, age: number) => {
      served = { value, age, outcome: "hit" }
    },
    ask: (url = URL_OF_A) => shortcut(url, () => absent),
  }
})

describe("the headers of the shortcut", () => {
  it.effect("are the same ones within a second, and others in the next", () =>
    Effect.gen(function* () {
      const { ask, serve } = yield* setup()
      const value = text("v")
      serve(value, 1_000)
      const first = ask()?.headers
      assert.deepInclude(first, { age: "1" })
      serve(value, 1_400)
      assert.strictEqual(ask()?.headers, first)
      serve(value, 2_000)
      assert.deepInclude(ask()?.headers, { age: "2" })
      serve(value, 1_000)
      assert.deepInclude(ask()?.headers, { age: "1" })
    }),
  )

  it.effect("say how long a value stays fresh, also where only that has changed", () =>
    Effect.gen(function* () {
      const { ask, serve } = yield* setup()
      const value = text("v")
      serve(value, 1_000)
      const before = ask()?.headers["cache-status"]
      serve(value, 1_600)
      const after = ask()?.headers["cache-status"]
      assert.match(String(before), /; ttl=9\b/)
      assert.match(String(after), /; ttl=8\b/)
    }),
  )

  it.effect("have the tag of the body they come with, although the old one was given in this second", () =>
    Effect.gen(function* () {
      const { ask, serve } = yield* setup()
      serve(text("old"), 0)
      const old = ask()
      serve(text("new"), 0)
      const renewed = ask()
      assert.deepStrictEqual([old?.body, renewed?.body], ["old", "new"])
      assert.notStrictEqual(renewed?.headers["etag"], old?.headers["etag"])
      serve(text("old"), 0)
      assert.strictEqual(ask()?.headers["etag"], old?.headers["etag"])
    }),
  )

  it.effect("come whether the host says undefined or null of a header that is not there", () =>
    Effect.gen(function* () {
      const { ask, serve } = yield* setup(null)
      serve(text("v"), 0)
      assert.strictEqual(ask()?.body, "v")
    }),
  )
})

describe("the shortcut's counter", () => {
  const of = (kind: Address["kind"]): Entry => ({
    ...parameter("A"),
    key: entryKey(kind, "A"),
    address: { ...parameter("A").address, kind } as Address,
  })
  const KINDS = ["parameters", "secrets", "dynamodb", "appconfig"] as const

  it.effect("counts each answer as the routes do, by its kind, and nothing that it leaves to them", () =>
    Effect.gen(function* () {
      const { ask, serve } = yield* setup(undefined, ...KINDS.map(of))
      for (const kind of KINDS) ask(`/${kind}?name=A`)
      serve(text("v"), 0)
      KINDS.forEach((kind, index) => {
        for (let time = 0; time <= index; time += 1) ask(`/${kind}?name=A`)
        ask(`/${kind}?name=B`)
      })
      yield* Metrics.upToDate
      const counts = yield* Effect.forEach(KINDS, (kind) =>
        Metric.value(Metric.withAttributes(Metrics.httpRequests, { kind, status: "200" })),
      )
      assert.deepStrictEqual(
        counts.map(({ count }) => count),
        [1, 2, 3, 4],
      )
    }).pipe(Effect.provideService(Metric.MetricRegistry, new Map())),
  )
})

describe("the URLs of the shortcut", () => {
  it("are those of a name, plain where it needs no encoding, and always encoded", () => {
    assert.deepStrictEqual(urlsOf(parameter("/a-b_c.1:2")), [
      "/parameters?name=/a-b_c.1:2",
      "/parameters?name=%2Fa-b_c.1%3A2",
    ])
    assert.deepStrictEqual(urlsOf(parameter("a b")), ["/parameters?name=a%20b"])
  })

  it.each([
    [
      "what is asked for by more than a name",
      { ...ENTRY, key: queryKey("parameters", { name: "A", version: "1" }) },
    ],
    ["half a surrogate pair", parameter("\uD800")],
    ["what stands for bytes that are no UTF-8", parameter("\uFFFD")],
  ])("are none for %s", (_, entry) => {
    assert.deepStrictEqual(urlsOf(entry), [])
  })

  it("are none where there is no shortcut", () => {
    assert.isUndefined(noShortcut(URL_OF_A, () => undefined))
  })
})

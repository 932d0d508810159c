/**
 * Objects of S3, read through the built extension: as they are stored, renewed without their body, in the coding that the
 * request accepts, and refused if they are too long.
 */
import { brotliCompressSync, gzipSync } from "node:zlib"
import { assert, it } from "@effect/vitest"
import { Effect } from "effect"
import { seedFrom } from "../../local/aws/seed.ts"
import { REGION } from "../support/aws.ts"
import { type Environment, onEachArtifact, startEnvironment } from "../support/extension.ts"

const CONFIG = `
s3:
  - { bucket: shop-data, key: "rates/ä b+c.json", name: rates }
  - { bucket: shop-data, key: page.html.gz, ttl: 0 }
  - { bucket: shop-data, key: text.br }
  - { bucket: shop-data, key: broken.gz }
  - { bucket: shop-data, key: bomb.gz }
  - { bucket: shop-data, key: bytes }
  - { bucket: shop-data, key: long, max_bytes: 100kB }
  - { bucket: far-away, key: k }
on_demand: allow
cache: { max_bytes: 8MiB }
`

const PAGE = "<h1>schön</h1>"
const base64 = (bytes: Uint8Array): string => Buffer.from(bytes).toString("base64")

const stored = (key: string, more: object) => ({ bucket: "shop-data", key, ...more })

const SEED = {
  objects: [
    stored("rates/ä b+c.json", { json: { EUR: 1.08 } }),
    stored("page.html.gz", { binary: base64(gzipSync(PAGE)), type: "text/html", encoding: "gzip" }),
    stored("text.br", {
      binary: base64(brotliCompressSync('{"a":"b"}')),
      type: "application/json",
      encoding: "br",
    }),
    stored("broken.gz", { content: "no gzip", encoding: "gzip" }),
    stored("bomb.gz", { binary: base64(gzipSync(Buffer.alloc(50_000_000))), encoding: "gzip" }),
    stored("bytes", { binary: "AP8Q" }),
    stored("long", { content: "x".repeat(200_000) }),
    stored("unlisted", { content: "on demand" }),
    { bucket: "far-away", key: "k", content: "from Ireland", region: "eu-west-1" },
  ],
}

const problemOf = (text: string): string => String(JSON.parse(text).type).split(":").at(-1) ?? ""

onEachArtifact("an object", (artifact) => {
  const start = startEnvironment({ artifact, config: CONFIG, seed: SEED })

  const callsFor = ({ aws }: Environment, name: string) =>
    Effect.map(aws.calls.all, (all) => all.filter(({ names }) => names.includes(name)).length)

  it.live(
    "is read with its media type, in each form, by its name and on demand, and from memory after that",
    () =>
      Effect.gen(function* () {
        const environment = yield* start
        const { ask, read } = environment
        for (const outcome of ["fwd=miss", "hit"]) {
          const rates = yield* read("s3", "rates")
          assert.strictEqual(rates.text, '{"EUR":1.08}')
          assert.strictEqual(rates.headers["content-type"], "application/json")
          assert.include(rates.headers["cache-status"], outcome)
        }
        assert.strictEqual((yield* ask("/s3?name=rates&json=/EUR")).text, "1.08")
        assert.strictEqual(yield* callsFor(environment, "shop-data/rates/ä b+c.json"), 1)
        assert.deepStrictEqual([...(yield* read("s3", "shop-data/bytes")).bytes], [0, 255, 16])
        assert.strictEqual((yield* read("s3", "shop-data/unlisted")).text, "on demand")
        assert.strictEqual((yield* read("s3", "far-away/k")).text, "from Ireland")
      }),
  )

  it.live(
    "in a content coding is sent encoded to clients that accept the coding, and decoded to others",
    () =>
      Effect.gen(function* () {
        const environment = yield* start
        const { ask, read } = environment
        const encoded = yield* read("s3", "shop-data/page.html.gz", {
          headers: { "accept-encoding": "br, gzip;q=0.5" },
        })
        assert.deepStrictEqual(encoded.bytes, gzipSync(PAGE))
        assert.strictEqual(encoded.headers["content-encoding"], "gzip")
        const plain = [{}, { "accept-encoding": "br" }, { "accept-encoding": "gzip;q=0, *" }]
        const tags = new Set([encoded.headers.etag])
        for (const headers of plain) {
          const answer = yield* read("s3", "shop-data/page.html.gz", { headers })
          assert.strictEqual(answer.text, PAGE)
          assert.isUndefined(answer.headers["content-encoding"])
          assert.deepInclude(answer.headers, { vary: "accept-encoding", "content-type": "text/html" })
          tags.add(answer.headers.etag)
        }
        assert.strictEqual(tags.size, 2)
        // A ttl of 0: every read has asked S3, which has sent the object once.
        assert.strictEqual(yield* callsFor(environment, "shop-data/page.html.gz"), 4)
        assert.strictEqual((yield* ask("/s3?name=shop-data/text.br&json=/a")).text, "b")
        const several = yield* ask("/s3?name=shop-data/text.br&name=rates", {
          headers: { "accept-encoding": "br" },
        })
        assert.deepStrictEqual(JSON.parse(several.text).values, {
          "shop-data/text.br": { a: "b" },
          rates: { EUR: 1.08 },
        })
      }),
  )

  it.live(
    "that is not in its coding, would be too long without it, or is too long, is a problem that says so",
    () =>
      Effect.gen(function* () {
        const { aws, read } = yield* start
        const broken = yield* read("s3", "shop-data/broken.gz")
        assert.deepStrictEqual([broken.status, problemOf(broken.text)], [422, "unusable-value"])
        const bomb = yield* read("s3", "shop-data/bomb.gz")
        assert.deepStrictEqual([bomb.status, problemOf(bomb.text)], [502, "value-too-large"])
        const long = yield* read("s3", "shop-data/long")
        assert.deepStrictEqual([long.status, problemOf(long.text)], [502, "value-too-large"])
        assert.include(long.text, "it has 200000 bytes, and max_bytes of the entry allows 100000")
        // Nothing has been retried.
        assert.lengthOf(
          (yield* aws.calls.all).filter(({ names }) => names.includes("shop-data/long")),
          1,
        )
      }),
  )

  it.live("that has changed is read anew, and the last one is served while S3 fails", () =>
    Effect.gen(function* () {
      const { aws, read } = yield* start
      const name = "shop-data/page.html.gz"
      assert.strictEqual((yield* read("s3", name)).text, PAGE)
      yield* Effect.orDie(
        seedFrom(aws.endpoint, { region: REGION, objects: [stored("page.html.gz", { content: "anew" })] }),
      )
      // A ttl of 0: every read asks S3.
      assert.strictEqual((yield* read("s3", name)).text, "anew")
      yield* aws.faults.inject({ service: "s3", effect: { kind: "throttle" } })
      const stale = yield* read("s3", name)
      assert.strictEqual(stale.text, "anew")
    }),
  )
})

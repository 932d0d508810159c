/**
 * docs/secrets.md: the calls of a check, counted on local AWS with the real SDK, and the dollars that follow from them; the
 * loop of a function whose login is refused.
 */
import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import * as http from "node:http"
import type { AddressInfo } from "node:net"
import { AwsEmulator } from "../../local/aws/AwsEmulator.ts"
import { seedFrom } from "../../local/aws/seed.ts"
import { MONTH } from "../../cli/cost/model.ts"
import { DEFAULT_PRICES } from "../../cli/cost/prices.ts"
import type { SecretAddress } from "../../src/kinds/secrets/address.ts"
import { Sources } from "../../src/sources/Sources.ts"
import { REGION } from "../support/aws.ts"
import { onLocalAws } from "../support/localSources.ts"
import { blocksOf, tablesOf, textOf } from "./markdown.ts"

const PAGE = textOf("docs/secrets.md")
const ROWS = tablesOf(PAGE, "", "calls a check", "for calls", "and with a KMS key of your own")

/** A minute, as the page has it. */
const CHECKS = MONTH / 60
/** https://aws.amazon.com/kms/pricing/ */
const KMS_REQUEST = 0.03 / 10_000

const addressOf = (name: string, revalidate: string): SecretAddress => ({
  kind: "secrets",
  region: REGION,
  secretId: name,
  versionStage: "AWSCURRENT",
  ...(revalidate === "describe" ? { revalidate } : {}),
})

/** The calls of a check of so many secrets that are in memory. */
const callsOfCheck = (count: number, revalidate: string) =>
  onLocalAws(
    Effect.gen(function* () {
      const aws = yield* AwsEmulator
      const sources = yield* Sources
      const names = Array.from({ length: count }, (_, index) => `s${index}`)
      yield* seedFrom(aws.endpoint, { region: REGION, secrets: names.map((name) => ({ name, value: name })) })
      const all = { concurrency: "unbounded" } as const
      const addresses = names.map((name) => addressOf(name, revalidate))
      const held = yield* Effect.forEach(addresses, (address) => sources.fetch(address), all)
      yield* aws.calls.clear
      yield* Effect.forEach(
        addresses,
        (address, index) => sources.fetch(address, undefined, held[index]),
        all,
      )
      // A busy machine may repeat a call that was not answered in time.
      const calls = new Map((yield* aws.calls.all).map((call) => [call.names.join(), call.operation]))
      return Array.from(calls.values())
    }),
  )

const dollars = (amount: number): string => `$${amount.toFixed(2)}`

describe("docs/secrets.md", () => {
  it("has a row for one and for several secrets, each way", () => {
    assert.lengthOf(ROWS, 4)
  })

  it.live.each(
    ROWS.map(([what = "", calls = "", price = "", withKey = ""]) => ({ what, calls, price, withKey })),
  )("has the calls and dollars of: $what", ({ calls, price, what, withKey }) =>
    Effect.gen(function* () {
      const count = what.startsWith("one") ? 1 : Number.parseInt(what, 10)
      const [, revalidate = ""] = /`(\w+)`/.exec(what) ?? []
      const made = yield* callsOfCheck(count, revalidate)
      assert.strictEqual(calls, `${made.length} ${made[0]}`)
      assert.lengthOf(new Set(made), 1)
      const forCalls = made.length * CHECKS * DEFAULT_PRICES.secretsManagerCall
      const decrypted = revalidate === "describe" ? 0 : count * CHECKS * KMS_REQUEST
      assert.deepStrictEqual([price, withKey], [dollars(forCalls), dollars(forCalls + decrypted)])
    }),
  )

  it("shows a loop that reads once from AWS if the login is refused, and not again", async () => {
    const asked: Array<string> = []
    const server = http.createServer((request, response) => {
      const isForced = request.headers["cache-control"] === "no-cache"
      asked.push(isForced ? "no-cache" : "cached")
      response.end(JSON.stringify({ password: isForced ? "new" : "old" }))
    })
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve))
    const { port } = server.address() as AddressInfo
    const [code = ""] = blocksOf(PAGE, "js")
    const { connected } = (await import(
      `data:text/javascript,${encodeURIComponent(code.replace("127.0.0.1:4000", `127.0.0.1:${port}`))}`
    )) as {
      readonly connected: (
        connect: (secret: { readonly password: string }) => Promise<string>,
        isRefused: (error: Error) => boolean,
      ) => Promise<string>
    }
    const connect = async ({ password }: { readonly password: string }) => {
      if (password !== "new") throw new Error("refused")
      return "connected"
    }
    const isRefused = ({ message }: Error) => message === "refused"
    assert.strictEqual(await connected(connect, isRefused), "connected")
    const failing = async () => Promise.reject(new Error("refused"))
    const outcome = await connected(failing, isRefused).catch(({ message }: Error) => message)
    server.close()
    assert.strictEqual(outcome, "refused")
    assert.deepStrictEqual(asked, ["cached", "no-cache", "cached", "no-cache"])
  })
})

/**
 * The encryption of the shared tier on local AWS: what one environment seals another opens, with keys by KMS, a secret or a
 * parameter, through the rotation of each, and nothing else opens it.
 */
import { assert, describe, it } from "@effect/vitest"
import { Effect, Redacted } from "effect"
import { AwsEmulator } from "../../../local/aws/AwsEmulator.ts"
import { seedFrom } from "../../../local/aws/seed.ts"
import type { EncryptionPlan } from "../../../src/config/SharedPlan.ts"
import type { Cipher } from "../../../src/shared/Cipher.ts"
import { keyBytes, makeFixedKeys } from "../../../src/shared/encryption/fixedKeys.ts"
import { makeKmsKeys } from "../../../src/shared/encryption/kmsKeys.ts"
import { makeCipher } from "../../../src/shared/encryption/sealing.ts"
import { REGION } from "../../support/aws.ts"
import { clientsOnLocalAws } from "../../support/localSources.ts"

const KMS = { _tag: "Kms", keyId: "alias/shop", region: REGION } as const
const SECRET = {
  _tag: "Key",
  address: { kind: "secrets", region: REGION, secretId: "cache-key", versionStage: "AWSCURRENT" },
} as const
const PARAMETER = {
  _tag: "Key",
  address: { kind: "parameters", region: REGION, name: "/cache/key" },
} as const

/** In milliseconds: a busy machine must not fail a test. */
const PATIENT = 30_000

const KEY = "shop/1/parameters/x"
const TEXT = "the value, schön \u{1F600}"
const FIRST_KEY = Buffer.alloc(32, 1).toString("base64")
const SECOND_KEY = Buffer.alloc(32, 2).toString("hex")

/** The cipher of a new environment. */
const environment = (plan: EncryptionPlan, namespace = "shop") =>
  Effect.map(
    plan._tag === "Kms" ? makeKmsKeys(plan, namespace, PATIENT) : makeFixedKeys(plan, PATIENT),
    makeCipher,
  )

const seal = (cipher: Cipher, text = TEXT, context = KEY) => cipher.seal(Redacted.make(text), context)
const open = (cipher: Cipher, sealed: string, context = KEY) =>
  Effect.map(cipher.open(sealed, context), Redacted.value)

const seedKey = (written: string) =>
  Effect.gen(function* () {
    const { endpoint } = yield* AwsEmulator
    yield* seedFrom(endpoint, {
      region: REGION,
      secrets: [{ name: "cache-key", value: written }],
      parameters: [{ name: "/cache/key", value: written, type: "SecureString" }],
    })
  })

const kmsCalls = Effect.gen(function* () {
  const { calls } = yield* AwsEmulator
  return (yield* calls.all).filter(({ service }) => service === "kms").map(({ operation }) => operation)
})

const PLANS: ReadonlyArray<readonly [string, EncryptionPlan]> = [
  ["KMS", KMS],
  ["a secret", SECRET],
  ["a parameter", PARAMETER],
]

describe.each(PLANS)("a key by %s", (_name, plan) => {
  it.live("opens in one environment what another has sealed, and shows nothing of it on the way", () =>
    Effect.gen(function* () {
      yield* seedKey(FIRST_KEY)
      const sealed = yield* seal(yield* environment(plan))
      assert.notInclude(sealed, "value")
      assert.strictEqual(yield* open(yield* environment(plan), sealed), TEXT)
    }).pipe(Effect.scoped, Effect.provide(clientsOnLocalAws)),
  )

  it.live("opens nothing at another key, nothing that was changed, and no rubbish", () =>
    Effect.gen(function* () {
      yield* seedKey(FIRST_KEY)
      const cipher = yield* environment(plan)
      const sealed = yield* seal(cipher)
      const parts = sealed.split(".")
      const changed = (index: number, text: string) => parts.with(index, text).join(".")
      const wrong: ReadonlyArray<readonly [string, string]> = [
        [sealed, "shop/1/parameters/y"],
        [changed(4, `A${(parts[4] ?? "").slice(1)}`), KEY],
        [changed(3, "AAAAAAAAAAAAAAAA"), KEY],
        [changed(2, "other"), KEY],
        [changed(0, "v2"), KEY],
        ["", KEY],
        ["v1.A256GCM.a.b", KEY],
        ["v1.A256GCM.....", KEY],
        [TEXT, KEY],
      ]
      for (const [record, at] of wrong) {
        // A ciphertext that begins with A is changed by another letter.
        const text = record === sealed && at === KEY ? changed(4, `B${(parts[4] ?? "").slice(1)}`) : record
        const { _tag, detail } = yield* Effect.flip(open(cipher, text, at))
        assert.strictEqual(_tag, "CipherError")
        assert.notInclude(detail, TEXT)
      }
    }).pipe(Effect.scoped, Effect.provide(clientsOnLocalAws)),
  )

  it.live("seals the same text differently each time", () =>
    Effect.gen(function* () {
      yield* seedKey(FIRST_KEY)
      const cipher = yield* environment(plan)
      assert.notStrictEqual(yield* seal(cipher), yield* seal(cipher))
    }).pipe(Effect.scoped, Effect.provide(clientsOnLocalAws)),
  )
})

describe("a key by KMS", () => {
  it.live("is made once, and read once by each environment, however many records there are", () =>
    Effect.gen(function* () {
      const [writer, reader] = [yield* environment(KMS), yield* environment(KMS)]
      const sealed = yield* Effect.forEach([1, 2, 3], (number) => seal(writer, `value ${number}`), {
        concurrency: "unbounded",
      })
      yield* Effect.forEach(sealed, (text) => open(reader, text), { concurrency: "unbounded" })
      // The reader writes with the key that it has read.
      yield* seal(reader)
      assert.deepStrictEqual(yield* kmsCalls, ["GenerateDataKey", "Decrypt"])
    }).pipe(Effect.scoped, Effect.provide(clientsOnLocalAws)),
  )

  it.live("of one namespace opens nothing of another, by KMS itself", () =>
    Effect.gen(function* () {
      const sealed = yield* seal(yield* environment(KMS, "shop"))
      const { detail } = yield* Effect.flip(open(yield* environment(KMS, "other"), sealed))
      assert.match(detail, /^Decrypt: /)
    }).pipe(Effect.scoped, Effect.provide(clientsOnLocalAws)),
  )

  it.live("is not taken if somebody else's KMS key has wrapped it", () =>
    Effect.gen(function* () {
      const sealed = yield* seal(yield* environment({ ...KMS, keyId: "alias/stranger" }))
      const { detail } = yield* Effect.flip(open(yield* environment(KMS), sealed))
      assert.match(detail, /^Decrypt: /)
    }).pipe(Effect.scoped, Effect.provide(clientsOnLocalAws)),
  )

  it.live("that KMS refuses is asked for once, and then not for a while", () =>
    Effect.gen(function* () {
      const sealed = yield* seal(yield* environment(KMS))
      const { calls, faults } = yield* AwsEmulator
      yield* calls.clear
      yield* faults.inject({
        service: "kms",
        effect: { kind: "error", type: "AccessDeniedException", message: "no", status: 400 },
      })
      const cipher = yield* environment(KMS)
      for (const _ of [1, 2, 3]) yield* Effect.flip(open(cipher, sealed))
      assert.deepStrictEqual(yield* kmsCalls, ["Decrypt"])
    }).pipe(Effect.scoped, Effect.provide(clientsOnLocalAws)),
  )
})

describe("a key in a secret or a parameter", () => {
  it.live.each([
    ["a secret", SECRET],
    ["a parameter", PARAMETER],
  ] as const)("in %s is replaced without a flush: either side reads what the other writes", ([, plan]) =>
    Effect.gen(function* () {
      yield* seedKey(FIRST_KEY)
      const before = yield* environment(plan)
      const old = yield* seal(before)
      yield* seedKey(SECOND_KEY)
      const after = yield* environment(plan)
      const fresh = yield* seal(after)
      assert.strictEqual(yield* open(after, old), TEXT)
      assert.strictEqual(yield* open(before, fresh), TEXT)
      // From now on the one that was there before writes with the new key too.
      assert.strictEqual((yield* seal(before)).split(".")[2], fresh.split(".")[2])
    }).pipe(Effect.scoped, Effect.provide(clientsOnLocalAws)),
  )

  it.live("that is no key is said to be none, without a character of it", () =>
    Effect.gen(function* () {
      yield* seedKey("hunter2")
      const { detail } = yield* Effect.flip(seal(yield* environment(SECRET)))
      assert.match(detail, /^the value is no key: 32 bytes are needed/)
      assert.notInclude(detail, "hunter2")
    }).pipe(Effect.scoped, Effect.provide(clientsOnLocalAws)),
  )

  it.each([
    ["base64", Buffer.alloc(32, 255).toString("base64")],
    ["base64url", Buffer.alloc(32, 255).toString("base64url")],
    ["hexadecimal", "FF".repeat(32)],
    ["base64 with a line end", `${Buffer.alloc(32, 255).toString("base64")}\n`],
  ])("may be written in %s", (_form, written) => {
    assert.deepStrictEqual(keyBytes(written), new Uint8Array(32).fill(255))
  })

  it("has 32 bytes, no more and no fewer", () => {
    assert.isUndefined(keyBytes(Buffer.alloc(31).toString("base64")))
    assert.isUndefined(keyBytes(Buffer.alloc(33)))
    assert.deepStrictEqual(keyBytes(new Uint8Array(32)), new Uint8Array(32))
  })
})

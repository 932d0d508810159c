/**
 * Which reply of a batch answers which name: never another version's or another account's, whatever order the replies come
 * in and whatever they leave out, and at no further cost where a reply says what it is.
 */
import { assert, describe, it } from "@effect/vitest"
import { Schema } from "effect"
import * as Arbitrary from "effect/Arbitrary"
import { isContradiction, matchParameters } from "../../../../src/kinds/parameters/fetch/match.ts"
import type { Parameter } from "../../../../src/kinds/parameters/fetch/replies.ts"

const OWN = "arn:aws:ssm:us-west-2:111111111111:parameter/A"
/** What the reply to a reference names: the secret. */
const SECRET = "arn:aws:secretsmanager:us-west-2:123456789012:secret:s-AbCdEf"
const SHARED = "arn:aws:ssm:us-west-2:222222222222:parameter/A"
const DEEP = "/app/deep"
const DEEP_ARN = "arn:aws:ssm:us-west-2:111111111111:parameter/app/deep"

/** How a parameter may be asked for: by its names, and by version, label, or neither. */
const FORMS = ["A", "/A", OWN, SHARED, DEEP, DEEP_ARN].flatMap((base) =>
  ["", ":1", ":2", ":old", ":new"].map((selector) => `${base}${selector}`),
)

/** What AWS has of each parameter: its newest version and its labels, and what its stand-in does with replies. */
const World = Schema.Struct({
  names: Schema.Array(Schema.Literals(FORMS)),
  newest: Schema.Literals([1, 2]),
  old: Schema.Literals([1, 2]),
  /** Where a reply has its selector. */
  selector: Schema.Literals(["member", "name", "absent", "some"]),
  /** What Name is of a parameter that was asked for by its ARN. */
  nameOfArn: Schema.Literals(["arn", "name"]),
  hasVersion: Schema.Boolean,
  hasArn: Schema.Boolean,
  /** Whether replies that look alike are sent once. */
  isDeduped: Schema.Boolean,
  order: Schema.Array(Schema.Int),
  isMissing: Schema.Array(Schema.Boolean),
})
type World = typeof World.Type
type Form = World["names"][number]

const split = (name: string): readonly [base: string, selector: string | undefined] => {
  const base =
    [SHARED, OWN, DEEP_ARN, DEEP, "/A", "A"].find((each) => name === each || name.startsWith(`${each}:`)) ??
    ""
  return [base, name === base ? undefined : name.slice(base.length + 1)]
}

const arnOf = (base: string): string => {
  if (base === DEEP || base === DEEP_ARN) return DEEP_ARN
  return base === SHARED ? SHARED : OWN
}

/** The version that a name means; undefined where there is none. */
const versionOf = (name: string, { newest, old }: World): number | undefined => {
  const [, selector] = split(name)
  if (selector === undefined || selector === "new") return newest
  const version = selector === "old" ? Math.min(old, newest) : Number(selector)
  return version <= newest ? version : undefined
}

const truth = (name: string, world: World): string => `${arnOf(split(name)[0])} ${versionOf(name, world)}`

const replyTo = (name: string, index: number, world: World): Parameter => {
  const [base, selector] = split(name)
  const bare = arnOf(base) === DEEP_ARN ? DEEP : base.startsWith("arn:") ? "A" : base
  const own = base.startsWith("arn:") && world.nameOfArn === "arn" ? base : bare
  const isShown = world.selector === "member" || (world.selector === "some" && index % 2 === 0)
  return {
    Name: selector !== undefined && world.selector === "name" ? `${own}:${selector}` : own,
    Value: truth(name, world),
    ...(selector !== undefined && isShown ? { Selector: `:${selector}` } : {}),
    ...(world.hasArn ? { ARN: arnOf(base) } : {}),
    ...(world.hasVersion ? { Version: versionOf(name, world) ?? 0 } : {}),
  }
}

const uniqueBy = <A>(all: ReadonlyArray<A>, textOf: (one: A) => string): ReadonlyArray<A> =>
  Array.from(new Map(all.map((one) => [textOf(one), one])).values())

/** The names that are asked for, what the batch answers, and what is made of it. */
const play = (world: World) => {
  const names = [...new Set(world.names)]
  const invalid = names.filter((name) => versionOf(name, world) === undefined)
  const all = names
    .filter((name) => !invalid.includes(name))
    .map((name, index) => replyTo(name, index, world))
  const sent = world.isDeduped ? uniqueBy(all, (reply) => JSON.stringify(reply)) : all
  const kept = sent.filter((_, index) => world.isMissing[index] !== true)
  const replies = kept
    .map((reply, index) => [world.order[index] ?? 0, reply] as const)
    .toSorted(([left], [right]) => left - right)
    .map(([, reply]) => reply)
  const matches = matchParameters(names, replies, invalid)
  return { names, invalid, matches, isWhole: kept.length === all.length }
}

/** Of two parameters of the same name that are both asked for by their ARNs, the name alone means either. */
const withoutShared = (names: ReadonlyArray<Form>): ReadonlyArray<Form> =>
  names.some((name) => name.startsWith(OWN)) ? names.filter((name) => !name.startsWith(SHARED)) : names

describe("a reply of GetParameters", () => {
  it.prop(
    "never answers for another version or another parameter than it is",
    [Arbitrary.schema(World)],
    ([world]) => {
      const { invalid, matches, names } = play(world)
      names.forEach((name, index) => {
        const match = matches[index]
        assert.strictEqual(match?.kind === "invalid", invalid.includes(name))
        if (match?.kind === "answer") assert.strictEqual(match.parameter.Value, truth(name, world), name)
      })
    },
    { arbitrary: { runs: 5_000 } },
  )

  it.prop(
    "that says its selector and its ARN leaves nothing to ask for alone",
    [Arbitrary.schema(World), Schema.Literals(["member", "name"])],
    ([shuffled, selector]) => {
      const names = withoutShared(shuffled.names)
      const world: World = { ...shuffled, names, selector, hasArn: true, isDeduped: false, isMissing: [] }
      assert.notInclude(
        play(world).matches.map(({ kind }) => kind),
        "alone",
      )
    },
  )

  it.prop(
    "that says no selector goes by its version, where no label is asked for",
    [Arbitrary.schema(World)],
    ([shuffled]) => {
      const names = withoutShared(shuffled.names).filter((name) => !/:(?:old|new)$/.test(name))
      const shape = { selector: "absent", hasArn: true, hasVersion: true, isDeduped: false } as const
      assert.notInclude(
        play({ ...shuffled, ...shape, names, isMissing: [] }).matches.map(({ kind }) => kind),
        "alone",
      )
    },
  )
})

const parameter = (parts: Partial<Parameter>): Parameter => ({ Value: "value", ...parts })
const kindsOf = (
  names: ReadonlyArray<string>,
  replies: ReadonlyArray<Partial<Parameter>>,
  invalid: ReadonlyArray<string> = [],
) =>
  matchParameters(names, replies.map(parameter), invalid).map((match) =>
    match.kind === "answer" ? match.parameter : match.kind,
  )

describe("matching", () => {
  const [one, two] = [parameter({ Name: "A", Version: 1 }), parameter({ Name: "A", Version: 2 })]

  it("goes by the version where replies have no selector", () => {
    assert.deepStrictEqual(kindsOf(["A", "A:1"], [one, two]), [two, one])
    assert.deepStrictEqual(kindsOf(["A", "A:1"], [two, one]), [two, one])
  })

  it("leaves a bare name open where its reply may be of the version beside it", () => {
    assert.deepStrictEqual(kindsOf(["A", "A:1"], [one]), ["alone", one])
    assert.deepStrictEqual(kindsOf(["A", "A:old"], [one]), ["alone", "alone"])
    assert.deepStrictEqual(kindsOf(["A", "A:old"], [one, two]), ["alone", "alone"])
  })

  it("needs no version where only one name can be meant", () => {
    assert.deepStrictEqual(kindsOf(["A:old", "B"], [{ Name: "B" }, one]), [one, parameter({ Name: "B" })])
    assert.deepStrictEqual(kindsOf(["A", "A:9"], [one], ["A:9"]), [one, "invalid"])
  })

  it("takes only names as they are for invalid ones", () => {
    assert.deepStrictEqual(kindsOf(["A", "A:9", "B"], [], ["A:9", "C", "a"]), ["alone", "invalid", "alone"])
  })

  it("takes nothing from a reply that contradicts itself or has no name", () => {
    for (const reply of [
      { Name: "A:1", Selector: ":2" },
      { Name: "A", Selector: ":1", Version: 2 },
      { Name: "A:1", Version: 2 },
      {},
      { Name: null, ARN: null, Version: 1 },
    ])
      assert.deepStrictEqual(kindsOf(["A", "A:1", "A:2"], [reply]), ["alone", "alone", "alone"])
  })

  it("knows the versions of a secret by their selector alone", () => {
    const name = "/aws/reference/secretsmanager/s"
    const current = parameter({ Name: name, Version: 0, Value: "current" })
    const previous = parameter({ Name: name, Version: 0, Selector: ":AWSPREVIOUS", Value: "previous" })
    assert.deepStrictEqual(kindsOf([`${name}:AWSPREVIOUS`, name], [current, previous]), [previous, current])
    const { Selector: _, ...hidden } = previous
    assert.deepStrictEqual(kindsOf([`${name}:AWSPREVIOUS`, name], [current, hidden]), ["alone", "alone"])
    assert.deepStrictEqual(kindsOf([`${name}:0`, "B"], [current]), [current, "alone"])
    const withArn = { ...current, ARN: SECRET }
    assert.deepStrictEqual(kindsOf([name, "B"], [withArn]), [withArn, "alone"])
  })

  it("does not take the shared parameter of another account for the own one of the same name", () => {
    const own = parameter({ Name: "A", ARN: OWN, Version: 1, Value: "own" })
    const shared = parameter({ Name: "A", ARN: SHARED, Version: 1, Value: "shared" })
    assert.deepStrictEqual(kindsOf(["A", SHARED], [own, shared]), [own, shared])
    assert.deepStrictEqual(kindsOf(["A", SHARED], [shared]), ["alone", shared])
    assert.deepStrictEqual(kindsOf(["A:1", SHARED], [shared]), ["alone", "alone"])
    assert.deepStrictEqual(kindsOf(["A"], [own, shared]), ["alone"])
  })
})

describe("a reply of GetParameter", () => {
  it("may be about a secret's reference, whose ARN is the secret's own", () => {
    const Name = "/aws/reference/secretsmanager/secret_info"
    const ARN = "arn:aws:secretsmanager:us-west-2:123456789012:secret:secret_info-AbCdEf"
    assert.isFalse(isContradiction(Name, { Name, ARN, Value: "v", Version: 0 }))
    assert.isFalse(
      isContradiction(`${Name}:AWSPREVIOUS`, { Name, ARN, Selector: ":AWSPREVIOUS", Value: "v" }),
    )
    const [match] = matchParameters([Name, "A"], [{ Name, ARN, Value: "v" }], [])
    assert.strictEqual(match?.kind, "answer")
  })

  it("may leave out what it is about", () => {
    for (const name of ["A", "A:1", "A:old", OWN, `${OWN}:1`, "/aws/reference/secretsmanager/s:AWSPREVIOUS"])
      assert.isFalse(isContradiction(name, parameter({})), name)
    assert.isFalse(isContradiction("A:1", parameter({ Name: "A" })))
    assert.isFalse(isContradiction("A:old", parameter({ Name: "A", Version: 7 })))
  })

  it("may be about it by Name or by ARN", () => {
    for (const reply of [
      { Name: "A" },
      { Name: "/A" },
      { Name: "A", ARN: OWN },
      { ARN: OWN },
      { Name: OWN, ARN: OWN },
    ]) {
      assert.isFalse(isContradiction("A", parameter(reply)))
      assert.isFalse(isContradiction(OWN, parameter(reply)))
    }
    assert.isFalse(isContradiction("A:1", parameter({ Name: "A:1", Version: 1 })))
    assert.isFalse(isContradiction("A:1", parameter({ Name: "A", Selector: ":1", Version: 1 })))
    assert.isFalse(isContradiction(DEEP, parameter({ Name: DEEP, ARN: DEEP_ARN })))
    assert.isFalse(isContradiction("/aws/reference/secretsmanager/s", parameter({ Name: "s", Version: 0 })))
    const reference = "/aws/reference/secretsmanager/s"
    for (const ARN of [SECRET, "arn:aws:ssm:us-west-2:123456789012:parameter/s", undefined]) {
      for (const asked of [reference, `${reference}:AWSCURRENT`])
        assert.isFalse(
          isContradiction(asked, parameter({ Name: reference, ARN, Version: 0 })),
          `${asked} ${ARN}`,
        )
    }
  })

  it("about another parameter or another version is none", () => {
    for (const [name, reply] of [
      ["A", { Name: "B" }],
      ["A", { ARN: DEEP_ARN }],
      [OWN, { Name: SHARED, ARN: SHARED }],
      ["A", { Name: "A", Selector: ":1" }],
      ["A:1", { Name: "A", Selector: ":2" }],
      ["A:1", { Name: "A", Version: 2 }],
      ["A:1", { Name: "A", Selector: ":1", Version: 2 }],
      ["A:old", { Name: "A", Selector: ":new" }],
      ["A:old", { Name: "A:new" }],
      [`${OWN}:1`, { ARN: OWN, Version: 3 }],
      ["/aws/reference/secretsmanager/s:AWSPREVIOUS", { Name: "s", Selector: ":AWSCURRENT" }],
    ] as const)
      assert.isTrue(isContradiction(name, parameter(reply)), `${name} ${JSON.stringify(reply)}`)
  })
})

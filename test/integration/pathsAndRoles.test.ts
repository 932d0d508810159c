/**
 * Whole paths of Parameter Store, other versions of what is listed, and sections that are read as other roles and in
 * other regions, through the built extension.
 */
import { assert, it } from "@effect/vitest"
import { Effect } from "effect"
import { type Environment, onEachArtifact, startEnvironment } from "../support/extension.ts"

const READER = "arn:aws:iam::123456789012:role/reader"
const WRITER = "arn:aws:iam::210987654321:role/team/writer"
const IRELAND = "eu-west-1"

const TREE = Array.from({ length: 12 }, (_, index) => ({ name: `/app/prod/p${index}`, value: `v${index}` }))

const PATHS = `
parameters:
  - paths: [/app/prod/]
  - names: [A]
`
const paths = {
  config: PATHS,
  seed: { parameters: [...TREE, { name: "A", value: "a", labels: ["first"] }] },
}

const ROLES = `
parameters:
  - names: [A]
  - role_arn: ${READER}
    names: [B]
  - role_arn: ${READER}
    region: ${IRELAND}
    names: [C]
secrets:
  - role_arn: ${WRITER}
    names: [s]
dynamodb:
  - { table: Things, hashkey: id, hashkeytype: S, hashkeyvalue: one, role_arn: ${WRITER} }
`
const roles = {
  config: ROLES,
  seed: {
    parameters: [
      { name: "A", value: "a" },
      { name: "B", value: "b" },
      { name: "C", value: "c from Ireland", region: IRELAND },
    ],
    secrets: [{ name: "s", value: "secret" }],
    tables: [{ name: "Things", hashKey: { name: "id" }, items: [{ id: "one" }] }],
  },
}

/** Who read what, where, as AWS saw it: in no order, as sections are loaded together. */
const readsOf = ({ aws }: Environment) =>
  Effect.map(aws.calls.all, (calls) =>
    calls
      .filter(({ service }) => service !== "sts")
      .map(({ names, region, role = "the function" }) => `${names.join(" ")} in ${region} as ${role}`),
  )

const assumptionsOf = ({ aws }: Environment) =>
  Effect.map(aws.calls.all, (calls) =>
    calls
      .filter(({ service }) => service === "sts")
      .map(({ names, region }) => `${names.join()} in ${region}`),
  )

onEachArtifact("a listed path", (artifact) => {
  it.live("is loaded at start-up, and each parameter below it is read by its name", () =>
    Effect.gen(function* () {
      const { ask, operations, read } = yield* startEnvironment({ artifact, ...paths, preload: true })
      const loaded = yield* operations
      assert.sameMembers([...loaded], ["GetParametersByPath", "GetParametersByPath", "GetParameter"])

      const member = yield* read("parameters", "/app/prod/p7")
      assert.deepStrictEqual([member.status, member.text], [200, "v7"])
      assert.strictEqual(member.headers["content-type"], "text/plain; charset=utf-8")
      const whole = yield* ask("/parameters?path=/app/prod")
      assert.deepStrictEqual(
        JSON.parse(whole.text),
        Object.fromEntries(TREE.map(({ name, value }) => [name, value])),
      )
      const missing = yield* read("parameters", "/app/prod/nothing")
      assert.deepStrictEqual(
        [missing.status, (JSON.parse(missing.text) as { title: string }).title],
        [404, "No data found"],
      )
      assert.strictEqual((yield* read("parameters", "/app/other")).status, 404)
      assert.deepStrictEqual(yield* operations, loaded)
    }),
  )

  it.live("is fetched at the first read of anything below it, once for all", () =>
    Effect.gen(function* () {
      const { operations, read } = yield* startEnvironment({ artifact, ...paths, latency: 300 })
      const answers = yield* Effect.forEach(TREE, ({ name }) => read("parameters", name), {
        concurrency: "unbounded",
      })
      assert.deepStrictEqual(
        answers.map(({ text }) => text),
        TREE.map(({ value }) => value),
      )
      assert.deepStrictEqual(yield* operations, ["GetParametersByPath", "GetParametersByPath"])
    }),
  )
})

onEachArtifact("a listed name", (artifact) => {
  it.live("lists its other versions", () =>
    Effect.gen(function* () {
      const { ask, put } = yield* startEnvironment({ artifact, ...paths })
      yield* put("A", "a anew")
      assert.strictEqual((yield* ask("/parameters?name=A")).text, "a anew")
      assert.strictEqual((yield* ask("/parameters?name=A&version=1")).text, "a")
      assert.strictEqual((yield* ask("/parameters?name=A&label=first")).text, "a")
      assert.strictEqual((yield* ask("/parameters?name=B&version=1")).status, 404)
    }),
  )
})

onEachArtifact("a section with role_arn", (artifact) => {
  for (const preload of [true, false]) {
    it.live(`is read as this role, in its region, the others as theirs, with preload ${preload}`, () =>
      Effect.gen(function* () {
        const environment = yield* startEnvironment({ artifact, ...roles, preload })
        const { read } = environment
        const answers = yield* Effect.all([
          read("parameters", "A"),
          read("parameters", "B"),
          read("parameters", "C"),
          read("secrets", "s"),
          read("dynamodb", "Things-one"),
        ])
        assert.deepStrictEqual(
          answers.map(({ text }) => text),
          ["a", "b", "c from Ireland", "secret", '{"id":"one"}'],
        )
        assert.sameMembers(
          [...(yield* readsOf(environment))],
          [
            "A in us-west-2 as the function",
            `B in us-west-2 as ${READER}`,
            `C in ${IRELAND} as ${READER}`,
            `s in us-west-2 as ${WRITER}`,
            `Things Things-one in us-west-2 as ${WRITER}`,
          ],
        )
        assert.sameMembers(
          [...(yield* assumptionsOf(environment))],
          [`${READER} in us-west-2`, `${WRITER} in us-west-2`],
        )
      }),
    )
  }

  it.live("whose role may not be assumed is 403, says so in the metrics, and leaves the others alone", () =>
    Effect.gen(function* () {
      const { ask, aws, read } = yield* startEnvironment({ artifact, ...roles })
      yield* aws.faults.inject({
        service: "sts",
        match: [READER],
        effect: {
          kind: "error",
          status: 403,
          type: "AccessDenied",
          message: "not authorized: sts:AssumeRole",
        },
      })
      const denied = yield* read("parameters", "B")
      assert.strictEqual(denied.status, 403)
      assert.include(denied.text, "sts:AssumeRole")
      assert.strictEqual((yield* read("parameters", "A")).text, "a")
      assert.strictEqual((yield* read("secrets", "s")).text, "secret")
      const { text } = yield* ask("/metrics")
      assert.match(text, /operation="AssumeRole",outcome="AccessDenied"[^\n]* 1$/m)
    }),
  )

  it.live("is asked at the endpoint that the environment names for STS", () =>
    Effect.gen(function* () {
      const elsewhere = yield* startEnvironment({ artifact, ...roles })
      const environment = yield* startEnvironment({
        artifact,
        ...roles,
        variables: { AWS_ENDPOINT_URL_STS: elsewhere.aws.endpoint },
      })
      assert.strictEqual((yield* environment.read("parameters", "B")).text, "b")
      assert.deepStrictEqual(yield* assumptionsOf(environment), [])
      assert.deepStrictEqual(yield* assumptionsOf(elsewhere), [`${READER} in us-west-2`])
    }),
  )
})

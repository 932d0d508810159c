/**
 * `cost`: the formula against a simulation that takes the product's own decisions, the model against counts by hand, the
 * command line, and docs/cost.md against what the command prints.
 */
import { assert, describe, it } from "@effect/vitest"
import { Effect, Schema } from "effect"
import * as Arbitrary from "effect/Arbitrary"
import { writeFileSync } from "node:fs"
import path from "node:path"
import { makeEnvironment } from "../../bench/fleet/Environment.ts"
import { makeFigures } from "../../bench/fleet/figures.ts"
import { makeChance, makeSimulation } from "../../bench/fleet/Simulation.ts"
import { PEER } from "../../bench/fleet/strategies.ts"
import { ALARMS, LINE_BYTES_PER_METRIC } from "../../cli/commands/cost.ts"
import { fetchesOf, invokesOf, poissonAtLeast } from "../../cli/cost/fetches.ts"
import { BATCHES, costsOf, MONTH, type Usage } from "../../cli/cost/model.ts"
import { DEFAULT_PRICES, type Prices } from "../../cli/cost/prices.ts"
import { emfLine, emfMetrics } from "../../src/observability/emf.ts"
import { totalsOf } from "../../src/observability/totals.ts"
import { blocksOf, textOf } from "../docs/markdown.ts"
import { cli } from "../support/cli.ts"
import { readAlarms } from "../support/cloudWatch.ts"
import { temporaryFolder } from "../support/lambda.ts"

const SECOND = 1_000
const LIVES = 2_000

/** How often an environment fetches a value, on average over many lives, as the product decides. */
const simulatedFetches = (ttl: number, lifetime: number, rate: number, seed: number): number => {
  const chance = makeChance(seed)
  const figures = makeFigures()
  const policy = { ...PEER.policy, ttl: ttl * SECOND }
  for (let life = 0; life < LIVES; life += 1) {
    const simulation = makeSimulation()
    const store = () => {
      figures.calls += 1
      return true
    }
    const world = { simulation, chance, store, figures, strategy: { ...PEER, policy }, parameters: 1 }
    const environment = makeEnvironment(world)
    const live = (): void => environment.invoke(() => simulation.after(chance.wait(SECOND / rate), live))
    live()
    simulation.run(lifetime * SECOND, 1_000_000, () => false)
  }
  return figures.calls / LIVES
}

describe("how often a value is fetched", () => {
  it.each([
    { ttl: 300, lifetime: 7_200, rate: 0.05 },
    { ttl: 300, lifetime: 7_200, rate: 0.001 },
    { ttl: 5, lifetime: 600, rate: 0.2 },
    { ttl: 5, lifetime: 60, rate: 2 },
    { ttl: 3_600, lifetime: 7_200, rate: 0.01 },
    { ttl: 3_600, lifetime: 3_000, rate: 0.01 },
    { ttl: 1, lifetime: 100, rate: 0.1 },
  ])("is what a simulation of the product's own decisions gives, with %j", ({ lifetime, rate, ttl }) => {
    const simulated = simulatedFetches(ttl, lifetime, rate, 7)
    const formula = fetchesOf(ttl, { lifetime, rate })
    // The mean of so many lives varies by less than this; a call takes 25 ms in the simulation and none in the formula.
    assert.closeTo(simulated / formula, 1, 0.03)
  })

  const amount = (minimum: number, maximum: number) =>
    Arbitrary.schema(Schema.Finite.check(Schema.isBetween({ minimum, maximum })))

  it.effect.prop(
    "lies between one and the number of invokes, and falls with the ttl",
    { ttl: amount(0, 10_000), more: amount(0, 1_000), lifetime: amount(1, 40_000), rate: amount(0, 5) },
    ({ lifetime, more, rate, ttl }) =>
      Effect.sync(() => {
        const life = { lifetime, rate }
        const fetches = fetchesOf(ttl, life)
        assert.isAtLeast(fetches, 1)
        assert.isAtMost(fetches, invokesOf(life) * (1 + 1e-7))
        assert.isAtMost(fetchesOf(ttl + more, life), fetches * (1 + 1e-7))
      }),
  )

  it("counts a Poisson variable as its sum of probabilities does", () => {
    const mean = 3.5
    const terms = Array.from({ length: 4 }, (_, n) => (mean ** n * Math.exp(-mean)) / ([1, 1, 2, 6][n] ?? 1))
    assert.closeTo(poissonAtLeast(4, mean), 1 - terms.reduce((sum, term) => sum + term, 0), 1e-9)
    assert.closeTo(poissonAtLeast(10_000, 10_000), 0.5, 0.01)
  })
})

const USAGE: Usage = {
  invocations: 1_000_000,
  environments: 10,
  lifetime: 7_200,
  groups: [
    { kind: "parameters", count: 12, ttl: 1e9, isRefreshed: false },
    { kind: "secrets", count: 3, ttl: 1e9, isRefreshed: false },
    { kind: "dynamodb", count: 2, ttl: 1e9, isRefreshed: false },
  ],
  together: false,
  preload: true,
  latency: 0.02,
  memory: 1_024,
  isArm: false,
  higherThroughput: true,
  coldStart: 0.1,
}

describe("the model", () => {
  const of = (usage: Partial<Usage>, name: string) => {
    const found = costsOf({ ...USAGE, ...usage }, DEFAULT_PRICES).find((cost) => cost.name.startsWith(name))
    assert.isDefined(found)
    return found
  }
  const starts = (USAGE.environments * MONTH) / USAGE.lifetime

  it("charges direct calls for every value of every invoke, and the time that they take", () => {
    const direct = of({}, "direct")
    assert.closeTo(direct.calls, 17_000_000, 1)
    assert.closeTo(direct.callDollars, 12 * 5 + 3 * 5 + (2 * 0.125) / 2, 1e-6)
    assert.closeTo(direct.waitDollars, 17_000_000 * 0.02 * DEFAULT_PRICES.lambdaGbSecondX86, 1e-6)
    assert.closeTo(of({ together: true }, "direct").waitDollars, direct.waitDollars / 17, 1e-6)
  })

  it("charges this extension for batches at each start, if no ttl ends before the environment", () => {
    const ours = of({}, "this")
    const perStart = Math.ceil(12 / BATCHES.parameters) + 1 + 1
    assert.closeTo(ours.calls, starts * perStart, 1e-3)
    assert.strictEqual(ours.waitDollars, 0)
    assert.closeTo(ours.startDollars ?? 0, starts * 0.1 * DEFAULT_PRICES.lambdaGbSecondX86, 1e-6)
    const lazy = of({ preload: false }, "this")
    assert.closeTo(lazy.calls, starts * 17, 1e-3)
    assert.isAbove(lazy.waitDollars, 0)
  })

  it("charges the same for a ttl as others do, if nothing else differs", () => {
    const groups = [{ kind: "secrets" as const, count: 1, ttl: 300, isRefreshed: false }]
    const costs = costsOf({ ...USAGE, groups, preload: false }, DEFAULT_PRICES)
    const calls = Object.fromEntries(costs.map(({ calls, name }) => [name, calls]))
    assert.closeTo(calls["this extension"] ?? 0, calls["AWS's extensions, 300 s"] ?? 1, 1e-6)
    assert.isAbove(calls["Powertools, 5 s"] ?? 0, calls["this extension"] ?? 0)
  })
})

describe("lambda-cache-extension cost", () => {
  it.effect.each(blocksOf(textOf("docs/cost.md"), "console"))("prints what docs/cost.md shows: %#", (block) =>
    Effect.gen(function* () {
      const [command = "", ...shown] = block.trimEnd().split("\n")
      const [program, ...args] = command.replace("$ npx ", "").split(" ")
      assert.strictEqual(program, "lambda-cache-extension")
      const { code, stderr, stdout } = yield* cli(args)
      assert.deepStrictEqual([code, stderr], [0, ""])
      assert.strictEqual(stdout.trimEnd(), shown.join("\n"))
    }),
  )

  it.effect("takes values and ttls from a config.yaml", () =>
    Effect.gen(function* () {
      const file = path.join(yield* temporaryFolder, "config.yaml")
      writeFileSync(
        file,
        "parameters: [{ names: [A, B], ttl: 30s }]\nsecrets: [{ names: [S] }]\ncache: { stale_while_revalidate: 1m }\n",
      )
      const { stdout } = yield* cli(["cost", file, "--json"])
      const { usage } = JSON.parse(stdout) as { readonly usage: Usage }
      assert.deepStrictEqual(usage.groups, [
        { kind: "parameters", ttl: 30, isRefreshed: true, count: 2 },
        { kind: "secrets", ttl: 3_600, isRefreshed: true, count: 1 },
      ])
    }),
  )

  it.effect("takes prices from a file, and refuses what is no price", () =>
    Effect.gen(function* () {
      const folder = yield* temporaryFolder
      const priced = (text: string) => {
        writeFileSync(path.join(folder, "prices.json"), text)
        return cli(["cost", "--prices", path.join(folder, "prices.json"), "--json"])
      }
      const { stdout } = yield* priced('{ "secretsManagerCall": 1 }')
      const { perMillion, prices } = JSON.parse(stdout) as {
        readonly perMillion: ReadonlyArray<{ readonly callDollars: number }>
        readonly prices: Prices
      }
      assert.deepStrictEqual(prices, { ...DEFAULT_PRICES, secretsManagerCall: 1 })
      assert.closeTo(perMillion[0]?.callDollars ?? 0, 1_000_000, 1e-3)
      for (const wrong of ['{ "secretsManagerCall": -1 }', '{ "secretManagerCall": 1 }', "[1]", "1", "{"]) {
        const { code, stderr } = yield* priced(wrong)
        assert.strictEqual(code, 1, wrong)
        assert.include(stderr, "prices.json", wrong)
      }
      const { stderr } = yield* priced('{ "secretManagerCall": 1, "appConfigCall": "0.2" }')
      assert.match(
        stderr,
        /found the name "secretManagerCall"; allowed: the prices to replace, by their names: parameterStoreCall, .* \(did you mean secretsManagerCall\?\)$/m,
      )
      assert.match(stderr, /appConfigCall: found "0\.2"; allowed: dollars, as a number of 0 or more$/m)
    }),
  )

  it.effect("refuses wrong options with what is allowed, and a faulty file with its faults", () =>
    Effect.gen(function* () {
      const ttl = yield* cli(["cost", "--ttl", "5"])
      assert.strictEqual(ttl.code, 2)
      assert.include(ttl.stderr, "Expected: a duration such as 30s")
      const none = yield* cli(["cost", "--environments", "0"])
      assert.strictEqual(none.code, 2)
      assert.include(none.stderr, "a whole number of 1 or more")
      const nothing = yield* cli(["cost", "--parameters", "0", "--secrets", "0"])
      assert.deepStrictEqual([nothing.code, nothing.stdout], [2, ""])
      assert.include(nothing.stderr, "there is nothing to read")
      const file = path.join(yield* temporaryFolder, "config.yaml")
      writeFileSync(file, "parameters: [{ names: A }]\n")
      const faulty = yield* cli(["cost", file])
      assert.strictEqual(faulty.code, 1)
      assert.include(faulty.stderr, `${file}:1:23: parameters[0].names: found "A"`)
    }),
  )

  it.effect(
    "takes the folder of a function or stdin for a file, as other commands do, and names a missing one",
    () =>
      Effect.gen(function* () {
        const folder = yield* temporaryFolder
        const text = "parameters: [{ names: [A, B] }]\n"
        writeFileSync(path.join(folder, "config.yaml"), text)
        assert.include((yield* cli(["cost", folder])).stdout, "reading 2 values")
        assert.include((yield* cli(["cost", "-"], text)).stdout, "reading 2 values")
        const missing = yield* cli(["cost", path.join(folder, "missing.yaml")])
        assert.strictEqual(missing.code, 2)
        assert.include(missing.stderr, "missing.yaml: the file: found nothing at this path")
      }),
  )
})

describe("the cost of observability", () => {
  it("counts the alarms that the template has, and lines as long as those of the extension", () => {
    assert.strictEqual(ALARMS, readAlarms({ FunctionName: "shop" }).length)
    for (const hasTier of [false, true]) {
      const context = {
        namespace: "CacheExtension",
        functionName: "a-usual-name",
        hasTier,
        timestamp: 1_800_000_000_000,
      }
      const line = emfLine(
        { ...totalsOf([]), reads: 100, hits: 97, bytes: 1_310_000, residentBytes: 50_000_000 },
        undefined,
        context,
      )
      const estimate = emfMetrics(hasTier).length * LINE_BYTES_PER_METRIC
      assert.closeTo(line.length, estimate, estimate / 10)
    }
  })
})

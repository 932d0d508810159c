/**
 * `explain`: says what serves a name that a function requests: entry, policy, region, role, permissions, and the URL. Offline.
 */
import * as Argument from "effect/cli/Argument"
import * as Command from "effect/cli/Command"
import * as Flag from "effect/cli/Flag"
import * as Console from "effect/Console"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Result from "effect/Result"
import * as GoDuration from "../../src/config/go/GoDuration.ts"
import { DEFAULT_PORT } from "../../src/domain/defaults.ts"
import { KINDS } from "../../src/kinds/kinds.ts"
import { DEFAULT_REGION, regionOr } from "../aws/region.ts"
import { readValidConfig } from "../config/ConfigSource.ts"
import { type Explanation, explainName, similarTo } from "../explain/explain.ts"
import { durationText } from "../explain/duration.ts"
import { CommandFailed } from "../failures.ts"
import * as shared from "../flags.ts"
import { partitionOf } from "../policy/policy.ts"

const name = Argument.String("name").pipe(
  Argument.withDescription("A name or a path, as a function requests it: /shop/db-url"),
)

const flags = {
  name,
  config: Flag.String("config").pipe(
    Flag.withAlias("c"),
    Flag.withDescription("The file, or the folder of a function with a config.yaml (default config.yaml)"),
    Flag.withDefault("config.yaml"),
  ),
  kind: Flag.Literals("kind", KINDS).pipe(
    Flag.withDescription(`Only this kind (default all)`),
    Flag.optional,
  ),
  region: shared.region(`The function's region (default AWS_REGION, else ${DEFAULT_REGION})`),
  ttl: Flag.String("ttl").pipe(
    Flag.withDescription("CACHE_EXTENSION_TTL of the function, which overrides every ttl (default unset)"),
    Flag.filter(
      (text) => Result.isSuccess(GoDuration.parse(text)),
      () => GoDuration.DURATION_ALLOWED,
    ),
    Flag.optional,
  ),
  json: shared.json,
}

const LISTED: Readonly<Record<Explanation["listed"], string>> = {
  itself: "listed",
  "another version": "another version of a listed name",
  "below a path": "a member of a listed path",
  "of a table": "an item of a declared table",
  "on demand": "not listed; fetched because of on_demand",
}

/** What is listed can be loaded at start-up; the rest is not known before a function asks for it. */
const LOADED: ReadonlySet<Explanation["listed"]> = new Set(["itself", "below a path"])

const textOf = (file: string, one: Explanation): string => {
  const place = one.place === null ? file : `${one.place.file ?? file}:${one.place.line} (${one.place.path})`
  const lines = [
    `${one.kind}, from ${one.service}: ${LISTED[one.listed]}, ${place}`,
    `  read it       curl '${one.url}'`,
    `  region        ${one.region}`,
    `  role          ${one.role ?? "the function's own"}`,
    ...(one.shared === null ? [] : [`  shared        ${one.shared}`]),
    ...one.policy.map(
      ({ from, key, ms }, index) =>
        `${index === 0 ? "  policy        " : "                "}${key} ${durationText(ms)} (${from})`,
    ),
    ...one.actions.map(
      ({ action, resource }, index) =>
        `${index === 0 ? "  AWS calls     " : "                "}${action} on ${resource}`,
    ),
    `  when          at the first read${LOADED.has(one.listed) ? ", or at start-up with CACHE_EXTENSION_INIT_STARTUP" : ""}; then at the first read past the ttl`,
    ...(one.fault === null ? [] : [`  but           ${one.fault}`]),
  ]
  return lines.join("\n")
}

/** The command. */
export const explain = Command.make("explain", flags, ({ config, json, kind, name, region, ttl }) =>
  Effect.gen(function* () {
    const own = yield* regionOr(Option.getOrUndefined(region), DEFAULT_REGION)
    const given = Option.flatMap(ttl, (text) => Result.getSuccess(GoDuration.parse(text)))
    const read = yield* readValidConfig(
      config,
      { region: own, ttl: Option.getOrUndefined(given) },
      "--config",
    )
    const { plan } = read
    const context = {
      plan,
      document: read.document,
      port: plan.port ?? DEFAULT_PORT,
      isTtlGiven: Option.isSome(given),
      policy: {
        partition: partitionOf(own),
        region: own,
        account: "<account>",
        ids: new Map<string, string>(),
        kmsKeys: [],
      },
    }
    const found = yield* explainName(context, name, Option.getOrUndefined(kind))
    if (found.length === 0) {
      const similar = similarTo(
        name,
        Array.from(plan.entries.values(), (entry) => entry.name),
      )
      const hint = similar.length === 0 ? "" : ` Did you mean ${similar.join(", ")}?`
      return yield* new CommandFailed({
        reason: `${read.file} lists no ${JSON.stringify(name)}, so a request for it gets a 404 without a call to AWS.${hint} The name would be fetched if on_demand allowed it.`,
      })
    }
    yield* Console.log(
      json ? JSON.stringify(found, undefined, 2) : found.map((one) => textOf(read.file, one)).join("\n\n"),
    )
  }),
).pipe(
  Command.withDescription("Says what serves a name: its entry, policy, region, role, AWS calls and URL"),
  Command.withExamples([
    {
      command: "lambda-cache-extension explain /shop/db-url",
      description: "With the config.yaml in this folder",
    },
    {
      command: "lambda-cache-extension explain Orders-7 --config my-function --kind dynamodb",
      description: "An item, with the config.yaml in a function's folder",
    },
  ]),
)

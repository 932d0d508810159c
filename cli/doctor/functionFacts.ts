/**
 * Asks AWS about a function: its configuration, the config.yaml in its package, and whether its role may read what that
 * file lists.
 */
import { type ContextEntry, IAMClient, paginateSimulatePrincipalPolicy } from "@aws-sdk/client-iam"
import { GetFunctionCommand, type GetFunctionResponse, LambdaClient } from "@aws-sdk/client-lambda"
import * as Effect from "effect/Effect"
import * as Stream from "effect/Stream"
import { fileInZip } from "../../scripts/unzip.ts"
import { configPath, type FileRead, YAML_VARIABLE } from "../../src/config/readConfigFile.ts"
import { MAX_CONFIG_BYTES, TASK_ROOT } from "../../src/domain/defaults.ts"
import { awsFailed, call } from "../aws/failures.ts"
import { clientOf } from "../aws/session.ts"
import type { Policies, Statement } from "../policy/policy.ts"
import { fail, type FunctionFacts, ok, skipped } from "./checks.ts"

/** Whose credentials ask, and where the function is. */
export interface Caller {
  readonly profile: string | undefined
  readonly region: string
}

/** What Lambda says of a function. */
export const getFunction = ({ profile, region }: Caller, name: string) =>
  clientOf(profile, region, (options) => new LambdaClient(options)).pipe(
    Effect.flatMap((lambda) =>
      call((options) => lambda.send(new GetFunctionCommand({ FunctionName: name }), options)),
    ),
    Effect.scoped,
  )

/** The facts in Lambda's reply. */
export const factsOf = ({ Configuration = {} }: GetFunctionResponse, region: string): FunctionFacts => ({
  packageType: Configuration.PackageType ?? "Zip",
  runtime: Configuration.Runtime ?? "an image's own runtime",
  architecture: Configuration.Architectures?.[0] ?? "x86_64",
  layers: (Configuration.Layers ?? []).flatMap(({ Arn }) => Arn ?? []),
  environment: Configuration.Environment?.Variables ?? {},
  memory: Configuration.MemorySize ?? 128,
  timeout: Configuration.Timeout ?? 3,
  region,
  role: Configuration.Role ?? "",
  isInVpc: (Configuration.VpcConfig?.SubnetIds ?? []).length > 0,
})

/** The package of a function, or why it cannot be looked into. */
const packageOf = ({ Code }: GetFunctionResponse, facts: FunctionFacts) =>
  facts.packageType === "Image" || Code?.Location === undefined
    ? Effect.succeed(undefined)
    : call(async ({ abortSignal }) => {
        const response = await fetch(Code.Location ?? "", { signal: abortSignal })
        if (!response.ok) throw new Error(`the download of the code ended with status ${response.status}`)
        return Buffer.from(await response.arrayBuffer())
      })

/** A file of the package by its path in Lambda; undefined if it has none. */
const fileIn = (archive: Buffer, file: string) =>
  Effect.try({
    try: () =>
      file.startsWith(`${TASK_ROOT}/`)
        ? fileInZip(archive, file.slice(TASK_ROOT.length + 1), MAX_CONFIG_BYTES)
        : undefined,
    catch: awsFailed,
  })

/** The text of config.yaml in the function's variable or package, or a check that says why there is none. */
export const configInCode = Effect.fn("doctor.configInCode")(function* (
  found: GetFunctionResponse,
  facts: FunctionFacts,
) {
  const archive = yield* Effect.cached(packageOf(found, facts))
  const readFile = (path: string): Effect.Effect<FileRead> =>
    Effect.flatMap(archive, (bytes) => (bytes === undefined ? Effect.undefined : fileIn(bytes, path))).pipe(
      Effect.match({
        onFailure: (cause): FileRead => ({ _tag: "Unreadable", cause }),
        onSuccess: (bytes): FileRead =>
          bytes === undefined ? { _tag: "Unreadable", cause: { code: "ENOENT" } } : { _tag: "Bytes", bytes },
      }),
    )
  const given = facts.environment[YAML_VARIABLE]
  if (given) return { text: given, file: YAML_VARIABLE, readFile }
  const file = configPath(facts.environment)
  if (!file.startsWith(`${TASK_ROOT}/`))
    return skipped(
      "config.yaml",
      `${file} is not in the function's package, which is all that is looked into`,
    )
  const bytes = yield* archive
  if (bytes === undefined)
    return skipped("config.yaml", "the function is an image; check its folder with `doctor <folder>`")
  const content = yield* fileIn(bytes, file)
  return content === undefined
    ? fail(
        "config.yaml",
        `the function's package has no ${file.slice(TASK_ROOT.length + 1)}; an empty one is valid`,
      )
    : { text: content.toString("utf8"), file, readFile }
})

/** What IAM is to assume of the calls: that they meet the conditions, as the extension's do. */
const contextOf = ({ Condition = {} }: Statement): ReadonlyArray<ContextEntry> =>
  Object.entries(Condition).flatMap(([operator, keys]) =>
    Object.entries(keys).map(([ContextKeyName, values]) => ({
      ContextKeyName,
      ContextKeyValues: [...values],
      ContextKeyType: operator.startsWith("For") ? ("stringList" as const) : ("string" as const),
    })),
  )

/** Whether the function's role is allowed to do what its config.yaml takes. */
export const permissionChecks = Effect.fn("doctor.permissionChecks")(function* (
  { profile, region }: Caller,
  role: string,
  { own }: Policies,
) {
  const iam = yield* clientOf(profile, region, (options) => new IAMClient(options))
  // IAM gives its results page by page.
  const results = yield* Stream.fromIterable(own).pipe(
    Stream.flatMap((statement) =>
      Stream.fromAsyncIterable(
        paginateSimulatePrincipalPolicy(
          { client: iam },
          {
            PolicySourceArn: role,
            ActionNames: [...statement.Action],
            ResourceArns: [...statement.Resource],
            ContextEntries: [...contextOf(statement)],
          },
        ),
        awsFailed,
      ),
    ),
    Stream.flatMap(({ EvaluationResults = [] }) => Stream.fromIterable(EvaluationResults)),
    Stream.runCollect,
  )
  const denied = results
    .filter(({ EvalDecision }) => EvalDecision !== "allowed")
    .map(({ EvalActionName, EvalResourceName }) => `${EvalActionName} on ${EvalResourceName}`)
  return denied.length === 0
    ? ok("permissions", `${role} is allowed what config.yaml takes`)
    : fail("permissions", `${role} is denied ${denied.join(", ")}; \`policy\` prints what it needs`)
}, Effect.scoped)

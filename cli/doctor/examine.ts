/**
 * Examines a function in AWS: gets its configuration, and makes every check that is possible. The others are skipped, with the
 * reason.
 */
import * as Effect from "effect/Effect"
import * as Result from "effect/Result"
import { readSettings } from "../../src/config/Settings.ts"
import { READ_BUDGET } from "../../src/domain/defaults.ts"
import { CommandFailed } from "../failures.ts"
import { makePolicies, partitionOf, type Policies } from "../policy/policy.ts"
import { TIER_KEY_SID } from "../policy/shared.ts"
import { type Check, functionChecks, skipped, warn } from "./checks.ts"
import { planChecks, planOfText } from "./configChecks.ts"
import { examineShared } from "./sharedFacts.ts"
import { type Caller, configInCode, factsOf, getFunction, permissionChecks } from "./functionFacts.ts"

/** The account in the ARN of a role. */
const accountOf = (role: string): string => role.split(":")[4] ?? ""

/** IAM simulates a call on a key by the key's own ARN; the policy may name it by an alias. */
const withKey = ({ own, roles }: Policies, keyArn: string | undefined): Policies => ({
  roles,
  own: own.map((statement) =>
    keyArn !== undefined && statement.Sid === TIER_KEY_SID ? { ...statement, Resource: [keyArn] } : statement,
  ),
})

/** All checks of a function in AWS. */
export const examineFunction = Effect.fn("doctor.examineFunction")(function* (caller: Caller, name: string) {
  const found = yield* getFunction(caller, name).pipe(
    Effect.mapError(
      ({ message }) => new CommandFailed({ reason: `The function ${name} in ${caller.region}: ${message}` }),
    ),
  )
  const facts = factsOf(found, caller.region)
  const checks: Array<Check> = [...functionChecks(facts)]
  const config = yield* configInCode(found, facts).pipe(
    Effect.catch(({ message }) =>
      Effect.succeed(skipped("config.yaml", `the package cannot be read: ${message}`)),
    ),
  )
  if ("result" in config) return [...checks, config, skipped("permissions", "config.yaml is not known")]

  // Lambda sets the tokens, which are not known here.
  const {
    tokens: _,
    workloadTokens: __,
    ...settings
  } = readSettings({
    AWS_REGION: facts.region,
    ...facts.environment,
  }).settings
  const plan = yield* planOfText(config.text, {
    ...settings,
    file: config.file,
    readFile: config.readFile,
    // Lambda sets the region beside the function's own variables.
    environment: { AWS_REGION: facts.region, ...facts.environment },
    memory: facts.memory,
    initializationType: "on-demand",
  })
  checks.push(...planChecks(config.file, plan))
  if (Result.isFailure(plan)) return [...checks, skipped("permissions", "config.yaml has faults")]
  const { readBudget } = plan.success.limits
  if (readBudget !== READ_BUDGET && facts.timeout * 1_000 <= readBudget)
    checks.push(
      warn(
        "timeout",
        `cache.read_budget (${readBudget} ms) is longer than the function's timeout (${facts.timeout} s)`,
      ),
    )
  const policies = yield* makePolicies(plan.success, {
    partition: partitionOf(facts.region),
    region: facts.region,
    account: accountOf(facts.role),
    ids: new Map(),
    kmsKeys: [],
  })
  const { shared } = plan.success
  const tier = shared === undefined ? undefined : yield* examineShared(caller, shared, facts)
  const permissions = yield* permissionChecks(caller, facts.role, withKey(policies, tier?.keyArn)).pipe(
    Effect.catch(({ message }) =>
      Effect.succeed(
        skipped("permissions", `they cannot be simulated (iam:SimulatePrincipalPolicy): ${message}`),
      ),
    ),
  )
  return [...checks, ...(tier?.checks ?? []), permissions]
})

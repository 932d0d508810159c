/**
 * Allows a role what a config.yaml lists: the statements of statements.ts as grants of CDK, in the partition, region and account
 * of the role's stack.
 */
import { Stack } from "aws-cdk-lib"
import { Grant, type IGrantable } from "aws-cdk-lib/aws-iam"
import { Construct } from "constructs"
import { statementsFor } from "./statements.ts"

export interface GrantOptions {
  /** The ARNs of keys of your own that encrypt values. */
  readonly kmsKeys?: ReadonlyArray<string>
  /** The ids of AppConfig's applications, environments and profiles by the names that config.yaml has. */
  readonly appConfigIds?: Readonly<Record<string, string>>
  /** The values of the variables that config.yaml names, which the function must have too. */
  readonly variables?: Readonly<Record<string, string>>
}

/** @param scope what the grant belongs to, if the grantee is not a construct */
export const grantListed = (
  scope: Construct,
  grantee: IGrantable,
  configPath: string,
  { appConfigIds = {}, kmsKeys = [], variables }: GrantOptions = {},
): Grant => {
  const { account, partition, region } = Stack.of(Construct.isConstruct(grantee) ? grantee : scope)
  const ids = new Map(Object.entries(appConfigIds))
  const grants = statementsFor(configPath, { account, partition, region, kmsKeys, ids, variables }).map(
    ({ Action: actions, Condition: conditions, Resource: resourceArns }) =>
      Grant.addToPrincipal({
        grantee,
        actions: [...actions],
        resourceArns: [...resourceArns],
        ...(conditions === undefined ? {} : { conditions }),
      }),
  )
  const [first, ...rest] = grants
  return first === undefined
    ? Grant.drop(grantee, "config.yaml lists nothing")
    : rest.reduce((all, grant) => all.combine(grant), first)
}

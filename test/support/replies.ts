/**
 * The checks of the replies of all operations, for tests of each of them.
 */
import { checkedBy } from "../../src/aws/replies.ts"
import { SHAPES as STS } from "../../src/aws/assumeRole.ts"
import { SHAPES as APPCONFIGDATA } from "../../src/kinds/appconfig/fetch/replies.ts"
import { SHAPES as DYNAMODB } from "../../src/kinds/dynamodb/fetch/replies.ts"
import { SHAPES as SSM } from "../../src/kinds/parameters/fetch/replies.ts"
import { SHAPES as SECRETS_MANAGER } from "../../src/kinds/secrets/fetch/replies.ts"

const SHAPES = { ...SSM, ...SECRETS_MANAGER, ...DYNAMODB, ...APPCONFIGDATA, ...STS }

export type Operation = keyof typeof SHAPES

export const checked = checkedBy(SHAPES)

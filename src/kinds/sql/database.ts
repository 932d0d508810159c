/**
 * The clusters, secrets and databases that the RDS Data API accepts. Pure.
 *
 * https://docs.aws.amazon.com/rdsdataservice/latest/APIReference/API_ExecuteStatement.html
 */
import {
  firstFault,
  type Grammar,
  lengthFault,
  textFault,
  variableFault,
} from "../../config/fields/grammar.ts"
import { arnFault, type ArnRules, isArn } from "../arn.ts"
import { secretFault } from "../secrets/secretId.ts"

const CLUSTER_RULES: ArnRules = {
  service: "rds",
  example: "arn:aws:rds:us-west-2:123456789012:cluster:shop",
  resourceFault: (resource) =>
    /^cluster:[A-Za-z][A-Za-z0-9-]{0,62}$/u.test(resource)
      ? undefined
      : resource.startsWith("db:")
        ? "it is the ARN of an instance; the Data API takes that of the cluster"
        : "it is not the ARN of a cluster",
}

/** Why a text is not the ARN of a cluster. */
export const clusterFault: Grammar = (text) => textFault(text) ?? arnFault(text, CLUSTER_RULES)

/** Why a text is not the ARN of a secret. The Data API takes no names. */
export const secretArnFault: Grammar = (text) =>
  textFault(text) ??
  (isArn(text)
    ? secretFault(text)
    : "it is not an ARN, such as arn:aws:secretsmanager:us-west-2:123456789012:secret:db-AbCdEf")

const MAX_DATABASE_LENGTH = 64

/** Why a text is not the name of a database. Both engines allow nearly everything in it. */
export const databaseFault: Grammar = (text) =>
  firstFault(text, [textFault, variableFault, (name) => lengthFault(name, MAX_DATABASE_LENGTH)])

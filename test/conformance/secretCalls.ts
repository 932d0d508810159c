/**
 * The SDK calls that the cases of Secrets Manager are told in: each either must be answered or must be refused.
 *
 * Used by secrets.ts and secretStages.ts.
 */
import {
  BatchGetSecretValueCommand,
  CreateSecretCommand,
  type CreateSecretCommandInput,
  DescribeSecretCommand,
  GetSecretValueCommand,
  type GetSecretValueCommandInput,
  PutSecretValueCommand,
  type PutSecretValueCommandInput,
} from "@aws-sdk/client-secrets-manager"
import { refusalOf, sdk } from "../support/aws.ts"
import { type Aws } from "./Target.ts"

const createCommand = (name: string, more: Partial<CreateSecretCommandInput>) =>
  new CreateSecretCommand({ Name: name, ...more })
export const create = (aws: Aws, name: string, more: Partial<CreateSecretCommandInput>) =>
  sdk(() => aws.secrets.send(createCommand(name, more)))
export const createRefused = (aws: Aws, name: string, more: Partial<CreateSecretCommandInput>) =>
  refusalOf(() => aws.secrets.send(createCommand(name, more)))
export const put = (aws: Aws, id: string, value: string, more: Partial<PutSecretValueCommandInput> = {}) =>
  sdk(() => aws.secrets.send(new PutSecretValueCommand({ SecretId: id, SecretString: value, ...more })))
export const getCommand = (id: string, more: Partial<GetSecretValueCommandInput> = {}) =>
  new GetSecretValueCommand({ SecretId: id, ...more })
export const get = (aws: Aws, id: string, more?: Partial<GetSecretValueCommandInput>) =>
  sdk(() => aws.secrets.send(getCommand(id, more)))
export const getRefused = (aws: Aws, id: string, more?: Partial<GetSecretValueCommandInput>) =>
  refusalOf(() => aws.secrets.send(getCommand(id, more)))
export const describeSecret = (aws: Aws, id: string) =>
  sdk(() => aws.secrets.send(new DescribeSecretCommand({ SecretId: id })))
export const batch = (aws: Aws, ids: Array<string>) =>
  sdk(() => aws.secrets.send(new BatchGetSecretValueCommand({ SecretIdList: ids })))

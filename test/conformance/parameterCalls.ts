/**
 * The SDK calls that the cases of Parameter Store are told in: each either must be answered or must be refused.
 *
 * Used by parameters.ts, parameterChanges.ts and paths.ts.
 */
import {
  GetParameterCommand,
  type GetParameterCommandInput,
  GetParametersCommand,
  LabelParameterVersionCommand,
  PutParameterCommand,
  type PutParameterCommandInput,
} from "@aws-sdk/client-ssm"
import { Effect } from "effect"
import { refusalOf, sdk } from "../support/aws.ts"
import { type Aws } from "./Target.ts"

const putCommand = (name: string, value: string, more: Partial<PutParameterCommandInput> = {}) =>
  new PutParameterCommand({ Name: name, Value: value, Type: "String", ...more })
export const getCommand = (name: string, more: Partial<GetParameterCommandInput> = {}) =>
  new GetParameterCommand({ Name: name, ...more })

export const put = (aws: Aws, name: string, value: string, more?: Partial<PutParameterCommandInput>) =>
  sdk(() => aws.ssm.send(putCommand(name, value, more)))
export const putRefused = (aws: Aws, name: string, value: string, more?: Partial<PutParameterCommandInput>) =>
  refusalOf(() => aws.ssm.send(putCommand(name, value, more)))
export const get = (aws: Aws, name: string, more?: Partial<GetParameterCommandInput>) =>
  sdk(() => aws.ssm.send(getCommand(name, more))).pipe(Effect.map(({ Parameter }) => Parameter))
export const getRefused = (aws: Aws, name: string, more?: Partial<GetParameterCommandInput>) =>
  refusalOf(() => aws.ssm.send(getCommand(name, more)))
export const getAll = (aws: Aws, names: Array<string>, decrypt = true) =>
  sdk(() => aws.ssm.send(new GetParametersCommand({ Names: names, WithDecryption: decrypt })))
export const label = (aws: Aws, name: string, labels: Array<string>, version?: number) =>
  sdk(() =>
    aws.ssm.send(
      new LabelParameterVersionCommand({
        Name: name,
        Labels: labels,
        ...(version === undefined ? {} : { ParameterVersion: version }),
      }),
    ),
  )

/**
 * Functions and layers for the tests of the CDK construct (test/deployment/cdk.test.ts, cdkRefusals.test.ts).
 */
import type { Stack } from "aws-cdk-lib"
import * as lambda from "aws-cdk-lib/aws-lambda"
import path from "node:path"
import { ROOT } from "../../scripts/bundle.ts"
import { folderOf } from "../support/lambda.ts"

/** A version of a layer. */
export const ARN = "arn:aws:lambda:eu-west-1:123456789012:layer:cache-extension-arm64:7"

/** A function in Python on arm64, without anything of the extension. */
export const functionIn = (stack: Stack, props: Partial<lambda.FunctionProps> = {}, id = "Function") =>
  new lambda.Function(stack, id, {
    runtime: lambda.Runtime.PYTHON_3_13,
    architecture: lambda.Architecture.ARM_64,
    handler: "app.handler",
    code: lambda.Code.fromInline("def handler(event, context): pass"),
    ...props,
  })

/** What `npm run build` writes. */
export const NODE_TREE = path.join(ROOT, "dist/node")

/** A folder like the one that `lambda-cache-extension layer` writes. */
export const archives = folderOf({
  "cache-extension-arm64.zip": "arm64",
  "cache-extension-x86_64.zip": "x86",
})

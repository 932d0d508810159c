#!/usr/bin/env node
/**
 * The entry of the program: runs the commands of `main.ts` on Node, with this process's arguments, input and exit code.
 * `npm run cli -- <command>` starts it in a clone. `scripts/package.ts` bundles it into the published package.
 */
import "./olderNode.ts"
import * as NodeRuntime from "@effect/platform-node/NodeRuntime"
import * as NodeServices from "@effect/platform-node/NodeServices"
import * as Effect from "effect/Effect"
import process from "node:process"
import { run } from "./main.ts"
import { endWithReader, exitCodeOf } from "./output.ts"

endWithReader()

run(process.argv.slice(2)).pipe(
  Effect.provide(NodeServices.layer),
  NodeRuntime.runMain({ disableErrorReporting: true, teardown: (exit) => process.exit(exitCodeOf(exit)) }),
)

/**
 * The entry of the standalone executable. The launcher in /opt/extensions starts it and passes its own file name.
 */
import { start } from "./begin.ts"
import { platform } from "./host/bun.ts"
import { ignoreSignals } from "./host/ignoredSignals.ts"

ignoreSignals()
start(platform)

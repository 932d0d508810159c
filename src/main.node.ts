/**
 * The entry of the Node bundle. The launcher in /opt/extensions starts it and passes its own file name.
 */
import { start } from "./begin.ts"
import { platform } from "./host/node.ts"
import { ignoreSignals } from "./host/ignoredSignals.ts"

ignoreSignals()
start(platform)

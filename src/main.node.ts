/**
 * The entry of the Node bundle. The launcher in /opt/extensions starts it and passes its own file name.
 */
import { main } from "./Boot.ts"
import * as NodeHost from "./host/NodeHost.ts"
import { runMain } from "./host/runMain.ts"

runMain(main(NodeHost.layer), { disableErrorReporting: true })

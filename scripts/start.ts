// `npm start`: builds the extension, then runs the demo on it (cli/demo/start.ts).
import process from "node:process"
import { build } from "./build.ts"

// Help and version need no build.
if (!["--help", "-h", "--version", "-v"].some((flag) => process.argv.includes(flag)))
  await build(["node", "runtimes"])
await import("../cli/demo/start.ts")

// `npm start`: builds the extension, then runs the demo on it (cli/demo/start.ts).
import process from "node:process"
import { build } from "./build.ts"
import { HOST_ARCHITECTURE } from "./bun.ts"

// A storm of cold starts runs the executable, where this machine can make one.
const isStorm = process.argv.some((argument) => argument.startsWith("--environments"))

// Help and version need no build.
if (!["--help", "-h", "--version", "-v"].some((flag) => process.argv.includes(flag)))
  await build([
    "node",
    "runtimes",
    ...(isStorm && HOST_ARCHITECTURE !== undefined ? [HOST_ARCHITECTURE] : []),
  ])
await import("../cli/demo/start.ts")

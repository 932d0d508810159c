// `npm start`: builds the extension, then runs the demo on it (src/local/start.ts).
import { build } from "./build.ts"

await build(["node"])
await import("../src/local/start.ts")

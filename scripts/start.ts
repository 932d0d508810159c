// `npm start`: builds the extension, then runs the demo on it (local/start.ts).
import { build } from "./build.ts"

await build(["node"])
await import("../local/start.ts")

// `npm start`: builds the extension, then runs the demo on it (src/local/start.ts).
await import("./build.ts")
await import("../src/local/start.ts")

// The oldest Node that the Node layer runs on, and that the project itself needs: that of @effect/platform-node. Stated here and
// nowhere else; test/docs/oldestNode.test.ts holds documents and the package to it. Plain JavaScript, because `node.mjs` asks on
// whatever Node there is.

export const OLDEST_NODE = [22, 19]

// The oldest Node for the Node layer and for this project, from @effect/platform-node. Stated only here;
// test/docs/oldestNode.test.ts compares documents and packages with it. Plain JavaScript, because `node.mjs` imports it on any
// Node.

export const OLDEST_NODE = [22, 19]

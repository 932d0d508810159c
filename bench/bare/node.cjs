// The least a Node process can do to answer HTTP: what the Node bundle is measured against. CommonJS and one
// module, because that is the quickest start Node has.
//
// BENCH_PORT is the port; BENCH_ANSWER, if set, is `{ headers, body }` as JSON, so that both servers send the same.
const http = require("node:http")

const { headers, body } = JSON.parse(process.env.BENCH_ANSWER ?? '{"headers":{},"body":"ok"}')
const complete = { ...headers, "content-length": Buffer.byteLength(body) }

http
  .createServer({ keepAliveTimeout: 0 }, (_request, response) => {
    response.writeHead(200, complete).end(body)
  })
  .listen(Number(process.env.BENCH_PORT), "127.0.0.1")

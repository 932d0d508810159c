// Runs instead of the program if Node is too old: reports that and the layer to use, on stderr and to Lambda through
// init/error, and exits with 1. It must run on any Node, so it is ES5 and uses only `http`.
//
// The build writes it next to `main.cjs`, which checks the version.
"use strict"
var http = require("http")

var TYPE = "Extension.NodeTooOld"
/** For both calls together, in milliseconds. */
var TIMEOUT = 2000

var api = process.env.AWS_LAMBDA_RUNTIME_API
var name = process.argv[2] || "cache-extension"

var end = function () {
  process.exit(1)
}

/** Sends a request of the Extensions API. */
var post = function (path, headers, body, onReply) {
  var text = JSON.stringify(body)
  headers["content-type"] = "application/json"
  headers["content-length"] = Buffer.byteLength(text)
  var colon = api.lastIndexOf(":")
  var request = http.request(
    {
      host: api.slice(0, colon).replace(/^\[|\]$/g, ""),
      port: api.slice(colon + 1),
      path: "/2020-01-01/extension/" + path,
      method: "POST",
      headers: headers,
    },
    function (response) {
      response.resume()
      onReply(response)
    },
  )
  request.on("error", end)
  request.end(text)
}

/** @param minimum The oldest supported version, such as `22.19`. */
module.exports = function (minimum) {
  var layer = "cache-extension-" + (process.arch === "arm64" ? "arm64" : "x86_64")
  var message =
    "this is Node " +
    process.versions.node +
    ", and the layer cache-extension-node needs " +
    minimum +
    " or newer: use the runtime nodejs22.x or nodejs24.x, or the layer " +
    layer +
    ", which brings its own runtime"
  process.stderr.write("[" + name + "] ERROR " + message + "\n")
  if (!api) return end()

  setTimeout(end, TIMEOUT)
  // SHUTDOWN is the one event that every kind of environment allows.
  post("register", { "lambda-extension-name": name }, { events: ["SHUTDOWN"] }, function (response) {
    var headers = {
      "lambda-extension-identifier": response.headers["lambda-extension-identifier"] || "",
      "lambda-extension-function-error-type": TYPE,
    }
    post("init/error", headers, { errorType: TYPE, errorMessage: message, stackTrace: [] }, end)
  })
}

/**
 * What `dev` finds in a folder, and what it says if that is not enough.
 */
import { assert, describe, it } from "@effect/vitest"
import { Effect, Result } from "effect"
import { findTarget, type TargetOptions } from "../../../cli/dev/target.ts"
import { folderOf } from "../../support/lambda.ts"

const ESM = "export const handler = async () => 1\n"
const CJS = "exports.handler = async () => 1\n"
const PYTHON = "import os\n\ndef lambda_handler(event, context):\n    return 1\n"

/** Files of a folder, flags, and the handler and runtime that are found. */
const FOUND: ReadonlyArray<readonly [string, Readonly<Record<string, string>>, TargetOptions, string]> = [
  ["an ES module", { "index.mjs": ESM }, {}, "node index.handler"],
  ["a CommonJS module", { "index.js": CJS }, {}, "node index.handler"],
  ["an exported list", { "app.js": "const handler = 1\nexport { handler }\n" }, {}, "node app.handler"],
  ["module.exports", { "app.cjs": "module.exports = { handler }\n" }, {}, "node app.handler"],
  ["Lambda's name for Python", { "lambda_function.py": PYTHON }, {}, "python lambda_function.lambda_handler"],
  ["a bootstrap", { bootstrap: "#!/bin/sh\n" }, {}, "provided function.handler"],
  ["the first of several", { "index.mjs": ESM, "app.py": PYTHON }, {}, "node index.handler"],
  [
    "the one of a runtime",
    { "index.mjs": ESM, "app.py": PYTHON },
    { runtime: "python" },
    "python app.lambda_handler",
  ],
  [
    "a named handler in a subfolder",
    { "src/orders.py": PYTHON },
    { handler: "src/orders.run" },
    "python src/orders.run",
  ],
  [
    "a named handler of a package",
    { "shop/__init__.py": PYTHON },
    { handler: "shop.run" },
    "python shop.run",
  ],
  [
    "a named handler beside Node's",
    { "index.mjs": ESM, "other.mjs": ESM },
    { handler: "other.go" },
    "node other.go",
  ],
]

const REFUSED: ReadonlyArray<readonly [string, Readonly<Record<string, string>>, TargetOptions, string]> = [
  ["an empty folder", {}, {}, "found no function in "],
  [
    "a handler without its file",
    { "index.mjs": ESM },
    { handler: "app.handler" },
    "found none of app.mjs, app.js, app.cjs, app.py",
  ],
  [
    "a handler without a function",
    { "index.mjs": ESM },
    { handler: "index" },
    'found "index"; allowed: <file without extension>.<function>',
  ],
  ["TypeScript", { "index.ts": ESM }, {}, "there is TypeScript: build it"],
  ["provided without a bootstrap", { "index.mjs": ESM }, { runtime: "provided" }, "found no file bootstrap"],
  [
    "a config.yaml that is not there",
    { "index.mjs": ESM },
    { config: "/nowhere/config.yaml" },
    "--config /nowhere/config.yaml: found nothing at this path",
  ],
  [
    "a seed that is not there",
    { "index.mjs": ESM },
    { seed: "/nowhere/seed.yaml" },
    "--seed /nowhere/seed.yaml: found nothing at this path",
  ],
]

describe("dev", () => {
  it.effect.each(FOUND)("finds %s", ([, files, options, expected]) =>
    Effect.gen(function* () {
      const folder = yield* folderOf(files)
      const { handler, runtime } = Result.getOrThrow(findTarget({ function: folder, ...options }))
      assert.strictEqual(`${runtime} ${handler}`, expected)
    }),
  )

  it.effect.each(REFUSED)("refuses %s, and says what is allowed", ([, files, options, expected]) =>
    Effect.gen(function* () {
      const folder = yield* folderOf(files)
      const found = findTarget({ function: folder, ...options })
      assert.isTrue(Result.isFailure(found))
      if (Result.isFailure(found)) assert.include(found.failure, expected)
    }),
  )

  it.effect("refuses a file in place of a folder, and a folder that is not there", () =>
    Effect.gen(function* () {
      const folder = yield* folderOf({ "app.py": PYTHON })
      for (const [given, expected] of [
        [`${folder}/app.py`, "found a file; allowed: the folder"],
        [`${folder}/none`, "found nothing at this path"],
      ] as const) {
        const found = findTarget({ function: given })
        assert.isTrue(Result.isFailure(found) && found.failure.includes(expected), given)
      }
    }),
  )

  it.effect("takes config.yaml and seed of the folder, and says so", () =>
    Effect.gen(function* () {
      const folder = yield* folderOf({ "index.mjs": ESM, "config.yaml": "", "seed.json": "{}" })
      const target = Result.getOrThrow(findTarget({ function: folder }))
      assert.strictEqual(target.config, `${folder}/config.yaml`)
      assert.strictEqual(target.seed, `${folder}/seed.json`)
      assert.deepStrictEqual(target.assumed, [
        "--runtime node --handler index.handler, from index.mjs",
        `--config ${folder}/config.yaml`,
        `--seed ${folder}/seed.json`,
      ])
    }),
  )
})

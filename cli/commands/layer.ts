/**
 * `layer`: writes the layers' archives, or their files as Lambda unpacks them under /opt, from the package alone.
 */
import * as Argument from "effect/cli/Argument"
import * as Command from "effect/cli/Command"
import * as Flag from "effect/cli/Flag"
import * as Console from "effect/Console"
import * as Effect from "effect/Effect"
import { megabytes, TREES } from "../../scripts/trees.ts"
import { makeLayers, makeTrees } from "../layers/makeLayers.ts"

const names = Argument.Literals("layer", TREES).pipe(
  Argument.withDescription(
    "node: for nodejs22.x and nodejs24.x; x86_64, arm64: for any runtime on that architecture (default all)",
  ),
  Argument.variadic(),
)

const output = Flag.String("output").pipe(
  Flag.withAlias("o"),
  Flag.withDescription("The folder to write to, created if it is missing (default .)"),
  Flag.withDefault("."),
)

const unpacked = Flag.Boolean("unpacked").pipe(
  Flag.withDescription(
    "Write the files of each layer, as under /opt, into a folder of its name (default off)",
  ),
  Flag.withDefault(false),
)

/** The command. */
export const layer = Command.make("layer", { names, output, unpacked }, ({ names, output, unpacked }) =>
  Effect.gen(function* () {
    const chosen = names.length === 0 ? TREES : TREES.filter((name) => names.includes(name))
    if (unpacked) {
      for (const folder of yield* makeTrees(chosen, output)) yield* Console.log(folder)
      return
    }
    for (const { archive, sha256, size } of yield* makeLayers(chosen, output))
      yield* Console.log(`${archive}  ${megabytes(size)}  sha256 ${sha256}`)
  }),
).pipe(
  Command.withDescription(
    "Writes the layers' archives with their bills of materials, or their files, without a clone or a build",
  ),
  Command.withExamples([
    {
      command: "lambda-cache-extension layer node --output dist",
      description: "The small layer for Node.js",
    },
    {
      command: "lambda-cache-extension layer arm64 --unpacked --output layers",
      description: "The files for a container image: COPY layers/arm64 /opt",
    },
  ]),
)

/**
 * Asks Go itself: the same inputs through Go's standard library and through ours. Skipped where there is no Go, as
 * on most machines; it needs nothing but the standard library and no network.
 */
import { execFile, spawnSync } from "node:child_process"
import { mkdtemp, rm, writeFile } from "node:fs/promises"
import { tmpdir } from "node:os"
import path from "node:path"
import process from "node:process"
import { promisify } from "node:util"
import { assert, describe, it } from "@effect/vitest"
import { Arbitrary, Effect, Result } from "effect"
import * as GoBoolean from "../../src/config/go/GoBoolean.ts"
import * as GoDuration from "../../src/config/go/GoDuration.ts"
import { durationText, nearlyDurationText } from "../support/arbitraries.ts"
import { skipped } from "../support/skipped.ts"

const GO_PROGRAM = `package main

import (
	"encoding/json"
	"os"
	"strconv"
	"time"
)

type answer struct {
	Nanoseconds string
	Text        string
	Error       string
	Boolean     string
}

func main() {
	var inputs []string
	if err := json.NewDecoder(os.Stdin).Decode(&inputs); err != nil {
		panic(err)
	}
	answers := make([]answer, len(inputs))
	for i, input := range inputs {
		d, err := time.ParseDuration(input)
		if err != nil {
			answers[i].Error = err.Error()
		} else {
			answers[i].Nanoseconds = strconv.FormatInt(int64(d), 10)
			answers[i].Text = d.String()
		}
		if b, err := strconv.ParseBool(input); err == nil {
			answers[i].Boolean = strconv.FormatBool(b)
		}
	}
	json.NewEncoder(os.Stdout).Encode(answers)
}
`

interface Answer {
  readonly Nanoseconds: string
  readonly Text: string
  readonly Error: string
  readonly Boolean: string
}

const hasGo = spawnSync("go", ["version"]).status === 0
const COMPILE_BUDGET = 120_000

const askGo = async (inputs: ReadonlyArray<string>): Promise<ReadonlyArray<Answer>> => {
  const folder = await mkdtemp(path.join(tmpdir(), "go-differential-"))
  await writeFile(path.join(folder, "main.go"), GO_PROGRAM)
  const offline = { GO111MODULE: "off", GOFLAGS: "", GOPROXY: "off", GOTOOLCHAIN: "local", GOMAXPROCS: "1" }
  const run = promisify(execFile)("go", ["run", "main.go"], {
    cwd: folder,
    env: { ...process.env, ...offline },
  })
  run.child.stdin?.end(JSON.stringify(inputs))
  const { stdout } = await run.finally(() => rm(folder, { recursive: true }))
  return JSON.parse(stdout) as ReadonlyArray<Answer>
}

const ourAnswer = (input: string): Answer => {
  const boolean = Result.match(GoBoolean.parse(input), { onSuccess: String, onFailure: () => "" })
  return Result.match(GoDuration.parseNanoseconds(input), {
    onSuccess: (nanoseconds) => ({
      Nanoseconds: String(nanoseconds),
      Text: GoDuration.formatNanoseconds(nanoseconds),
      Error: "",
      Boolean: boolean,
    }),
    onFailure: ({ message }) => ({ Nanoseconds: "", Text: "", Error: `time: ${message}`, Boolean: boolean }),
  })
}

const BOOLEANS = "1 t T TRUE true True 0 f F FALSE false False yes no on off tRUE TRue 2 00 +1".split(" ")

// Where an int64 ends, before the dot and behind it.
const LIMITS = [
  "9223372036854775807ns",
  "9223372036854775808ns",
  "-9223372036854775808ns",
  "-9223372036854775809ns",
  "9223372036854775.808us",
  "0.9223372036854775807h",
  "0.9223372036854775808h",
  "0.9223372036854775809h",
  "0.92233720368547758079h",
  "2562047h47m16.854775807s",
  "2562047h47m16.854775808s",
]

describe.skipIf(!hasGo)(`beside Go itself${skipped(!hasGo, "where go is not on PATH")}`, () => {
  it.effect(
    "reads and writes the same durations and booleans, and refuses the rest in the same words",
    () =>
      Effect.gen(function* () {
        const durations = yield* Arbitrary.sampleEffect(durationText, { count: 400, seed: 1 })
        const others = yield* Arbitrary.sampleEffect(nearlyDurationText, { count: 400, seed: 2 })
        const inputs = [...durations, ...others, ...LIMITS, ...BOOLEANS]
        const answers = yield* Effect.promise(() => askGo(inputs))
        assert.deepStrictEqual(
          inputs.map((input) => ({ input, answer: ourAnswer(input) })),
          inputs.map((input, index) => ({ input, answer: answers[index] })),
        )
      }),
    COMPILE_BUDGET,
  )
})

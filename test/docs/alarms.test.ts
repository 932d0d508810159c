/**
 * docs/alarms.md against observability/alarms.yaml: every alarm with its metric, threshold and parameter, and a section that
 * says why and what to do. Its commands and snippets name what the templates have.
 */
import { assert, describe, it } from "@effect/vitest"
import { readFileSync } from "node:fs"
import { ALARMS, DASHBOARD, readAlarms } from "../support/cloudWatch.ts"
import { readTemplate } from "../sam/template.ts"
import { anchorsIn, blocksOf, tablesOf, textOf } from "./markdown.ts"

const PAGE = textOf("docs/alarms.md")
const ROWS = tablesOf(PAGE, "alarm on", "fires at", "parameter", "for Prometheus")
const alarms = readAlarms({ FunctionName: "shop" })
const { Parameters } = readTemplate(readFileSync(ALARMS, "utf8"))

describe("docs/alarms.md", () => {
  it("has every alarm, in the order of the template, with its threshold and parameter", () => {
    const named = ROWS.map(([link = "", threshold = "", parameter = ""]) => [
      `${/`(\w+)`/.exec(link)?.[1]}Alarm`,
      Number(/\d+/.exec(threshold)?.[0]),
      parameter,
    ])
    assert.deepStrictEqual(
      named,
      alarms.map(({ id, threshold }) => [
        id,
        threshold,
        Object.keys(Parameters).find((name) => id.startsWith(name.replace(/(Mega|Milli).*/, ""))) ?? "none",
      ]),
    )
  })

  it("says of every alarm why it is there and what to do, where the alarm's own text points", () => {
    const anchors = anchorsIn(PAGE)
    for (const { description, id } of alarms) {
      const [, anchor = ""] = /docs\/alarms\.md#(\w+)/.exec(description) ?? []
      assert.include(anchors, anchor, id)
      const [, section = ""] = new RegExp(`### ${anchor}\\n(.*?)\\n##`, "is").exec(PAGE) ?? []
      assert.match(section, /\*\*Why\.\*\* .*\n\n\*\*What to do\.\*\* /, id)
    }
  })

  it("deploys templates that exist, with parameters that they have", () => {
    const [commands = ""] = blocksOf(PAGE, "sh")
    const [alarm = "", dashboard = ""] = commands.split(/(?<=\n)(?=aws )/)
    for (const [command, file] of [
      [alarm, ALARMS],
      [dashboard, DASHBOARD],
    ] as const) {
      const template = readTemplate(readFileSync(file, "utf8"))
      const given = Array.from(command.matchAll(/(\w+)=\S/g), ([, name = ""]) => name)
      assert.isNotEmpty(given)
      assert.includeMembers(Object.keys(template.Parameters), given)
      assert.include(command, file.slice(file.indexOf("observability/")))
    }
  })
})

/**
 * Renders a snapshot as HTML. Pure. `html.ts` escapes everything, and a snapshot contains no values.
 */
import type { EnvironmentState } from "./environment.ts"
import { type Html, html } from "./html.ts"
import type { EntryReadiness, EntryState } from "./Readiness.ts"
import { type Sample, sumOf } from "./samples.ts"
import type { CallCount, ExtensionReport, Snapshot } from "./Snapshot.ts"
import { STYLE_ELEMENT } from "./style.ts"
import { duration, percent, size } from "./format.ts"

/** Seconds between two reloads by the browser. */
const REFRESH_SECONDS = 1

type Tone = "good" | "warm" | "bad" | "idle"

const TONES: Readonly<Record<EntryState | EnvironmentState, Tone>> = {
  fresh: "good",
  stale: "warm",
  expired: "warm",
  dead: "bad",
  pending: "idle",
  absent: "bad",
  failing: "bad",
  starting: "idle",
  running: "good",
  frozen: "idle",
  ending: "warm",
  ended: "warm",
  failed: "bad",
}

const stateBadge = (state: EntryState | EnvironmentState): Html =>
  html`<span class="state ${TONES[state]}">${state}</span>`

const seconds = (from: number, to: number): number => Math.max(0, to - from) / 1_000

const header = ({ at, environment }: Snapshot): Html => {
  const { invocations, since, state } = environment
  const elapsed = since === 0 ? "" : ` for ${duration(seconds(since, at))}`
  return html`<header>
    <h1>Lambda cache extension</h1>
    <p>environment ${stateBadge(state)}${elapsed}</p>
    <p class="quiet">${invocations} ${invocations === 1 ? "invocation" : "invocations"}</p>
  </header>`
}

/** A warning while the figures are not current. */
const notice = ({ at, origin, pollError, report }: Snapshot): Html | undefined => {
  if (pollError === undefined) return undefined
  const rest =
    report === undefined
      ? "There is nothing to show yet."
      : `The figures below are ${duration(seconds(report.at, at))} old.`
  return html`<p class="notice">No answer from the extension at ${origin}: ${pollError}. ${rest}</p>`
}

const figure = (title: string, value: string | number, more?: string): Html =>
  html`<div>
    <dt>${title}</dt>
    <dd>${value} <small>${more}</small></dd>
  </div>`

const READS = "cache_extension_reads_total"
const AWS_CALLS = "cache_extension_aws_calls_total"

const figures = (samples: ReadonlyArray<Sample>): Html => {
  const reads = (outcome: string) => sumOf(samples, READS, { outcome })
  const all = sumOf(samples, READS)
  return html`<dl class="figures">
    ${figure("Hits", reads("hit"), percent(reads("hit"), all))} ${figure("Misses", reads("miss"))}
    ${figure("Stale", reads("stale") + reads("stale-if-error") + reads("stale-if-denied"))}
    ${figure("Absent", reads("absent"))} ${figure("Failed", reads("failed"))}
    ${figure("AWS calls", sumOf(samples, AWS_CALLS))}
    ${figure("Held", sumOf(samples, "cache_extension_entries"), size(sumOf(samples, "cache_extension_bytes")))}
  </dl>`
}

/** The problem type without its common URN prefix. */
const problemName = (type: string): string => type.slice(type.lastIndexOf(":") + 1)

const nextTryText = ({ nextTry }: EntryReadiness, at: number): string => {
  const time = Date.parse(nextTry ?? "")
  if (Number.isNaN(time)) return ""
  return time <= at ? "next try at the next read" : `next try in ${duration(seconds(at, time) + 1)}`
}

const lastError = (entry: EntryReadiness, at: number): Html | undefined => {
  const { reason } = entry
  if (reason === undefined) return undefined
  return html`<span class="bad">${problemName(reason.type)}</span> ${reason.detail}
    <span class="quiet">${nextTryText(entry, at)}</span>`
}

const entryRow = (entry: EntryReadiness, { at, lag }: { readonly at: number; readonly lag: number }): Html =>
  html`<tr>
    <td class="quiet">${entry.kind}</td>
    <td class="name">
      <code>${entry.name}</code>${entry.listed ? undefined : html` <span class="quiet">unlisted</span>`}
    </td>
    <td>${stateBadge(entry.state)}</td>
    <td class="number">${entry.age === undefined ? "" : duration(entry.age + lag)}</td>
    <td class="number">${duration(entry.ttl)}</td>
    <td class="number">${entry.hits}</td>
    <td>${lastError(entry, at)}</td>
  </tr>`

const NO_ENTRIES = html`<p class="quiet">Nothing is listed in config.yaml, and nothing was requested.</p>`
const NO_READINESS = html`<p class="quiet">The extension says nothing about its entries (GET /ready).</p>`

const entryTable = ({ at, readiness }: ExtensionReport, now: number): Html => {
  if (readiness === undefined) return NO_READINESS
  if (readiness.entries.length === 0) return NO_ENTRIES
  const moment = { at: now, lag: seconds(at, now) }
  return html`<table>
    <tr>
      <th>Kind</th>
      <th>Name</th>
      <th>State</th>
      <th class="number">Age</th>
      <th class="number">TTL</th>
      <th class="number">Hits</th>
      <th>Last error</th>
    </tr>
    ${readiness.entries.map((entry) => entryRow(entry, moment))}
  </table>`
}

const entries = ({ at, report }: Snapshot): Html =>
  html`<section>
    <h2>Entries</h2>
    ${report === undefined ? html`<p class="quiet">Not known yet.</p>` : entryTable(report, at)}
  </section>`

const callsMadeRow = ({ labels, value }: Sample): Html => {
  const { operation, outcome = "", service } = labels
  return html`<tr>
    <td class="quiet">${service}</td>
    <td><code>${operation}</code></td>
    <td class="${outcome === "ok" ? "good" : "bad"}">${outcome}</td>
    <td class="number">${value}</td>
  </tr>`
}

const callsMade = (samples: ReadonlyArray<Sample>): Html => {
  const calls = samples.filter(({ name }) => name === AWS_CALLS)
  return html`<section>
    <h2>AWS calls made by the extension</h2>
    ${calls.length === 0 ? html`<p class="quiet">None yet.</p>` : callsMadeTable(calls)}
  </section>`
}

const callsMadeTable = (calls: ReadonlyArray<Sample>): Html =>
  html`<table>
    <tr>
      <th>Service</th>
      <th>Operation</th>
      <th>Outcome</th>
      <th class="number">Calls</th>
    </tr>
    ${calls.map(callsMadeRow)}
  </table>`

const callsReceivedRow = ({ count, last, operation, service }: CallCount, at: number): Html =>
  html`<tr>
    <td class="quiet">${service}</td>
    <td><code>${operation}</code></td>
    <td class="number">${duration(seconds(last, at))} ago</td>
    <td class="number">${count}</td>
  </tr>`

const callsReceived = ({ at, calls }: Snapshot): Html =>
  html`<section>
    <h2>AWS calls received by local AWS</h2>
    ${calls.length === 0 ? html`<p class="quiet">None yet.</p>` : callsReceivedTable(calls, at)}
  </section>`

const callsReceivedTable = (calls: ReadonlyArray<CallCount>, at: number): Html =>
  html`<table>
    <tr>
      <th>Service</th>
      <th>Operation</th>
      <th class="number">Last</th>
      <th class="number">Calls</th>
    </tr>
    ${calls.map((call) => callsReceivedRow(call, at))}
  </table>`

/** The whole document. */
export const render = (snapshot: Snapshot): string => {
  const samples = snapshot.report?.samples ?? []
  return html`<!doctype html>
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width" />
        <meta http-equiv="refresh" content="${REFRESH_SECONDS}" />
        <link rel="icon" href="data:," />
        <title>Lambda cache extension</title>
        ${STYLE_ELEMENT}
      </head>
      <body>
        ${header(snapshot)} ${notice(snapshot)} ${figures(samples)} ${entries(snapshot)}
        <div class="halves">${callsMade(samples)} ${callsReceived(snapshot)}</div>
        <footer class="quiet">
          Names and figures, never values. Refreshes every second while npm start runs.
        </footer>
      </body>
    </html> `.text
}

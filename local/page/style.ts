/**
 * The stylesheet: system fonts, light or dark by the reader's preference, no external assets.
 */
import { createHash } from "node:crypto"
import { Html } from "./html.ts"

const STYLE = `
:root {
  color-scheme: light dark;
  --paper: light-dark(#fbfbfa, #16181b);
  --card: light-dark(#ffffff, #1e2125);
  --line: light-dark(#e4e4e0, #32363c);
  --ink: light-dark(#1f2328, #e6e8eb);
  --quiet: light-dark(#6a7078, #949ba5);
  --good: light-dark(#14713d, #56c988);
  --warm: light-dark(#8f5b00, #e5b14c);
  --bad: light-dark(#b3261e, #ff8a80);
  --idle: light-dark(#3d5a80, #8fb4e3);
}
* { box-sizing: border-box; }
body {
  margin: 0 auto; max-width: 68rem; padding: 2rem 1.5rem 3rem;
  background: var(--paper); color: var(--ink);
  font: 15px/1.5 system-ui, sans-serif; font-variant-numeric: tabular-nums;
}
header { display: flex; flex-wrap: wrap; align-items: baseline; gap: .25rem 1rem; margin-bottom: 1.25rem; }
h1 { margin: 0; font-size: 1.35rem; letter-spacing: -.01em; }
h2 { margin: 0; padding: .8rem 1rem .5rem; font-size: .95rem; }
p { margin: 0; }
.quiet { color: var(--quiet); }
.notice { margin-bottom: 1rem; padding: .6rem 1rem; border-left: 3px solid var(--warm); background: var(--card); }
.figures { display: grid; grid-template-columns: repeat(auto-fit, minmax(7rem, 1fr)); gap: .75rem; margin: 0 0 1rem; }
.figures div, section { border: 1px solid var(--line); border-radius: .6rem; background: var(--card); }
.figures div { padding: .6rem 1rem .7rem; }
dt { color: var(--quiet); font-size: .85rem; }
dd { margin: 0; font-size: 1.5rem; line-height: 1.25; }
dd small { color: var(--quiet); font-size: .85rem; }
.halves { display: grid; grid-template-columns: repeat(auto-fit, minmax(22rem, 1fr)); gap: 1rem; margin-top: 1rem; }
section { overflow-x: auto; }
section > p { padding: 0 1rem .8rem; }
table { width: 100%; border-collapse: collapse; }
th, td { padding: .4rem .8rem; border-top: 1px solid var(--line); text-align: left; vertical-align: top; }
th:first-child, td:first-child { padding-left: 1rem; }
th { border-top: 0; color: var(--quiet); font-size: .85rem; font-weight: 500; white-space: nowrap; }
.number { text-align: right; white-space: nowrap; }
code { font: .87em ui-monospace, monospace; overflow-wrap: break-word; }
.name { min-width: 17rem; max-width: 26rem; }
.state::before { content: "●"; margin-right: .4em; font-size: .75em; vertical-align: .1em; }
.state { white-space: nowrap; }
.good { color: var(--good); }
.warm { color: var(--warm); }
.bad { color: var(--bad); }
.idle { color: var(--idle); }
footer { margin-top: 1.25rem; font-size: .85rem; }
`

export const STYLE_ELEMENT = new Html(`<style>${STYLE}</style>`)

/** Its hash for the Content-Security-Policy: https://www.w3.org/TR/CSP3/#grammardef-hash-source. */
export const STYLE_SOURCE = `sha256-${createHash("sha256").update(STYLE).digest("base64")}`

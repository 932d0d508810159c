// dynalite ships without types. It is only ever used through the request event of its server (see Dynamo.ts).
declare module "dynalite" {
  import { type Server } from "node:http"

  interface DynaliteOptions {
    /** How long a new table stays in CREATING, in milliseconds. */
    readonly createTableMs?: number
    readonly deleteTableMs?: number
    readonly updateTableMs?: number
  }
  export default function dynalite(options?: DynaliteOptions): Server
}

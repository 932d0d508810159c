// Reads one file out of a ZIP archive: https://pkware.cachefly.net/webdocs/casestudies/APPNOTE.TXT, section 4.3. For the package of a
// function, which `doctor` looks into; Lambda takes no encrypted archives and none of several parts.
import { inflateRawSync } from "node:zlib"

const END = Buffer.from("PK\u0005\u0006", "latin1")
const END_LENGTH = 22
const DEFLATE = 8

/** The content of a file; undefined if there is no file of this name. Throws if this is not an archive. */
export const fileInZip = (archive: Buffer, name: string, maxBytes: number): Buffer | undefined => {
  const end = archive.lastIndexOf(END)
  if (end < 0 || end + END_LENGTH > archive.length) throw new Error("not a ZIP archive")
  let at = archive.readUInt32LE(end + 16)
  for (let left = archive.readUInt16LE(end + 10); left > 0; left -= 1) {
    const nameLength = archive.readUInt16LE(at + 28)
    if (archive.toString("utf8", at + 46, at + 46 + nameLength) === name) {
      const local = archive.readUInt32LE(at + 42)
      const start = local + 30 + archive.readUInt16LE(local + 26) + archive.readUInt16LE(local + 28)
      const stored = archive.subarray(start, start + archive.readUInt32LE(at + 20))
      const isDeflated = archive.readUInt16LE(at + 10) === DEFLATE
      return isDeflated ? inflateRawSync(stored, { maxOutputLength: maxBytes }) : stored
    }
    at += 46 + nameLength + archive.readUInt16LE(at + 30) + archive.readUInt16LE(at + 32)
  }
  return undefined
}

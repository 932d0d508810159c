// Writes a ZIP archive of files that are compressed already: https://pkware.cachefly.net/webdocs/casestudies/APPNOTE.TXT, section 4.3.
//
// The libraries compress with zlib or their own code, and the archive of an executable is under the 50 MiB of a direct upload only
// by libdeflate (compile.ts). Times are the earliest that a ZIP can hold, so that the same files give the same bytes.
import { crc32 } from "node:zlib"

export interface ZipEntry {
  /** Its path in the archive, in ASCII. */
  readonly name: string
  readonly content: Buffer
  /** The same in raw deflate. */
  readonly deflated: Buffer
  readonly isExecutable: boolean
}

const DEFLATE = 8
const VERSION_OF_DEFLATE = 20
/** 1 January 1980, 0:00. */
const EARLIEST_DATE = 0x21
const MADE_ON_UNIX = 3 << 8
const EXECUTABLE = 0o100755
const PLAIN = 0o100644

/** The fields that a file's own header and its header in the directory share: 4.3.7, from "version needed to extract". */
const commonFields = ({ content, deflated, name }: ZipEntry): Buffer => {
  const fields = Buffer.alloc(26)
  fields.writeUInt16LE(VERSION_OF_DEFLATE, 0)
  fields.writeUInt16LE(DEFLATE, 4)
  fields.writeUInt16LE(EARLIEST_DATE, 8)
  fields.writeUInt32LE(crc32(content), 10)
  fields.writeUInt32LE(deflated.length, 14)
  fields.writeUInt32LE(content.length, 18)
  fields.writeUInt16LE(name.length, 22)
  return fields
}

/** 4.3.12. */
const directoryHeader = (entry: ZipEntry, common: Buffer, offset: number): Buffer => {
  const start = Buffer.alloc(6)
  start.write("PK\u0001\u0002", "latin1")
  start.writeUInt16LE(MADE_ON_UNIX | VERSION_OF_DEFLATE, 4)
  const end = Buffer.alloc(14)
  end.writeUInt32LE((entry.isExecutable ? EXECUTABLE : PLAIN) * 0x1_00_00, 6)
  end.writeUInt32LE(offset, 10)
  return Buffer.concat([start, common, end, Buffer.from(entry.name, "latin1")])
}

/** 4.3.16. */
const endOfDirectory = (entries: number, size: number, offset: number): Buffer => {
  const end = Buffer.alloc(22)
  end.write("PK\u0005\u0006", "latin1")
  end.writeUInt16LE(entries, 8)
  end.writeUInt16LE(entries, 10)
  end.writeUInt32LE(size, 12)
  end.writeUInt32LE(offset, 16)
  return end
}

const LOCAL_SIGNATURE = Buffer.from("PK\u0003\u0004", "latin1")

/** The archive of some files, in their order. Fewer than 65,536 files, and less than 4 GB. */
export const zipOf = (entries: ReadonlyArray<ZipEntry>): Buffer => {
  const files: Array<Buffer> = []
  const directory: Array<Buffer> = []
  let offset = 0
  for (const entry of entries) {
    const common = commonFields(entry)
    const parts = [LOCAL_SIGNATURE, common, Buffer.from(entry.name, "latin1"), entry.deflated]
    directory.push(directoryHeader(entry, common, offset))
    files.push(...parts)
    offset += parts.reduce((total, part) => total + part.length, 0)
  }
  const headers = Buffer.concat(directory)
  return Buffer.concat([...files, headers, endOfDirectory(entries.length, headers.length, offset)])
}

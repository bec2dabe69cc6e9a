import { xxhash64 } from '../base/xxhash64.ts';

const ID_BYTES = 16;
const utf8 = new TextEncoder();

/** The name of a record that was sent without one: its time and a hash of its line, 22 characters that are safe in a URL. */
export function recordId(timeNs: bigint, line: string): string {
  const bytes = Buffer.alloc(ID_BYTES);
  bytes.writeBigInt64BE(timeNs, 0);
  bytes.writeBigUInt64BE(xxhash64(utf8.encode(line)), 8);
  return bytes.toString('base64url');
}

/** The time in a name that `recordId` made, ns since the epoch; undefined for any other name. */
export function timeOfRecordId(id: string): bigint | undefined {
  if (!/^[A-Za-z0-9_-]{22}$/.test(id)) return undefined;
  const bytes = Buffer.from(id, 'base64url');
  return bytes.length === ID_BYTES ? bytes.readBigInt64BE(0) : undefined;
}

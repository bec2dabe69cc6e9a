import { crc32c } from '@node-rs/crc32';
import { type Files, readWhole, replaceFile } from '../base/files.ts';

/** Small files of the log's own bookkeeping: one line of JSON, then its CRC32C in hex, so that damage is seen. */
const MAX_BYTES = 64 * 1024 * 1024;

export async function writeCheckedJson(
  files: Files,
  path: string,
  value: unknown,
  hooks: Parameters<typeof replaceFile>[3] = {},
): Promise<void> {
  const text = Buffer.from(JSON.stringify(value));
  const trailer = Buffer.from(`\n${crc32c(text).toString(16).padStart(8, '0')}\n`);
  await replaceFile(files, path, [text, trailer], hooks);
}

/** The value, or undefined when the file is missing or damaged. Throws file errors. */
export async function readCheckedJson(files: Files, path: string): Promise<unknown> {
  const bytes = await readWhole(files, path, MAX_BYTES);
  if (bytes === undefined || bytes.length < 10) return undefined;
  const text = bytes.subarray(0, bytes.length - 10);
  const trailer = Buffer.from(bytes.subarray(bytes.length - 10)).toString('latin1');
  if (trailer !== `\n${crc32c(text).toString(16).padStart(8, '0')}\n`) return undefined;
  return JSON.parse(Buffer.from(text).toString('utf8'));
}

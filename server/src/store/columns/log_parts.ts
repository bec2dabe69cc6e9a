import { logPlaces } from './log_view.ts';

/** A section of `otel_logs` in two parts, so that the lines can be searched without the rest of it. */
export interface LogParts {
  /** The lines, each behind its length. */
  readonly lines: Uint8Array<ArrayBuffer>;
  /** Where the lines belong (four bytes), then everything else. */
  readonly rest: Uint8Array<ArrayBuffer>;
}

const HEAD = 4;

/** Throws NativeFormatError. */
export function splitLogSection(block: Uint8Array<ArrayBuffer>): LogParts {
  const { linesStart, linesEnd } = logPlaces(block);
  const rest = new Uint8Array(HEAD + block.length - (linesEnd - linesStart));
  new DataView(rest.buffer).setUint32(0, linesStart, true);
  rest.set(block.subarray(0, linesStart), HEAD);
  rest.set(block.subarray(linesEnd), HEAD + linesStart);
  return { lines: block.subarray(linesStart, linesEnd), rest };
}

/** The block that was split. */
export function joinLogSection(lines: Uint8Array, rest: Uint8Array): Uint8Array<ArrayBuffer> {
  const linesStart = HEAD + new DataView(rest.buffer, rest.byteOffset).getUint32(0, true);
  const block = new Uint8Array(lines.length + rest.length - HEAD);
  block.set(rest.subarray(HEAD, linesStart));
  block.set(lines, linesStart - HEAD);
  block.set(rest.subarray(linesStart), linesStart - HEAD + lines.length);
  return block;
}

import type { Labels } from './labels.ts';

/**
 * A label set as bytes: for each label in order 0x0A, length, 0x0A, length, name, 0x12, length, value (lengths as varints).
 * This is how remote write 1.0 carries the labels of a series (prometheus/prompb/types.proto, TimeSeries field 1), so the
 * bytes of a well-behaved sender are already the key of the series and nothing has to be built to find it.
 */
const LABEL = 0x0a;
const NAME = 0x0a;
const VALUE = 0x12;

/** The `variant` interners keep these bytes under. Doors with other encodings take numbers from 0 up. */
export const LABEL_BYTES_VARIANT = -1;

/** Room enough to encode a label set. */
export function labelBytesBound(labels: Labels): number {
  let bound = 0;
  for (const text of labels) bound += text.length * 3 + 12;
  return bound;
}

/** Encodes a label set at a position that has {@link labelBytesBound} bytes of room; returns the position behind it. */
export function encodeLabelBytes(labels: Labels, out: Buffer<ArrayBuffer>, start: number): number {
  let at = start;
  for (let i = 0; i < labels.length; i += 2) {
    const name = labels[i] ?? '';
    const value = labels[i + 1] ?? '';
    const nameLength = Buffer.byteLength(name);
    const valueLength = Buffer.byteLength(value);
    out[at++] = LABEL;
    at = writeVarint(2 + varintLength(nameLength) + nameLength + varintLength(valueLength) + valueLength, out, at);
    out[at++] = NAME;
    at = writeVarint(nameLength, out, at);
    at += out.write(name, at);
    out[at++] = VALUE;
    at = writeVarint(valueLength, out, at);
    at += out.write(value, at);
  }
  return at;
}

/** Reads back what {@link encodeLabelBytes} wrote. */
export function decodeLabelBytes(bytes: Buffer<ArrayBuffer>, start: number, end: number): Labels {
  const labels: string[] = [];
  let at = start;
  const text = (): string => {
    at++;
    let length = 0;
    for (let shift = 0; ; shift += 7) {
      const byte = bytes[at++] as number;
      length |= (byte & 0x7f) << shift;
      if (byte < 0x80) break;
    }
    at += length;
    return bytes.toString('utf8', at - length, at);
  };
  while (at < end) {
    at++;
    while ((bytes[at++] as number) >= 0x80);
    labels.push(text(), text());
  }
  return labels;
}

function varintLength(value: number): number {
  let length = 1;
  for (let rest = value; rest >= 0x80; rest >>>= 7) length++;
  return length;
}

function writeVarint(value: number, out: Uint8Array, start: number): number {
  let at = start;
  let rest = value;
  for (; rest >= 0x80; rest >>>= 7) out[at++] = (rest & 0x7f) | 0x80;
  out[at++] = rest;
  return at;
}

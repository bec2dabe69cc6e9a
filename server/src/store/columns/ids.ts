import type { TextBuilder } from './text_builder.ts';

/** The two digits of each byte as a number, the first digit in its upper byte. */
const HEX = Uint16Array.from({ length: 256 }, (_, i) => Buffer.from(i.toString(16).padStart(2, '0')).readUInt16BE());

/** Appends a row of lower-case hex text from binary bytes [start, end). */
export function appendHex(column: TextBuilder, bytes: Uint8Array, start: number, end: number): void {
  column.reserve((end - start) * 2);
  const { view } = column;
  let at = column.length;
  for (let i = start; i < end; i++, at += 2) view.setUint16(at, HEX[bytes[i] as number] as number);
  column.length = at;
  column.endRow();
}

/**
 * Appends an id row of `width` hex digits from text: hex of any case, shorter ones padded with zeros (64-bit trace
 * ids), or an unsigned decimal number. A negative `start` means it is not in `bytes`: then `otherwise` is written.
 */
export function appendId(
  column: TextBuilder,
  width: number,
  bytes: Uint8Array<ArrayBuffer>,
  start: number,
  end: number,
  decimal: boolean,
  otherwise: string,
): void {
  if (start < 0) {
    column.appendText(otherwise);
    return;
  }
  if (decimal) {
    const digits = Buffer.from(bytes.buffer, bytes.byteOffset + start, end - start).toString('latin1');
    column.appendText(BigInt.asUintN(64, BigInt(digits)).toString(16).padStart(width, '0'));
    return;
  }
  column.reserve(width);
  const target = column.bytes;
  let at = column.length;
  for (let pad = width - (end - start); pad > 0; pad--) target[at++] = 0x30;
  // Digits have bit 0x20 set already.
  for (let i = start; i < end; i++) target[at++] = (bytes[i] as number) | 0x20;
  column.length = at;
  column.endRow();
}

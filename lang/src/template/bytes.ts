import { TemplateError } from './value.ts';

function isAscii(value: string): boolean {
  for (let i = 0; i < value.length; i++) if (value.charCodeAt(i) > 0x7f) return false;
  return true;
}

/** The text's UTF-8 bytes, which Go's strings are made of. */
export function utf8(value: string): Uint8Array {
  return new TextEncoder().encode(value);
}

/** Length in UTF-8 bytes. */
export function byteLength(value: string): number {
  return isAscii(value) ? value.length : utf8(value).length;
}

/** value[from:to] by UTF-8 bytes, as Go slices strings. @throws TemplateError as Go's run time words it */
export function sliceBytes(value: string, from: number, to: number): string {
  const length = byteLength(value);
  if (to < 0 || to > length)
    throw new TemplateError(`runtime error: slice bounds out of range [:${to}] with length ${length}`);
  if (from < 0) throw new TemplateError(`runtime error: slice bounds out of range [${from}:]`);
  if (from > to) throw new TemplateError(`runtime error: slice bounds out of range [${from}:${to}]`);
  return isAscii(value) ? value.slice(from, to) : new TextDecoder().decode(utf8(value).subarray(from, to));
}

/** Whether one text comes before the other by UTF-8 bytes. */
export function bytesLess(a: string, b: string): boolean {
  const length = Math.min(a.length, b.length);
  for (let i = 0; i < length; i++) {
    const [left, right] = [a.charCodeAt(i), b.charCodeAt(i)];
    if (left === right) continue;
    // Surrogates stand for code points above all others.
    const [leftHigh, rightHigh] = [isSurrogate(left), isSurrogate(right)];
    return leftHigh === rightHigh ? left < right : rightHigh;
  }
  return a.length < b.length;
}

function isSurrogate(unit: number): boolean {
  return unit >= 0xd800 && unit <= 0xdfff;
}

/** A text as a part of a URL's query, spaces as `+` (url.QueryEscape). */
export function encodeQuery(value: string): string {
  return encodeURIComponent(value.toWellFormed())
    .replace(/[!'()*]/g, (char) => `%${char.charCodeAt(0).toString(16).toUpperCase()}`)
    .replaceAll('%20', '+');
}

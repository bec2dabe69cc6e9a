import type { Labels } from '../model/labels.ts';

const utf8 = new TextEncoder();
const SEPARATOR = 0xff;

/**
 * An alert's identity as upstream's API shows it: FNV-1a over names and values, 16 hexadecimal digits (common/model,
 * LabelSet.Fingerprint). The state is four parts of 16 bits, lowest first; the prime is 2^40 + 0x1b3.
 */
export function fingerprintOf(labels: Labels): string {
  let [a, b, c, d] = [0x2325, 0x8422, 0x9ce4, 0xcbf2];
  const add = (byte: number): void => {
    const mixed = a ^ byte;
    const low = mixed * 0x1b3;
    const second = b * 0x1b3 + (low >>> 16);
    const third = c * 0x1b3 + (mixed << 8) + (second >>> 16);
    d = (d * 0x1b3 + (b << 8) + (third >>> 16)) & 0xffff;
    a = low & 0xffff;
    b = second & 0xffff;
    c = third & 0xffff;
  };
  for (const text of labels) {
    if (isAscii(text)) for (let i = 0; i < text.length; i++) add(text.charCodeAt(i));
    else for (const byte of utf8.encode(text)) add(byte);
    add(SEPARATOR);
  }
  return [d, c, b, a].map((part) => part.toString(16).padStart(4, '0')).join('');
}

function isAscii(text: string): boolean {
  for (let i = 0; i < text.length; i++) if (text.charCodeAt(i) >= 0x80) return false;
  return true;
}

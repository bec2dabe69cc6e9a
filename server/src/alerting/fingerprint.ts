import type { Labels } from '../model/labels.ts';

const utf8 = new TextEncoder();
const SEPARATOR = 0xff;

/**
 * An alert's identity as upstream's API shows it: FNV-1a over names and values, 16 hexadecimal digits (common/model,
 * LabelSet.Fingerprint). The 64-bit state is two 32-bit halves; the prime is 2^40 + 0x1b3.
 */
export function fingerprintOf(labels: Labels): string {
  let high = 0xcbf29ce4;
  let low = 0x84222325;
  const add = (byte: number): void => {
    const mixed = (low ^ byte) >>> 0;
    const product = mixed * 0x1b3;
    low = product >>> 0;
    high = (high * 0x1b3 + Math.floor(product / 0x1_0000_0000) + ((mixed << 8) >>> 0)) % 0x1_0000_0000;
  };
  for (const text of labels) {
    let ascii = true;
    for (let i = 0; i < text.length; i++) {
      if (text.charCodeAt(i) < 0x80) continue;
      ascii = false;
      break;
    }
    if (ascii) for (let i = 0; i < text.length; i++) add(text.charCodeAt(i));
    else for (const byte of utf8.encode(text)) add(byte);
    add(SEPARATOR);
  }
  return high.toString(16).padStart(8, '0') + low.toString(16).padStart(8, '0');
}

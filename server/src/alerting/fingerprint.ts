import type { Labels } from '../model/labels.ts';

const utf8 = new TextEncoder();
const SEPARATOR = 0xff;

/**
 * An alert's identity as upstream's API shows it: FNV-1a over names and values, 16 hexadecimal digits (common/model,
 * LabelSet.Fingerprint). The state is two parts of 32 bits; the prime is 2^40 + 0x1b3.
 */
export function fingerprintOf(labels: Labels): string {
  let [low, high] = [0x84222325, 0xcbf29ce4];
  for (const text of labels) {
    const bytes = isAscii(text) ? undefined : utf8.encode(text);
    const length = bytes === undefined ? text.length : bytes.length;
    for (let i = 0; i <= length; i++) {
      const byte = i === length ? SEPARATOR : bytes === undefined ? text.charCodeAt(i) : (bytes[i] as number);
      const mixed = (low ^ byte) >>> 0;
      // Below 2^41, so exact.
      const product = mixed * 0x1b3;
      low = product >>> 0;
      high = (Math.imul(high, 0x1b3) + (mixed << 8) + (product - low) / 0x100000000) >>> 0;
    }
  }
  return high.toString(16).padStart(8, '0') + low.toString(16).padStart(8, '0');
}

function isAscii(text: string): boolean {
  for (let i = 0; i < text.length; i++) if (text.charCodeAt(i) >= 0x80) return false;
  return true;
}

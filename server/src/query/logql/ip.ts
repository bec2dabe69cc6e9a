import { LogqlError } from './query_error.ts';

interface Address {
  readonly bits: 32 | 128;
  readonly value: bigint;
}

/** Tells whether an address lies in what an `ip("…")` pattern names: one address, a range `a-b`, or a CIDR block. */
export type IpMatch = (address: Address) => boolean;

function parse4(text: string): Address | undefined {
  const parts = text.split('.');
  if (
    parts.length !== 4 ||
    parts.some((p) => !/^\d{1,3}$/.test(p) || Number(p) > 255 || (p.length > 1 && p.startsWith('0')))
  ) {
    return undefined;
  }
  return { bits: 32, value: parts.reduce((sum, p) => sum * 256n + BigInt(p), 0n) };
}

function parse6(text: string): Address | undefined {
  if (!/^[0-9a-fA-F:.]{2,45}$/.test(text) || !text.includes(':')) return undefined;
  const halves = text.split('::');
  if (halves.length > 2) return undefined;
  const groups = halves.map(groupsOf);
  const [head, tail] = groups;
  if (head === undefined || groups.some((g) => g === undefined)) return undefined;
  const missing = 8 - head.length - (tail?.length ?? 0);
  if (tail === undefined ? missing !== 0 : missing < 1) return undefined;
  const all = [...head, ...new Array<number>(Math.max(0, missing)).fill(0), ...(tail ?? [])];
  return { bits: 128, value: all.reduce((sum, g) => sum * 65_536n + BigInt(g), 0n) };
}

/** The 16-bit groups of one side of `::`, a dotted IPv4 address at the end counting as two. */
function groupsOf(text: string): number[] | undefined {
  if (text === '') return [];
  const groups: number[] = [];
  for (const part of text.split(':')) {
    if (part.includes('.')) {
      const v4 = parse4(part);
      if (v4 === undefined) return undefined;
      groups.push(Number(v4.value >> 16n), Number(v4.value & 0xffffn));
    } else if (/^[0-9a-fA-F]{1,4}$/.test(part)) groups.push(Number.parseInt(part, 16));
    else return undefined;
  }
  return groups;
}

function parseAddress(text: string): Address | undefined {
  return parse4(text) ?? parse6(text);
}

/** @throws LogqlError when the pattern names no address, range or block */
export function ipMatch(pattern: string): IpMatch {
  const invalid = new LogqlError('execution', `ip: invalid pattern: ${JSON.stringify(pattern)}`);
  const [first = '', second] = pattern.includes('-') ? pattern.split('-') : pattern.split('/');
  const low = parseAddress(first.trim());
  if (low === undefined) throw invalid;
  if (second === undefined) return (a) => a.bits === low.bits && a.value === low.value;
  if (pattern.includes('-')) {
    const high = parseAddress(second.trim());
    if (high === undefined || high.bits !== low.bits || high.value < low.value) throw invalid;
    return (a) => a.bits === low.bits && a.value >= low.value && a.value <= high.value;
  }
  if (!/^\d{1,3}$/.test(second) || Number(second) > low.bits) throw invalid;
  const shift = BigInt(low.bits - Number(second));
  return (a) => a.bits === low.bits && a.value >> shift === low.value >> shift;
}

const CANDIDATE = /[0-9a-fA-F]*:[0-9a-fA-F:.]+|\d{1,3}(?:\.\d{1,3}){3}/g;

/** Whether a line holds an address that matches. */
export function lineHasAddress(line: string, match: IpMatch): boolean {
  for (const candidate of line.match(CANDIDATE) ?? []) {
    const address = parseAddress(candidate.replace(/\.$/, ''));
    if (address !== undefined && match(address)) return true;
    for (const inner of address === undefined && candidate.includes(':')
      ? (candidate.match(/\d{1,3}(?:\.\d{1,3}){3}/g) ?? [])
      : []) {
      const v4 = parse4(inner);
      if (v4 !== undefined && match(v4)) return true;
    }
  }
  return false;
}

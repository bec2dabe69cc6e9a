/** What a span says of the sampling it has been through before it came here. */
export interface SpanSampling {
  /** The share of traces that was dropped, 0 to 1 (exclusive): W3C tracestate `ot=th` or `ot=p`. */
  readonly dropped: number;
  /** The randomness that decides about the trace, 0 to 1 (exclusive); undefined: it is the trace id's. */
  readonly random: number | undefined;
}

const NOT_SAMPLED: SpanSampling = { dropped: 0, random: undefined };

const HEX_DIGITS = 14;
const MOST_P = 62;

/**
 * The sampling a tracestate tells (opentelemetry.io/docs/specs/otel/trace/tracestate-probability-sampling): `th` is the
 * rejection threshold and `rv` the randomness, hex digits of a 56-bit fraction; `p` of the earlier draft is a power of two.
 * What cannot be read counts as not sampled.
 */
export function samplingOf(traceState: string): SpanSampling {
  const member = traceState
    .split(',')
    .map((part) => part.trim())
    .find((part) => part.startsWith('ot='));
  if (member === undefined) return NOT_SAMPLED;
  let dropped = 0;
  let random: number | undefined;
  for (const part of member.slice(3).split(';')) {
    const colon = part.indexOf(':');
    const value = part.slice(colon + 1).trim();
    switch (part.slice(0, colon)) {
      case 'th':
        if (/^[0-9a-f]{1,14}$/.test(value)) dropped = fractionOf(value);
        break;
      case 'rv':
        if (/^[0-9a-f]{14}$/.test(value)) random = fractionOf(value);
        break;
      case 'p':
        if (/^[0-9]{1,2}$/.test(value) && Number(value) <= MOST_P) dropped = 1 - 2 ** -Number(value);
        break;
    }
  }
  return { dropped, random };
}

function fractionOf(hex: string): number {
  return Number.parseInt(hex.padEnd(HEX_DIGITS, '0'), 16) / 2 ** (HEX_DIGITS * 4);
}

/** The randomness of a trace id in lower-case hex at bytes [start, end): its last 56 bits (W3C Trace Context, level 2). */
export function randomOf(bytes: Uint8Array, start: number, end: number): number {
  let value = 0;
  for (let at = Math.max(start, end - HEX_DIGITS); at < end; at++) {
    const digit = bytes[at] as number;
    value = value * 16 + (digit <= 0x39 ? digit - 0x30 : digit - 0x57);
  }
  return value / 2 ** (HEX_DIGITS * 4);
}

/** How many spans one stands for when a share of traces was dropped. */
export function weightOf(dropped: number): number {
  return 1 / (1 - dropped);
}

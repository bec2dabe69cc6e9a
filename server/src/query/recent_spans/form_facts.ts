import type { SpanSlice } from './span_slice.ts';

/** Kinds of spans as numbers; any other is 0. */
export const SERVER = 1;
export const CONSUMER = 2;
export const PRODUCER = 3;
export const CLIENT = 4;
const KINDS: Readonly<Record<string, number>> = {
  Server: SERVER,
  Consumer: CONSUMER,
  Producer: PRODUCER,
  Client: CLIENT,
};

/** What rows are asked for again and again, by their code of `forms`. */
export interface FormFacts {
  readonly kinds: Uint8Array;
  /** 1 where the status is an error. */
  readonly failed: Uint8Array;
  /** How many spans one stands for. */
  readonly weights: Float64Array;
}

export function formFacts(slice: SpanSlice): FormFacts {
  const { size } = slice.formWords;
  const facts = { kinds: new Uint8Array(size), failed: new Uint8Array(size), weights: new Float64Array(size) };
  for (let code = 0; code < size; code++) {
    const { kind, status, weight } = slice.form(code);
    facts.kinds[code] = Object.hasOwn(KINDS, kind) ? (KINDS[kind] as number) : 0;
    facts.failed[code] = status === 'Error' ? 1 : 0;
    facts.weights[code] = weight;
  }
  return facts;
}

import type { Value } from './value.ts';

/** What a Go function declares of a parameter. `any` takes everything. */
export type ParameterType = 'string' | 'int' | 'float64' | 'time' | 'any';

/** What functions know besides their arguments: the record and the moment of the query. */
export interface Surroundings {
  readonly line: string;
  readonly timeNs: bigint;
  readonly nowNs: bigint;
}

/** A function of the template language. Arguments arrive checked against `parameters`, then `rest` for all others. */
export interface FunctionType {
  readonly parameters: readonly ParameterType[];
  readonly rest?: ParameterType;
  /** @throws Error whose message becomes the record's error details */
  readonly call: (args: readonly Value[], surroundings: Surroundings) => Value;
}

/** The longest text a template may make of one record, in UTF-16 units. */
export const MAX_OUTPUT = 1024 * 1024;

export function text(value: Value | undefined): string {
  return typeof value === 'string' ? value : '';
}

/** An int parameter as a number that fits an array's length. */
export function size(value: Value | undefined): number {
  if (typeof value !== 'bigint') return 0;
  return Number(BigInt.asIntN(53, value));
}

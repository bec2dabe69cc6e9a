import type { Value } from './value.ts';

/** A type with a name as a parameter: errors show the name, values are told by `accepts`. */
export interface NamedType {
  readonly goName: string;
  accepts(value: Value): boolean;
}

/** What a Go function declares of a parameter. `any` takes everything. */
export type ParameterType = 'string' | 'int' | 'float64' | 'bool' | 'time' | 'any' | NamedType;

/** Renders a template of the same set by name: what a function may do besides computing. */
export type RenderNamed = (name: string, dot: Value) => string;

/**
 * A function of the template language. Arguments arrive checked against `parameters`, then `rest` for all others.
 * `Context` is what a rendering tells its functions: a log line, the moment, how to query.
 */
export interface FunctionType<Context = unknown> {
  readonly parameters: readonly ParameterType[];
  readonly rest?: ParameterType;
  /** @throws Error whose message becomes the rendering's */
  readonly call: (args: readonly Value[], context: Context, render: RenderNamed) => Value;
}

/** The functions a template may call, by name. */
export type Functions<Context = unknown> = ReadonlyMap<string, FunctionType<Context>>;

/** The longest text a template may make, in UTF-16 units. */
export const MAX_OUTPUT = 1024 * 1024;

export function text(value: Value | undefined): string {
  return typeof value === 'string' ? value : '';
}

/** An int parameter as a number that fits an array's length. */
export function size(value: Value | undefined): number {
  if (typeof value !== 'bigint') return 0;
  return Number(BigInt.asIntN(53, value));
}

/** A function of as many strings. */
export function ofStrings(count: number, call: (...args: string[]) => Value): FunctionType {
  return { parameters: new Array<ParameterType>(count).fill('string'), call: (args) => call(...args.map(text)) };
}

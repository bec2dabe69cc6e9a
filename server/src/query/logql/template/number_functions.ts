import { type FunctionType, TemplateError, type Value } from '@trilith/lang/template';
import { decimal } from './decimal.ts';
import { roundTo, toFloat, toInt, wrap64 } from './numbers.ts';

function integers(least: number, most: number, call: (values: bigint[]) => bigint): FunctionType {
  return {
    parameters: new Array(least).fill('any'),
    ...(most > least ? { rest: 'any' } : {}),
    call: (args) => wrap64(call(args.map(toInt))),
  };
}

function floats(least: number, call: (values: number[]) => number): FunctionType {
  return { parameters: new Array(least).fill('any'), rest: 'any', call: (args) => call(args.map(toFloat)) };
}

const float = (call: (value: number) => number): FunctionType => ({
  parameters: ['any'],
  call: ([value = null]) => call(toFloat(value)),
});

function divide(remainder: boolean): FunctionType {
  return integers(2, 2, ([a = 0n, b = 0n]) => {
    if (b === 0n) throw new TemplateError('runtime error: integer divide by zero');
    return remainder ? a % b : a / b;
  });
}

const fold = (operator: '+' | '-' | '*' | '/') => (values: number[]) => {
  const [first = 0, ...rest] = values;
  return rest.reduce((total, value) => decimal(operator, total, value), first);
};

/** The first of the values that none beats. */
const best = (beats: (a: bigint, b: bigint) => boolean) => (values: bigint[]) =>
  values.reduce((winner, value) => {
    if (beats(value, winner)) return value;
    return winner;
  });

const MANY = Number.POSITIVE_INFINITY;

/** Functions over numbers, by name: those on integers compute in int64, those ending in f in decimals. */
export const NUMBER_FUNCTIONS: Readonly<Record<string, FunctionType>> = {
  int: { parameters: ['any'], call: ([value = null]) => toInt(value) },
  float64: float((value) => value),
  add: integers(0, MANY, (values) => values.reduce((a, b) => a + b, 0n)),
  sub: integers(2, 2, ([a = 0n, b = 0n]) => a - b),
  mul: integers(1, MANY, (values) => values.reduce((a, b) => wrap64(a * b), 1n)),
  div: divide(false),
  mod: divide(true),
  max: integers(
    1,
    MANY,
    best((a, b) => a > b),
  ),
  min: integers(
    1,
    MANY,
    best((a, b) => a < b),
  ),
  addf: floats(0, (values) => fold('+')([0, ...values])),
  subf: floats(1, fold('-')),
  mulf: floats(1, fold('*')),
  divf: floats(1, fold('/')),
  maxf: floats(1, (values) => Math.max(...values)),
  minf: floats(1, (values) => Math.min(...values)),
  ceil: float(Math.ceil),
  floor: float(Math.floor),
  round: {
    parameters: ['any', 'int'],
    rest: 'float64',
    call: ([value = null, places, roundOn]: readonly Value[]) =>
      roundTo(toFloat(value), Number(places), typeof roundOn === 'number' ? roundOn : 0.5),
  },
};

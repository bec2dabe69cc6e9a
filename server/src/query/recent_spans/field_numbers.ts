import type { SpanField } from '../../store/index.ts';
import { type FieldLabels, labelReader } from './field_labels.ts';
import type { SpanSlice } from './span_slice.ts';

/** A field of the rows of a slice as a number, as the store reads it (store/reads/span_fields.ts: renderFieldNumber, renderFieldWhole). */
interface NumberReader {
  /** NaN for what is none; durations in ns. */
  readonly number: (row: number) => number;
  /** Of the power of two at or above a whole number of at least 2; -1 for any other value. */
  readonly exponent: (row: number) => number;
}

export const NO_NUMBERS: NumberReader = { number: () => Number.NaN, exponent: () => -1 };

/** @param labels of the field, for all slices that are read */
export function numberReader(slice: SpanSlice, field: SpanField, labels: FieldLabels): NumberReader {
  if (field.kind === 'column') return NO_NUMBERS;
  if (field.kind === 'duration') {
    const { durations, oddDurations } = slice;
    return {
      number: (row) => durations[row] as number,
      exponent: (row) => {
        const odd = oddDurations.get(row);
        return odd === undefined ? exponentOf(durations[row] as number) : wholeExponentOf(odd);
      },
    };
  }
  const label = labelReader(slice, field, labels);
  const numbers: number[] = [];
  const exponents: number[] = [];
  return {
    number: (row) => {
      const code = label(row);
      numbers[code] ??= numberOf(labels.labels[code]);
      return numbers[code];
    },
    exponent: (row) => {
      const code = label(row);
      exponents[code] ??= exponentOfLabel(labels.labels[code]);
      return exponents[code];
    },
  };
}

function numberOf([type, text]: FieldLabels['labels'][number] = ['', '']): number {
  return (type === 'i' || type === 'd') && text !== '' ? Number(text) : Number.NaN;
}

function exponentOfLabel([type, text]: FieldLabels['labels'][number] = ['', '']): number {
  return type === 'i' && /^-?\d+$/.test(text) ? wholeExponentOf(BigInt(text)) : -1;
}

function wholeExponentOf(value: bigint): number {
  return value < 2n ? -1 : (value - 1n).toString(2).length;
}

const MANTISSA_BITS = 20;
const EXPONENT_BIAS = 1023;
const double = new Float64Array(1);
const words = new Uint32Array(double.buffer);

/** Of a whole number below 2^53. */
function exponentOf(value: number): number {
  if (value < 2) return -1;
  double[0] = value;
  // The exponent of a double rounds down; what is no power of two lies below the next.
  const high = words[1] as number;
  const isPower = words[0] === 0 && (high & ((1 << MANTISSA_BITS) - 1)) === 0;
  return (high >>> MANTISSA_BITS) - EXPONENT_BIAS + (isPower ? 0 : 1);
}

import { letterOf } from './fixtures.ts';
import type { Chapter } from './trace_case.ts';

/** A Tempo attribute: exactly one member of the value. */
interface KeyValue {
  readonly key: string;
  readonly value: Readonly<Record<string, unknown>>;
}

export interface SpansetJson {
  readonly spans: readonly { readonly spanID: string; readonly attributes?: readonly KeyValue[] }[];
  readonly matched: number;
  readonly attributes?: readonly KeyValue[];
}

export interface SeriesJson {
  readonly labels?: readonly KeyValue[];
  readonly samples?: readonly { readonly timestampMs: string; readonly value?: number }[];
}

/**
 * The spansets of one trace as text: letters of the spans in order, spansets with a space between, the count behind `#` where
 * not all spans are given. With fields: `a(n=1 who="ann")`; with groups: `ac<1>`.
 */
export function spansetsText(spansets: readonly SpansetJson[], { show }: Chapter): string {
  return spansets
    .map(({ spans, matched, attributes }) => {
      const letters = spans
        .map(({ spanID, attributes: fields = [] }) => {
          const letter = letterOf(spanID);
          return show === 'fields' ? `${letter}(${pairsText(fields)})` : letter;
        })
        .sort()
        .join('');
      const count = matched === spans.length ? '' : `#${matched}`;
      const group = show === 'groups' ? `<${(attributes ?? []).map(({ value }) => valueText(value)).join(' ')}>` : '';
      return `${letters}${count}${group}`;
    })
    .sort()
    .join(' ');
}

/** Series as text, `{labels} v v v`, sorted, with `; ` between. A step without a value is `-`; a series without any is left out. */
export function seriesText(series: readonly SeriesJson[], timesMs: readonly number[]): string {
  return series
    .flatMap(({ labels = [], samples = [] }) => {
      const byTime = new Map(samples.map(({ timestampMs, value = 0 }) => [Number(timestampMs), value]));
      if (!timesMs.some((time) => byTime.has(time))) return [];
      const values = timesMs.map((time) => {
        const value = byTime.get(time);
        return value === undefined ? '-' : String(Number(value.toPrecision(6)));
      });
      return [`{${pairsText(labels)}} ${values.join(' ')}`];
    })
    .sort()
    .join('; ');
}

function pairsText(pairs: readonly KeyValue[]): string {
  return pairs
    .map(({ key, value }) => `${key}=${valueText(value)}`)
    .sort()
    .join(' ');
}

/** Numbers and booleans bare, text in quotes, arrays in brackets. */
function valueText(value: KeyValue['value']): string {
  const [kind, inner] = Object.entries(value)[0] ?? ['', null];
  if (kind === 'stringValue') return JSON.stringify(inner);
  if (kind === 'arrayValue') {
    const { values = [] } = inner as { values?: readonly KeyValue['value'][] };
    return `[${values.map(valueText).join(' ')}]`;
  }
  return kind === 'doubleValue' ? String(Number(Number(inner).toPrecision(6))) : String(inner);
}

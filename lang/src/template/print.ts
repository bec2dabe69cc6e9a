import { durationText, formatTime } from './time_format.ts';
import { basicKind, entriesOf, formatFloat, GoDuration, GoTime, itemsOf, Named, type Value } from './value.ts';

/** A value as `{{…}}` writes it: %v, but nil as `<no value>`. */
export function display(value: Value): string {
  return value === null ? '<no value>' : plain(value);
}

const TIME_LAYOUT = '2006-01-02 15:04:05.999999999 -0700 MST';

/** Go's %v. */
export function plain(value: Value): string {
  switch (typeof value) {
    case 'string':
      return value;
    case 'number':
      return formatFloat(value);
    case 'bigint':
    case 'boolean':
      return String(value);
  }
  if (value === null) return '<nil>';
  if (value instanceof GoTime) return formatTime(value, TIME_LAYOUT);
  if (value instanceof GoDuration) return durationText(value.ns);
  if (value instanceof Named && typeof value.data === 'string') return value.data;
  // A Stringer says itself how it is shown.
  const own = value instanceof Named ? value.type.methods?.get('String')?.(value, []) : undefined;
  if (typeof own === 'string') return own;
  const items = itemsOf(value);
  if (items !== undefined) return `[${items.map(plain).join(' ')}]`;
  const entries = [...(entriesOf(value) ?? [])];
  if (value instanceof Named && value.type.isStruct === true) return `{${entries.map(([, v]) => plain(v)).join(' ')}}`;
  return `map[${entries.map(([key, item]) => `${key}:${plain(item)}`).join(' ')}]`;
}

/** Go's Sprint: a space between operands when neither is a string. */
export function sprint(values: readonly Value[]): string {
  let out = '';
  values.forEach((value, i) => {
    const previous = values[i - 1];
    if (i > 0 && basicKind(value) !== 'string' && basicKind(previous ?? null) !== 'string') out += ' ';
    out += plain(value);
  });
  return out;
}

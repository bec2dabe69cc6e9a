import { formatTime } from './go_time.ts';
import { formatFloat, GoTime, type Value } from './value.ts';

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
  if (value instanceof Map) return `map[${[...value].map(([key, item]) => `${key}:${plain(item)}`).join(' ')}]`;
  return Array.isArray(value) ? `[${value.map(plain).join(' ')}]` : '';
}

/** Go's Sprint: a space between operands when neither is a string. */
export function sprint(values: readonly Value[]): string {
  let out = '';
  values.forEach((value, i) => {
    const previous = values[i - 1];
    if (i > 0 && typeof value !== 'string' && typeof previous !== 'string') out += ' ';
    out += plain(value);
  });
  return out;
}

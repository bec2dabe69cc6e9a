import { RE2JS, RE2JSException } from 're2js';
import { labelValue } from '../../../model/labels.ts';
import { mergeEqualLabels } from '../context.ts';
import { withLabel } from '../label_sets.ts';
import { PromqlError } from '../promql_error.ts';
import type { VectorValue } from '../values.ts';

/** Any text but none is a name; bytes that are no UTF-8 are no text. */
const isLabelName = (name: string): boolean => name !== '' && name.isWellFormed();

/** label_replace(v, destination, replacement, source, pattern). Throws PromqlError on a bad pattern or name. */
export function labelReplace(
  input: VectorValue,
  [destination = '', replacement = '', source = '', pattern = '']: readonly string[],
): VectorValue {
  let compiled: RE2JS;
  try {
    compiled = RE2JS.compile(`^(?s:${pattern})$`);
  } catch (error) {
    if (error instanceof RE2JSException)
      throw new PromqlError('execution', `invalid regular expression in label_replace(): ${pattern}`, { cause: error });
    throw error;
  }
  if (!isLabelName(destination))
    throw new PromqlError('execution', `invalid destination label name in label_replace(): ${destination}`);
  const series = input.series.map((one) => {
    const match = compiled.matcher(labelValue(one.labels, source));
    if (!match.find()) return one;
    const value = expand(replacement, (group) => {
      const index = /^\d+$/.test(group) ? Number(group) : compiled.namedGroups()[group];
      return index === undefined || index > match.groupCount() ? '' : (match.group(index) ?? '');
    });
    return {
      ...one,
      labels: withLabel(one.labels, destination, value),
      dropName: destination === '__name__' ? false : one.dropName,
    };
  });
  return { kind: 'vector', series: mergeEqualLabels(series) };
}

/** Go's Regexp.Expand: `$1`, `${1}`, `$name`, `${name}`, `$$`. A name is the longest run of letters, digits and `_`. */
function expand(template: string, group: (name: string) => string): string {
  return template.replace(/\$(?:\$|\{(\w+)\}|(\w+))/g, (whole, braced?: string, bare?: string) => {
    if (whole === '$$') return '$';
    return group(braced ?? bare ?? '');
  });
}

/** label_join(v, destination, separator, source…). */
export function labelJoin(
  input: VectorValue,
  [destination = '', separator = '', ...sources]: readonly string[],
): VectorValue {
  for (const source of sources) {
    if (!isLabelName(source))
      throw new PromqlError('execution', `invalid source label name in label_join(): ${source}`);
  }
  if (!isLabelName(destination))
    throw new PromqlError('execution', `invalid destination label name in label_join(): ${destination}`);
  const series = input.series.map((one) => {
    const value = sources.map((source) => labelValue(one.labels, source)).join(separator);
    return {
      ...one,
      labels: withLabel(one.labels, destination, value),
      dropName: destination === '__name__' ? false : one.dropName,
    };
  });
  return { kind: 'vector', series: mergeEqualLabels(series) };
}

import type { VectorMatching } from './ast.ts';
import { accept, at, type Cursor } from './cursor.ts';
import { fillValue } from './parse_duration.ts';
import { groupingLabels } from './parse_selector.ts';

/** What may stand between a binary operator and its right side: `bool`, `on (…)`, `group_left (…)`, `fill (…)`. */
export function binaryModifiers(cursor: Cursor): { readonly returnBool: boolean; readonly matching: VectorMatching } {
  const returnBool = accept(cursor, 'bool') !== undefined;
  let labels: readonly string[] = [];
  let include: readonly string[] = [];
  let card: VectorMatching['card'] = 'one-to-one';
  const clause = accept(cursor, 'on') ?? accept(cursor, 'ignoring');
  if (clause !== undefined) {
    labels = groupingLabels(cursor);
    const group = accept(cursor, 'group_left') ?? accept(cursor, 'group_right');
    if (group !== undefined) {
      card = group.kind === 'group_left' ? 'many-to-one' : 'one-to-many';
      if (at(cursor, '(')) include = groupingLabels(cursor);
    }
  }
  return { returnBool, matching: { card, labels, on: clause?.kind === 'on', include, ...fills(cursor) } };
}

function fills(cursor: Cursor): { readonly fillLeft?: number; readonly fillRight?: number } {
  if (accept(cursor, 'fill') !== undefined) {
    const value = fillValue(cursor);
    return { fillLeft: value, fillRight: value };
  }
  if (accept(cursor, 'fill_left') !== undefined) {
    const fillLeft = fillValue(cursor);
    return accept(cursor, 'fill_right') === undefined ? { fillLeft } : { fillLeft, fillRight: fillValue(cursor) };
  }
  if (accept(cursor, 'fill_right') !== undefined) {
    const fillRight = fillValue(cursor);
    return accept(cursor, 'fill_left') === undefined ? { fillRight } : { fillRight, fillLeft: fillValue(cursor) };
  }
  return {};
}

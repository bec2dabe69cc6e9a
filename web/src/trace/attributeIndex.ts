import { spanKinds, type TraceAttributesAnswer } from '@trilith/contract';
import { idOf, type SpanTable } from './spanTable.ts';

/** Attributes of a table's rows: places of distinct pairs, those of a row from `offsets[row]` to `offsets[row + 1]`. */
export interface AttributeIndex {
  readonly names: readonly string[];
  readonly pairNames: readonly number[];
  readonly pairValues: readonly string[];
  readonly offsets: Int32Array;
  readonly pairs: Int32Array;
}

/** Brings attributes, which came in an order of their own, to the table's rows; a row they do not know has none. */
export function attributeIndex(table: SpanTable, answer: TraceAttributesAnswer): AttributeIndex {
  const from = new Map<string, { readonly at: number; readonly size: number }>();
  let at = 0;
  answer.counts.forEach((size, row) => {
    from.set(answer.ids.slice(row * 16, row * 16 + 16) + spanKinds[answer.kind[row] ?? 0], { at, size });
    at += size;
  });
  const offsets = new Int32Array(table.count + 1);
  const pairs = new Int32Array(answer.pairs.length);
  let used = 0;
  for (let row = 0; row < table.count; row += 1) {
    const own = from.get(idOf(table, row) + spanKinds[table.kind[row] ?? 0]);
    for (let one = 0; own !== undefined && one < own.size && used < pairs.length; one += 1) {
      pairs[used] = answer.pairs[own.at + one] ?? 0;
      used += 1;
    }
    offsets[row + 1] = used;
  }
  return {
    names: answer.names,
    pairNames: answer.pairNames,
    pairValues: answer.pairValues,
    offsets,
    pairs: pairs.subarray(0, used),
  };
}

/** Places of the pairs whose `name=value` holds a text (given in lower case). */
export function pairsWith({ names, pairNames, pairValues }: AttributeIndex, text: string): Uint8Array {
  const found = new Uint8Array(pairNames.length);
  pairNames.forEach((name, pair) => {
    if (`${names[name] ?? ''}=${pairValues[pair] ?? ''}`.toLowerCase().includes(text)) found[pair] = 1;
  });
  return found;
}

/** The value of an attribute of a row; undefined when it has none. */
export function attributeOf(index: AttributeIndex, row: number, name: number): string | undefined {
  for (let at = index.offsets[row] ?? 0; at < (index.offsets[row + 1] ?? 0); at += 1) {
    const pair = index.pairs[at] ?? 0;
    if (index.pairNames[pair] === name) return index.pairValues[pair];
  }
  return undefined;
}

/** Places in the index of names, in their order; those no span has are left out. */
export function attributePlaces({ names }: AttributeIndex, wanted: readonly string[]): readonly number[] {
  return wanted.map((name) => names.indexOf(name)).filter((place) => place >= 0);
}

/** The pairs of a row with the names at some places as one text, in their order: `name=value · name=value`. */
export function pairsText(index: AttributeIndex, row: number, places: readonly number[]): string {
  const said: string[] = [];
  for (const name of places) {
    const value = attributeOf(index, row, name);
    if (value !== undefined) said.push(`${index.names[name] ?? ''}=${value}`);
  }
  return said.join(' · ');
}

import type { NamedOperation, NsRange } from '../../store/index.ts';
import { FieldLabels, labelReader } from './field_labels.ts';
import { inTurns } from './in_turns.ts';
import { LabelGroups } from './label_groups.ts';
import { compileTest } from './slice_test.ts';
import type { SpanSlice } from './span_slice.ts';

/** Services with spans in a range, in no order (store/reads/span_operations.ts: readServiceNames). */
export async function recentServiceNames(
  slices: readonly SpanSlice[],
  range: NsRange,
  signal?: AbortSignal,
): Promise<ReadonlySet<string>> {
  const names = new Set<string>();
  for await (const slice of inTurns(slices, signal)) {
    const isWithin = compileTest(slice, { kind: 'within', ...range });
    const isUsed = new Uint8Array(slice.originWords.size);
    for (let row = 0; row < slice.rows; row++) {
      const origin = slice.origins.at(row);
      if (isUsed[origin] === 1 || !isWithin(row)) continue;
      isUsed[origin] = 1;
      names.add(slice.origin(origin).service);
    }
  }
  names.delete('');
  return names;
}

/** Names of spans with their kinds, in no order (readOperations). @param service empty: of all; so is the kind */
export async function recentOperations(
  slices: readonly SpanSlice[],
  { startNs, endNs, service, kind }: NsRange & { readonly service: string; readonly kind: string },
  signal?: AbortSignal,
): Promise<readonly NamedOperation[]> {
  const fields = [new FieldLabels(), new FieldLabels()] as const;
  const groups = new LabelGroups(fields);
  const found = new Set<number>();
  for await (const slice of inTurns(slices, signal)) {
    const isAsked = compileTest(slice, {
      kind: 'and',
      parts: [
        { kind: 'within', startNs, endNs },
        ...(service === ''
          ? []
          : [{ kind: 'column', column: 'ServiceName', test: { kind: 'in', values: [service] } } as const]),
      ],
    });
    const readers = [
      labelReader(slice, { kind: 'column', column: 'SpanName' }, fields[0]),
      labelReader(slice, { kind: 'column', column: 'SpanKind' }, fields[1]),
    ];
    for (let row = 0; row < slice.rows; row++) if (isAsked(row)) found.add(groups.of(readers, row));
  }
  return Array.from(found, (group) => {
    const [name, of] = groups.labels(group);
    return { name: name?.[1] ?? '', kind: of?.[1] === 'unspecified' ? '' : (of?.[1] ?? '') };
  }).filter((one) => kind === '' || one.kind === kind);
}

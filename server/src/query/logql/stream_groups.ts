import { type Labels, labelsFrom } from '../../model/labels.ts';
import type { PipelineRow } from './pipeline.ts';
import type { RowLabels } from './row_labels.ts';
import { LabelSets } from './series.ts';

/** Fields every record answers to that are shown with it, when it has them; in order. */
const SHOWN_FIELDS = ['detected_level', 'request_id', 'span_id', 'trace_id', 'user_id'] as const;

export interface LogEntry {
  readonly timeNs: bigint;
  readonly line: string;
  /** Only where labels are asked for by origin: structured metadata, and what stages of the query added. */
  readonly metadata?: Labels;
  readonly parsed?: Labels;
}

/** Entries with equal labels; in the asked order. */
export interface LogStream {
  readonly labels: Labels;
  readonly entries: LogEntry[];
}

type Pair = readonly [name: string, value: string];

/** Records that came through a pipeline, grouped into streams of equal labels in the order they came. */
export class StreamGroups {
  readonly list: LogStream[] = [];
  readonly #sets = new LabelSets();
  readonly #byOrigin: boolean;

  /** @param byOrigin streams have stream labels only; metadata and parsed labels stay with the entries */
  constructor(byOrigin: boolean) {
    this.#byOrigin = byOrigin;
  }

  /** Takes a record as the pipeline left it; the row may be reused afterwards. */
  add(row: PipelineRow): void {
    const { timeNs, line } = row;
    if (!this.#byOrigin) {
      this.#stream(shownLabels(row)).entries.push({ timeNs, line });
      return;
    }
    const { stream, metadata, parsed } = labelsByOrigin(row);
    this.#stream(stream).entries.push({ timeNs, line, metadata, parsed });
  }

  #stream(labels: Labels): LogStream {
    const index = this.#sets.index(labels);
    let stream = this.list[index];
    if (stream === undefined) {
      stream = { labels, entries: [] };
      this.list[index] = stream;
    }
    return stream;
  }
}

/** The labels a record is shown with: those of the result, and what every record answers to. */
function shownLabels({ labels }: Pick<PipelineRow, 'labels'>): Labels {
  const result = labels.result();
  // Not labelsFrom: a label that a parser left empty stays.
  const shown: string[] = [];
  let at = 0;
  for (const name of SHOWN_FIELDS) {
    while (at < result.length && (result[at] as string) < name)
      shown.push(result[at++] as string, result[at++] as string);
    const value = result[at] === name ? undefined : shownField(labels, name);
    if (value !== undefined) shown.push(name, value);
  }
  if (shown.length === at) return result;
  while (at < result.length) shown.push(result[at++] as string);
  return shown;
}

/** What the record answers to by a name, unless the query says otherwise. */
function shownField(labels: RowLabels, name: string): string | undefined {
  const value = labels.isChanged(name) ? undefined : labels.field(name);
  return value === 'unknown' ? undefined : value;
}

/** The labels a record is shown with, by where they come from. */
export function labelsByOrigin(row: Pick<PipelineRow, 'labels'>): { stream: Labels; metadata: Labels; parsed: Labels } {
  const result = row.labels.result();
  const by: Record<'stream' | 'metadata' | 'parsed', Pair[]> = { stream: [], metadata: [], parsed: [] };
  for (const pair of pairsOf(result)) by[row.labels.origin(pair[0])].push(pair);
  by.metadata.push(...shownFields(row, result));
  return { stream: by.stream.flat(), metadata: labelsFrom(by.metadata), parsed: by.parsed.flat() };
}

function pairsOf(labels: Labels): Pair[] {
  return Array.from({ length: labels.length / 2 }, (_, i) => [labels[2 * i] ?? '', labels[2 * i + 1] ?? '']);
}

/** What the record answers to and its result does not hold by that name. */
function shownFields({ labels }: Pick<PipelineRow, 'labels'>, result: Labels): Pair[] {
  const extra: Pair[] = [];
  for (const name of SHOWN_FIELDS) {
    const value = shownField(labels, name);
    if (value === undefined) continue;
    let has = false;
    for (let i = 0; i < result.length; i += 2) has ||= result[i] === name;
    if (!has) extra.push([name, value]);
  }
  return extra;
}

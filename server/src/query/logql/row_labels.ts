import type { Labels } from '../../model/labels.ts';

/** A log stream's labels, with the look-up table the pipeline needs; made once per stream and query. */
export interface StreamLabels {
  readonly labels: Labels;
  readonly byName: ReadonlyMap<string, string>;
}

export function streamLabels(labels: Labels): StreamLabels {
  const byName = new Map<string, string>();
  for (let i = 0; i < labels.length; i += 2) byName.set(labels[i] ?? '', labels[i + 1] ?? '');
  return { labels, byName };
}

const NO_METADATA: Labels = [];
const EXTRACTED = '_extracted';

/** Where a record's label comes from, as Loki's `categorize-labels` tells them apart. */
export type LabelOrigin = 'stream' | 'metadata' | 'parsed';

const nothing = (): undefined => undefined;

/** Gives fields that every record has without being labels of it (level, trace_id …), or undefined. */
export type VirtualField = (name: string) => string | undefined;

/**
 * The labels of the record in the pipeline's hands: stream labels, structured metadata, what parsers added, in that
 * order of precedence. One object is reused for every record.
 */
export class RowLabels {
  private base: StreamLabels = streamLabels([]);
  private metadata: Labels = NO_METADATA;
  private readonly changed = new Map<string, string | undefined>();
  private readonly extracted = new Set<string>();
  private virtual: VirtualField = nothing;
  error = '';
  errorDetails = '';
  /** Whether a parser set an error, whatever became of it. */
  parserFailed = false;

  /** Takes the next record. Metadata whose name a stream label has is kept as `<name>_extracted`. */
  reset(base: StreamLabels, metadata: Labels, virtual: VirtualField = nothing): void {
    this.base = base;
    this.metadata = metadata;
    this.virtual = virtual;
    if (this.changed.size > 0) this.changed.clear();
    if (this.extracted.size > 0) this.extracted.clear();
    this.parserFailed = false;
    this.error = '';
    this.errorDetails = '';
    for (let i = 0; i < metadata.length; i += 2) {
      const name = metadata[i] ?? '';
      if (!base.byName.has(name)) continue;
      this.changed.set(`${name}${EXTRACTED}`, metadata[i + 1] ?? '');
    }
  }

  /** Whether nothing sets this record's labels apart from its stream's. */
  get plain(): boolean {
    return this.metadata.length === 0 && this.changed.size === 0 && this.error === '';
  }

  get stream(): StreamLabels {
    return this.base;
  }

  private given(name: string): string | undefined {
    const value = this.base.byName.get(name);
    if (value !== undefined) return value;
    for (let i = 0; i < this.metadata.length; i += 2) if (this.metadata[i] === name) return this.metadata[i + 1];
    return undefined;
  }

  /** The value of a label, of an error field, or of a virtual field. */
  get(name: string): string | undefined {
    if (this.changed.has(name)) return this.changed.get(name);
    if (name === '__error__') return this.error === '' ? undefined : this.error;
    if (name === '__error_details__') return this.errorDetails === '' ? undefined : this.errorDetails;
    return this.given(name) ?? this.virtual(name);
  }

  /** As get, without virtual fields: what the record's label set really holds. */
  own(name: string): string | undefined {
    return this.changed.has(name) ? this.changed.get(name) : this.given(name);
  }

  /** A field the record has whatever its labels are. */
  field(name: string): string | undefined {
    return this.virtual(name);
  }

  /** Where a label of the result comes from: the stream, the record's structured metadata, or a stage of the query. */
  origin(name: string): LabelOrigin {
    const asGiven = !this.changed.has(name);
    if (asGiven && this.base.byName.has(name)) return 'stream';
    if (asGiven && !name.startsWith('__error')) return 'metadata';
    return this.movedMetadata(name) ? 'metadata' : 'parsed';
  }

  /** Whether it is metadata under the name it got because a stream label has its own. */
  private movedMetadata(name: string): boolean {
    if (!name.endsWith(EXTRACTED)) return false;
    const own = name.slice(0, -EXTRACTED.length);
    const at = this.base.byName.has(own) ? this.metadata.indexOf(own) : -1;
    return at >= 0 && at % 2 === 0 && this.metadata[at + 1] === this.changed.get(name);
  }

  /** Whether a stage has set or deleted the label. */
  isChanged(name: string): boolean {
    return this.changed.has(name);
  }

  /** No parser behind it sets the label again. */
  set(name: string, value: string): void {
    this.extracted.add(name);
    this.changed.set(name, value);
  }

  delete(name: string): void {
    if (name === '__error__') this.error = '';
    else if (name === '__error_details__') this.errorDetails = '';
    else this.changed.set(name, undefined);
  }

  /** Whether the stream has a label of the name, whatever stages did to it, or the metadata has one that no stage touched. */
  isGiven(name: string): boolean {
    return this.base.byName.has(name) || (this.given(name) !== undefined && !this.changed.has(name));
  }

  /** Whether parsers and formats have set all of some names, of which there are any. */
  hasSet(names: ReadonlySet<string>): boolean {
    if (names.size === 0 || this.extracted.size < names.size) return false;
    for (const name of names) if (!this.extracted.has(name)) return false;
    return true;
  }

  private targetOf(name: string): string {
    return this.isGiven(name) ? `${name}${EXTRACTED}` : name;
  }

  /**
   * A label found by a parser that takes what is there; a name that stream or metadata have goes to `<name>_extracted`. Of what
   * parsers and formats give one name the first counts (Extracted of Loki's ParserHint).
   */
  setParsed(name: string, value: string): void {
    const target = this.targetOf(name);
    if (!this.extracted.has(target)) this.set(target, value);
  }

  /** A label that a parser was asked for by name. */
  setAsked(name: string, value: string): void {
    this.set(this.targetOf(name), value);
  }

  /** That a line is none for a parser. */
  setParserError(kind: string, details?: string): void {
    this.parserFailed = true;
    this.setError(kind, details);
  }

  /** Without details those of an error before it stay. */
  setError(kind: string, details?: string): void {
    this.error = kind;
    if (details !== undefined) this.errorDetails = details;
  }

  /** Names in no particular order; deleted ones left out. */
  names(): string[] {
    const names = new Set<string>(this.base.byName.keys());
    for (let i = 0; i < this.metadata.length; i += 2) names.add(this.metadata[i] ?? '');
    for (const [name, value] of this.changed) {
      if (value === undefined) names.delete(name);
      else names.add(name);
    }
    return [...names];
  }

  /** The label set, sorted by name, the error fields included. Empty values stay: a label may be present and empty. */
  result(): Labels {
    if (this.plain) return this.base.labels;
    const names = this.names();
    if (this.error !== '') names.push('__error__');
    if (this.errorDetails !== '') names.push('__error_details__');
    return names.sort().flatMap((name) => [name, this.get(name) ?? '']);
  }
}

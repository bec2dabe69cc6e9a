import { numberFailed, parseNumber, parseReal } from './number.ts';

/**
 * The Prometheus text format 0.0.4 and OpenMetrics 1.0 over bytes, line by line. Only where a series' name and labels
 * end is found out here; what is in them is looked at when the bytes were never seen before (`series_labels.ts`).
 * Strict where upstream's lexers are strict (model/textparse), lenient where they are.
 */
export type ExpositionFormat = 'text' | 'openmetrics';
export type LineKind = 'sample' | 'type' | 'help' | 'unit' | 'end';

/** The exposition is malformed; the message names the line. */
export class ExpositionError extends Error {
  override readonly name = 'ExpositionError';
}

const TAB = 0x09;
const LF = 0x0a;
const CR = 0x0d;
const SPACE = 0x20;
const QUOTE = 0x22;
const HASH = 0x23;
const OPEN = 0x7b;
const CLOSE = 0x7d;
const BACKSLASH = 0x5c;

const text = new TextDecoder();

export class TextParser {
  readonly bytes: Uint8Array<ArrayBuffer>;
  readonly strict: boolean;
  /** The series of the sample: name and labels as they stand in the body. */
  seriesStart = 0;
  seriesEnd = 0;
  value = 0;
  /** Milliseconds since the epoch, NaN when the line has none. */
  timestampMs = Number.NaN;
  /** Labels of the exemplar with their braces, or start = -1. */
  exemplarStart = -1;
  exemplarEnd = -1;
  exemplarValue = 0;
  exemplarTimestampMs = Number.NaN;
  /** Metadata: the family's name (with quotes, if it had them) and the rest of the line. */
  nameStart = 0;
  nameEnd = 0;
  restStart = 0;
  restEnd = 0;
  /** Of the last TYPE line; empty before the first. */
  familyType = '';

  private position = 0;
  private line = 0;
  private ended = false;
  private sawEof = false;

  constructor(bytes: Uint8Array<ArrayBuffer>, format: ExpositionFormat) {
    this.bytes = bytes;
    this.strict = format === 'openmetrics';
  }

  /** Goes to the next sample or metadata line. Throws ExpositionError. */
  next(): LineKind {
    const { bytes } = this;
    while (this.position < bytes.length) {
      this.line++;
      if (this.sawEof) throw this.error('unexpected data after # EOF');
      const first = this.strict ? this.position : this.skipBlanks(this.position);
      const byte = bytes[first];
      if (byte === LF || byte === undefined || (byte === CR && bytes[first + 1] === LF)) {
        if (this.strict) throw this.error('empty line');
        this.position = byte === CR ? first + 2 : first + 1;
        continue;
      }
      if (byte === HASH) {
        const kind = this.comment(first);
        if (kind !== undefined) return kind;
        continue;
      }
      this.sample(first);
      return 'sample';
    }
    if (this.strict && !this.sawEof && !this.ended) {
      this.ended = true;
      throw new ExpositionError('data does not end with # EOF');
    }
    return 'end';
  }

  /** The text of a slice of the body. */
  slice(start: number, end: number): string {
    return text.decode(this.bytes.subarray(start, end));
  }

  error(message: string): ExpositionError {
    return new ExpositionError(`line ${this.line}: ${message}`);
  }

  private skipBlanks(from: number): number {
    const { bytes } = this;
    let position = from;
    while (bytes[position] === SPACE || bytes[position] === TAB) position++;
    return position;
  }

  /** Where the line that holds `from` ends, without its line feed; moves on to the next line. */
  private lineEnd(from: number): number {
    const found = this.bytes.indexOf(LF, from);
    const end = found < 0 ? this.bytes.length : found;
    this.position = end + 1;
    return end;
  }

  /** A line that begins with `#`: metadata, the end mark, or (text format only) a comment. */
  private comment(start: number): LineKind | undefined {
    const end = this.lineEnd(start);
    const word = this.keyword(start, end);
    if (word === 'EOF' && this.strict) {
      if (end - start !== 5) throw this.error('unexpected text after # EOF');
      this.sawEof = true;
      return undefined;
    }
    if (word === undefined || word === 'EOF') {
      if (this.strict) throw this.error('only # TYPE, # HELP, # UNIT and # EOF may begin with #');
      return undefined;
    }
    return this.metadata(word, end);
  }

  private keyword(start: number, end: number): 'TYPE' | 'HELP' | 'UNIT' | 'EOF' | undefined {
    const { bytes } = this;
    let from = start + 1;
    if (this.strict) {
      if (bytes[from] !== SPACE) return undefined;
      from++;
    } else from = this.skipBlanks(from);
    this.restStart = from;
    let to = from;
    while (to < end && to - from < 5 && (bytes[to] as number) > SPACE) to++;
    switch (this.slice(from, to)) {
      case 'TYPE':
        return 'TYPE';
      case 'HELP':
        return 'HELP';
      case 'UNIT':
        return this.strict ? 'UNIT' : undefined;
      case 'EOF':
        return 'EOF';
      default:
        return undefined;
    }
  }

  private metadata(word: 'TYPE' | 'HELP' | 'UNIT', lineEnd: number): LineKind | undefined {
    const { bytes } = this;
    let end = lineEnd;
    if (!this.strict && end > 0 && bytes[end - 1] === CR) end--;
    let position = this.restStart + word.length;
    if (this.strict) {
      if (bytes[position] !== SPACE || position >= end) throw this.error(`expected a metric name after # ${word}`);
      position++;
    } else position = this.skipBlanks(position);
    this.nameStart = position;
    position = bytes[position] === QUOTE ? this.quotedEnd(position, end) : this.wordEnd(position, end);
    this.nameEnd = position;
    if (this.nameEnd === this.nameStart) {
      if (this.strict) throw this.error(`expected a metric name after # ${word}`);
      return undefined;
    }
    if (position < end || this.strict) {
      if (bytes[position] !== SPACE && (this.strict || bytes[position] !== TAB)) {
        throw this.error(`expected text after the metric name in # ${word}`);
      }
      position = this.strict ? position + 1 : this.skipBlanks(position);
    }
    this.restStart = Math.min(position, end);
    this.restEnd = end;
    if (word === 'TYPE') this.checkType();
    else if (word === 'UNIT') this.checkUnit();
    return word === 'TYPE' ? 'type' : word === 'HELP' ? 'help' : 'unit';
  }

  private checkType(): void {
    if (!this.strict) {
      while (this.restEnd > this.restStart && (this.bytes[this.restEnd - 1] as number) <= SPACE) this.restEnd--;
    }
    const type = this.slice(this.restStart, this.restEnd);
    if (!(this.strict ? OPENMETRICS_TYPES : TEXT_TYPES).has(type)) {
      throw this.error(`invalid metric type ${JSON.stringify(type.slice(0, 64))}`);
    }
    this.familyType = type;
  }

  private checkUnit(): void {
    const unit = this.slice(this.restStart, this.restEnd);
    const name = this.slice(this.nameStart, this.nameEnd);
    if (unit !== '' && !name.endsWith(`_${unit}`)) {
      throw this.error(`unit ${JSON.stringify(unit.slice(0, 64))} is not a suffix of ${JSON.stringify(name)}`);
    }
  }

  private wordEnd(from: number, end: number): number {
    let position = from;
    while (position < end && (this.bytes[position] as number) > SPACE) position++;
    return position;
  }

  /** One past the closing quote of the text that begins at `from`. */
  private quotedEnd(from: number, limit: number): number {
    const { bytes } = this;
    for (let position = from + 1; position < limit; position++) {
      const byte = bytes[position];
      if (byte === BACKSLASH) position++;
      else if (byte === QUOTE) return position + 1;
      else if (byte === LF && this.strict) break;
    }
    throw this.error('unterminated quoted text');
  }

  /** One past the closing brace of the labels that begin at `from`. */
  private bracesEnd(from: number): number {
    const { bytes } = this;
    const { length } = bytes;
    for (let position = from + 1; position < length; position++) {
      const byte = bytes[position];
      if (byte === QUOTE) position = this.quotedEnd(position, length) - 1;
      else if (byte === CLOSE) return position + 1;
      else if (byte === LF) break;
    }
    throw this.error('unterminated labels');
  }

  private sample(start: number): void {
    const { bytes, strict } = this;
    this.seriesStart = start;
    let position = start;
    let byte = bytes[position];
    while (byte !== undefined && byte > SPACE && byte !== OPEN) byte = bytes[++position];
    const nameEnd = position;
    if (!strict) {
      position = this.skipBlanks(position);
      byte = bytes[position];
    }
    if (byte === OPEN) {
      position = this.bracesEnd(position);
      this.seriesEnd = position;
    } else this.seriesEnd = nameEnd;
    position = this.separator(position, 'value');
    const valueEnd = this.wordEnd(position, bytes.length);
    this.value = parseNumber(bytes, position, valueEnd);
    if (numberFailed()) throw this.error(`expected a value, got ${this.shown(position, valueEnd)}`);
    this.timestampMs = Number.NaN;
    this.exemplarStart = -1;
    if (bytes[valueEnd] === LF) this.position = valueEnd + 1;
    else this.afterValue(valueEnd);
  }

  private afterValue(from: number): void {
    const { bytes, strict } = this;
    let position = strict ? from : this.skipBlanks(from);
    if (this.atLineEnd(position)) return;
    if (strict) position = this.separator(position, 'timestamp');
    if (!(strict && bytes[position] === HASH)) {
      const end = this.wordEnd(position, bytes.length);
      this.timestampMs = this.timestamp(position, end);
      position = strict ? end : this.skipBlanks(end);
      if (this.atLineEnd(position)) return;
      if (!strict) throw this.error('unexpected text after the timestamp');
      position = this.separator(position, 'exemplar');
    }
    this.exemplar(position);
  }

  private timestamp(start: number, end: number): number {
    const value = parseReal(this.bytes, start, end);
    // Milliseconds are whole in the text format, also as they are written (strconv.ParseInt).
    if (numberFailed() || (!this.strict && (!Number.isInteger(value) || !this.onlyDigits(start, end)))) {
      throw this.error(`expected a timestamp, got ${this.shown(start, end)}`);
    }
    return this.strict ? Math.trunc(value * 1000) : value;
  }

  private onlyDigits(start: number, end: number): boolean {
    const { bytes } = this;
    const first = bytes[start] === 0x2d || bytes[start] === 0x2b ? start + 1 : start;
    for (let at = first; at < end; at++) if ((bytes[at] as number) < 0x30 || (bytes[at] as number) > 0x39) return false;
    return end > first;
  }

  /** ` # {labels} value [timestamp]` with `from` at the hash; OpenMetrics only. */
  private exemplar(from: number): void {
    const { bytes } = this;
    if (bytes[from] !== HASH) throw this.error('expected an exemplar or the end of the line');
    let position = this.separator(from + 1, 'labels of the exemplar');
    if (bytes[position] !== OPEN) throw this.error('expected the labels of the exemplar');
    this.exemplarStart = position;
    this.exemplarEnd = this.bracesEnd(position);
    position = this.separator(this.exemplarEnd, 'value of the exemplar');
    let end = this.wordEnd(position, bytes.length);
    this.exemplarValue = parseNumber(bytes, position, end);
    if (numberFailed()) throw this.error(`expected the value of the exemplar, got ${this.shown(position, end)}`);
    this.exemplarTimestampMs = Number.NaN;
    if (this.atLineEnd(end)) return;
    position = this.separator(end, 'timestamp of the exemplar');
    end = this.wordEnd(position, bytes.length);
    this.exemplarTimestampMs = this.timestamp(position, end);
    if (!this.atLineEnd(end)) throw this.error('unexpected text after the exemplar');
  }

  /** Past the blank between two parts of a line: exactly one space in OpenMetrics, any blanks (or none) in text. */
  private separator(from: number, wanted: string): number {
    if (!this.strict) {
      const position = this.skipBlanks(from);
      if (position >= this.bytes.length || this.bytes[position] === LF) throw this.error(`expected a ${wanted}`);
      return position;
    }
    if (this.bytes[from] !== SPACE) throw this.error(`expected a space and a ${wanted}`);
    return from + 1;
  }

  /** Moves to the next line when `position` is at the end of this one. */
  private atLineEnd(position: number): boolean {
    const { bytes, strict } = this;
    const byte = bytes[position];
    if (byte === undefined || byte === LF) {
      this.position = position + 1;
      return true;
    }
    if (!strict && byte === CR && (bytes[position + 1] ?? LF) === LF) {
      this.position = position + 2;
      return true;
    }
    return false;
  }

  private shown(start: number, end: number): string {
    return JSON.stringify(this.slice(start, Math.min(end, start + 64)));
  }
}

const TEXT_TYPES: ReadonlySet<string> = new Set(['counter', 'gauge', 'histogram', 'summary', 'untyped']);
const OPENMETRICS_TYPES: ReadonlySet<string> = new Set([
  'counter',
  'gauge',
  'histogram',
  'gaugehistogram',
  'stateset',
  'info',
  'summary',
  'unknown',
]);

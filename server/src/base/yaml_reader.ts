import { type Document, isAlias, isMap, isScalar, isSeq, LineCounter, type Node, parseAllDocuments } from 'yaml';

/** A configuration file that cannot be used; the message begins with the line. */
export class ConfigFileError extends Error {
  override readonly name = 'ConfigFileError';
  readonly line: number;
  /** What is wrong, without the line. */
  readonly reason: string;
  constructor(line: number, reason: string) {
    super(`line ${line}: ${reason}`);
    this.line = line;
    this.reason = reason;
  }
}

/** The file being read: where its lines are, and the aliases followed so far. */
interface Source {
  readonly document: Document;
  readonly lines: LineCounter;
  aliases: number;
}

/** A value of the file with the place it stands at. `where` is its path, for messages. */
export interface YamlValue {
  readonly node: Node | null;
  readonly line: number;
  readonly column: number;
  readonly where: string;
  readonly source: Source;
}

/** Aliases followed at most: what a file can make of itself is bounded. */
const MAX_ALIASES = 100_000;

/**
 * Parses the first YAML document of a text (as Prometheus does; `documents` says how many there are). Throws
 * ConfigFileError, also for repeated keys.
 */
export function parseYaml(text: string): YamlValue & { readonly documents: number } {
  const lines = new LineCounter();
  const documents = parseAllDocuments(text, { lineCounter: lines, prettyErrors: false, merge: true });
  const document = 'empty' in documents ? undefined : documents[0];
  if (document === undefined) {
    const source = { document: documents as unknown as Document, lines, aliases: 0 };
    return { node: null, line: 1, column: 1, where: '', source, documents: 0 };
  }
  const problem = document.errors[0];
  if (problem !== undefined) throw new ConfigFileError(lines.linePos(problem.pos[0]).line, problem.message);
  const source: Source = { document, lines, aliases: 0 };
  const root = place(document.contents as Node | null, 1, '', source);
  return { ...root, documents: documents.length };
}

function place(found: Node | null, otherwise: number, where: string, source: Source): YamlValue {
  const position = found?.range ? source.lines.linePos(found.range[0]) : { line: otherwise, col: 1 };
  let node = found;
  if (isAlias(node)) {
    if (++source.aliases > MAX_ALIASES) throw new ConfigFileError(position.line, 'too many aliases');
    const target = node.resolve(source.document);
    if (target === undefined) throw new ConfigFileError(position.line, `unknown anchor ${node.source}`);
    node = target;
  }
  return { node, line: position.line, column: position.col, where, source };
}

export function fail(value: YamlValue, message: string): ConfigFileError {
  return new ConfigFileError(value.line, value.where === '' ? message : `${value.where}: ${message}`);
}

export function isNull(value: YamlValue): boolean {
  return value.node === null || (isScalar(value.node) && value.node.value === null);
}

/** The entries of a mapping (none for an empty value); keys merged in with `<<` stand after its own. */
export function entries(value: YamlValue): [key: string, value: YamlValue][] {
  if (isNull(value)) return [];
  if (!isMap(value.node)) throw fail(value, 'expected a mapping');
  const own: [string, YamlValue][] = [];
  const merged: YamlValue[] = [];
  for (const pair of value.node.items) {
    const keyNode = pair.key as Node | null;
    const keyPlace = place(keyNode, value.line, value.where, value.source);
    const key = isScalar(keyPlace.node) ? keyText(keyPlace) : '';
    const where = value.where === '' ? key : `${value.where}.${key}`;
    const item = place(pair.value as Node | null, keyPlace.line, where, value.source);
    // Messages about a value point at its key, which is on the line people look for.
    if (key === '<<') merged.push(...(isSeq(item.node) ? list(item) : [item]));
    else own.push([key, { ...item, line: keyPlace.line }]);
  }
  if (merged.length === 0) return own;
  const all = new Map(own);
  for (const base of merged) for (const [key, item] of entries(base)) if (!all.has(key)) all.set(key, item);
  return [...all];
}

function keyText(value: YamlValue): string {
  return isScalar(value.node) && typeof value.node.value === 'symbol' ? '<<' : text(value);
}

/** A mapping whose keys must all be known. */
export function record(value: YamlValue, known: ReadonlySet<string> | readonly string[]): Map<string, YamlValue> {
  const names = new Set(known);
  const found = new Map<string, YamlValue>();
  for (const [key, entry] of entries(value)) {
    if (!names.has(key)) {
      throw new ConfigFileError(
        entry.line,
        `unknown key ${JSON.stringify(key)}${value.where === '' ? '' : ` in ${value.where}`}`,
      );
    }
    found.set(key, entry);
  }
  return found;
}

export function list(value: YamlValue | undefined): YamlValue[] {
  if (value === undefined || isNull(value)) return [];
  if (!isSeq(value.node)) throw fail(value, 'expected a list');
  return value.node.items.map((item, i) =>
    place(item as Node | null, value.line, `${value.where}[${i}]`, value.source),
  );
}

/** A scalar as the text that stands in the file (YAML's `5` and `on` are texts to Prometheus). */
export function text(value: YamlValue): string {
  if (isNull(value)) return '';
  if (!isScalar(value.node)) throw fail(value, 'expected a text');
  const { node } = value;
  if (node.tag === 'tag:yaml.org,2002:binary') return binary(value, String(node.source ?? node.value));
  return typeof node.value === 'string' ? node.value : (node.source ?? String(node.value));
}

/** Text out of `!!binary`; bytes that are no UTF-8 come out as text that is not well formed. */
function binary(value: YamlValue, encoded: string): string {
  const compact = encoded.replaceAll(/\s/g, '');
  if (!/^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/.test(compact))
    throw fail(value, '!!binary value contains invalid base64 data');
  const bytes = Buffer.from(compact, 'base64');
  const decoded = bytes.toString('utf8');
  return Buffer.from(decoded, 'utf8').equals(bytes) ? decoded : '\ud800';
}

export function texts(value: YamlValue | undefined): string[] {
  return list(value).map(text);
}

const TRUE = /^(?:y|yes|on|true)$/i;
const FALSE = /^(?:n|no|off|false)$/i;

export function flag(value: YamlValue | undefined, otherwise: boolean): boolean {
  if (value === undefined || isNull(value)) return otherwise;
  const plain = isScalar(value.node) && (value.node.type === undefined || value.node.type === 'PLAIN');
  const written = plain ? text(value) : '';
  if (TRUE.test(written)) return true;
  if (FALSE.test(written)) return false;
  throw fail(value, 'expected true or false');
}

/** A whole number that is not negative. */
export function whole(value: YamlValue | undefined, otherwise: number): number {
  if (value === undefined || isNull(value)) return otherwise;
  const number = Number(text(value));
  if (!Number.isSafeInteger(number) || number < 0) throw fail(value, 'expected a whole number, not negative');
  return number;
}

/** A whole number of any sign. */
export function integer(value: YamlValue | undefined, otherwise: number): number {
  if (value === undefined || isNull(value)) return otherwise;
  const number = Number(text(value));
  if (!Number.isSafeInteger(number)) throw fail(value, 'expected a whole number');
  return number;
}

export function decimal(value: YamlValue | undefined, otherwise: number): number {
  if (value === undefined || isNull(value)) return otherwise;
  const written = text(value);
  const number = Number(written);
  if (written.trim() === '' || Number.isNaN(number)) throw fail(value, 'expected a number');
  return number;
}

const DURATION = /^(?:(\d+)y)?(?:(\d+)w)?(?:(\d+)d)?(?:(\d+)h)?(?:(\d+)m)?(?:(\d+)s)?(?:(\d+)ms)?$/;
const DURATION_MS = [365 * 86_400_000, 7 * 86_400_000, 86_400_000, 3_600_000, 60_000, 1_000, 1];

/** A Prometheus duration (`1m30s`) in milliseconds, or undefined when the text is none. */
export function parseDurationMs(written: string): number | undefined {
  if (written === '0') return 0;
  const match = written === '' ? null : DURATION.exec(written);
  if (match === null) return undefined;
  return DURATION_MS.reduce((sum, unit, i) => sum + unit * Number(match[i + 1] ?? 0), 0);
}

/** A Prometheus duration (`1m30s`) in milliseconds. */
export function durationMs(value: YamlValue | undefined, otherwise: number): number {
  if (value === undefined || isNull(value)) return otherwise;
  const written = text(value);
  const parsed = parseDurationMs(written);
  if (parsed === undefined) throw fail(value, `not a valid duration string: ${JSON.stringify(written)}`);
  return parsed;
}

const SIZE = /^(\d+(?:\.\d+)?)([KMGTPE]i?)?B$/;

/** A size as Prometheus writes it (`15MB`, powers of 1024) in bytes; 0 is no limit. */
export function sizeBytes(value: YamlValue | undefined, otherwise: number): number {
  if (value === undefined) return otherwise;
  const written = text(value);
  if (written === '0' || written === '') return 0;
  const match = SIZE.exec(written);
  if (match === null) throw fail(value, `not a valid size: ${JSON.stringify(written)}`);
  const power = match[2] === undefined ? 0 : 'KMGTPE'.indexOf(match[2].charAt(0)) + 1;
  return Math.floor(Number(match[1]) * 1024 ** power);
}

import { isMap, isScalar, isSeq, LineCounter, type Node, parseDocument } from 'yaml';

/** A configuration file that cannot be used; the message begins with the line. */
export class ConfigFileError extends Error {
  override readonly name = 'ConfigFileError';
  readonly line: number;
  constructor(line: number, message: string) {
    super(`line ${line}: ${message}`);
    this.line = line;
  }
}

/** A value of the file with the place it stands at. `where` is its path, for messages. */
export interface YamlValue {
  readonly node: Node | null;
  readonly line: number;
  readonly where: string;
  readonly lines: LineCounter;
}

const lineOf = (node: Node | null, lines: LineCounter, otherwise: number): number =>
  node?.range === undefined || node.range === null ? otherwise : lines.linePos(node.range[0]).line;

/** Parses one YAML document; throws ConfigFileError, also for repeated keys. */
export function parseYaml(text: string): YamlValue {
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines, prettyErrors: false, maxAliasCount: 100 } as object);
  const problem = document.errors[0];
  if (problem !== undefined) throw new ConfigFileError(lines.linePos(problem.pos[0]).line, problem.message);
  return { node: document.contents, line: 1, where: '', lines };
}

export function fail(value: YamlValue, message: string): ConfigFileError {
  return new ConfigFileError(value.line, value.where === '' ? message : `${value.where}: ${message}`);
}

export function isNull(value: YamlValue): boolean {
  return value.node === null || (isScalar(value.node) && value.node.value === null);
}

/** The entries of a mapping (none for an empty value). */
export function entries(value: YamlValue): [key: string, value: YamlValue][] {
  if (isNull(value)) return [];
  if (!isMap(value.node)) throw fail(value, 'expected a mapping');
  return value.node.items.map((pair) => {
    const key = isScalar(pair.key) ? String(pair.key.value) : '';
    const keyNode = pair.key as Node | null;
    const line = lineOf(keyNode, value.lines, value.line);
    const where = value.where === '' ? key : `${value.where}.${key}`;
    return [key, { node: pair.value as Node | null, line, where, lines: value.lines }];
  });
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
  return value.node.items.map((item, i) => {
    const node = item as Node | null;
    return { node, line: lineOf(node, value.lines, value.line), where: `${value.where}[${i}]`, lines: value.lines };
  });
}

/** A scalar as the text that stands in the file (YAML's `5` and `on` are texts to Prometheus). */
export function text(value: YamlValue): string {
  if (isNull(value)) return '';
  if (!isScalar(value.node)) throw fail(value, 'expected a text');
  const { node } = value;
  return typeof node.value === 'string' ? node.value : (node.source ?? String(node.value));
}

export function texts(value: YamlValue | undefined): string[] {
  return list(value).map(text);
}

export function flag(value: YamlValue | undefined, otherwise: boolean): boolean {
  if (value === undefined) return otherwise;
  if (isScalar(value.node) && typeof value.node.value === 'boolean') return value.node.value;
  throw fail(value, 'expected true or false');
}

/** A whole number that is not negative. */
export function whole(value: YamlValue | undefined, otherwise: number): number {
  if (value === undefined) return otherwise;
  const number = Number(text(value));
  if (!Number.isSafeInteger(number) || number < 0) throw fail(value, 'expected a whole number, not negative');
  return number;
}

const DURATION = /^(?:(\d+)y)?(?:(\d+)w)?(?:(\d+)d)?(?:(\d+)h)?(?:(\d+)m)?(?:(\d+)s)?(?:(\d+)ms)?$/;
const DURATION_MS = [365 * 86_400_000, 7 * 86_400_000, 86_400_000, 3_600_000, 60_000, 1_000, 1];

/** A Prometheus duration (`1m30s`) in milliseconds. */
export function durationMs(value: YamlValue | undefined, otherwise: number): number {
  if (value === undefined) return otherwise;
  const written = text(value);
  const match = written === '' ? null : DURATION.exec(written);
  if (written === '0') return 0;
  if (match === null) throw fail(value, `not a valid duration string: ${JSON.stringify(written)}`);
  return DURATION_MS.reduce((sum, unit, i) => sum + unit * Number(match[i + 1] ?? 0), 0);
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

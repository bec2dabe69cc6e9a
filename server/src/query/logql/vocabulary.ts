import { SEVERITY_NAMES, SEVERITY_TEXTS } from '../../model/severity.ts';
import type { LogColumn } from '../../store/index.ts';

/**
 * Names that mean the same whatever door a record came by. A stream label or structured metadata of the very name is
 * asked first; these are what a record answers when it has none.
 */
const SERVICE_NAMES = new Set(['service', 'service_name', 'app', 'application']);
const LEVEL_NAMES = new Set(['level', 'severity', 'severity_text', 'detected_level', 'lvl']);
const ID_COLUMNS: ReadonlyMap<string, LogColumn> = new Map([
  ['traceid', 'TraceId'],
  ['spanid', 'SpanId'],
  ['requestid', 'RequestId'],
  ['userid', 'UserId'],
]);

/** The virtual field that holds SeverityText as stored, the empty string included. */
export const SEVERITY_FIELD = '\u0000severity';

export type NameClass =
  | { readonly kind: 'service' }
  | { readonly kind: 'level' }
  | { readonly kind: 'id'; readonly column: LogColumn }
  | { readonly kind: 'other' };

/** Of names asked before, since each record of a query is asked the same; emptied when they are too many. */
const classes = new Map<string, NameClass>();
const MOST_REMEMBERED = 1_000;
/** Longer ones may be anything that stands in a line. */
const LONGEST_REMEMBERED = 64;

export function classOfName(name: string): NameClass {
  const known = classes.get(name);
  if (known !== undefined) return known;
  const found = findClass(name);
  if (name.length > LONGEST_REMEMBERED) return found;
  if (classes.size >= MOST_REMEMBERED) classes.clear();
  // A copy: a part of a line keeps all of it.
  classes.set(Buffer.from(name).toString(), found);
  return found;
}

function findClass(name: string): NameClass {
  if (SERVICE_NAMES.has(name)) return { kind: 'service' };
  if (LEVEL_NAMES.has(name)) return { kind: 'level' };
  const column = ID_COLUMNS.get(name.toLowerCase().replaceAll('_', ''));
  return column === undefined ? { kind: 'other' } : { kind: 'id', column };
}

/** An id as its column stores it: hex in lower case, trace ids padded to 32 digits. */
export function canonicalId(column: LogColumn, value: string): string {
  if (column === 'TraceId' && /^[0-9a-fA-F]{16,32}$/.test(value)) return value.toLowerCase().padStart(32, '0');
  if (column === 'SpanId' && /^[0-9a-fA-F]{16}$/.test(value)) return value.toLowerCase();
  return value;
}

/** Ways a stored severity may be written in a query: every spelling of the vocabulary, in lower, upper and title case. */
const SPELLINGS: ReadonlyMap<string, readonly string[]> = new Map(
  SEVERITY_TEXTS.map((text, index) => [
    text,
    index === 0
      ? ['', 'unknown']
      : SEVERITY_NAMES.filter(([, severity]) => severity === index).flatMap(([spelling]) => [
          spelling,
          spelling.toUpperCase(),
          spelling[0]?.toUpperCase() + spelling.slice(1),
        ]),
  ]),
);

/** The stored severities that a positive test on a level accepts under any spelling. */
export function severitiesMatching(test: (spelling: string) => boolean): string[] {
  return [...SPELLINGS].filter(([, spellings]) => spellings.some(test)).map(([text]) => text);
}

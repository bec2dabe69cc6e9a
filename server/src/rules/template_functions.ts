import { isIP } from 'node:net';
import { parseDuration } from '@trilith/lang/promql';
import {
  BUILTIN_FUNCTIONS,
  encodeQuery,
  entriesOf,
  type Functions,
  type FunctionType,
  fourDigits,
  GoDuration,
  GoTime,
  humanize,
  humanize1024,
  humanizeDuration,
  itemsOf,
  Named,
  type NamedType,
  ofStrings,
  plain,
  replaceMatches,
  safeText,
  sortedMap,
  TemplateError,
  templatePattern,
  text,
  toFloat,
  type Value,
} from '@trilith/lang/template';

/** What an expansion tells its functions. */
export interface RuleTemplateContext {
  /** The evaluation time, ms since the epoch. */
  readonly timeMs: number;
  /** Of this server, without a slash at its end. */
  readonly externalUrl: string;
  /** The elements of a query's result at the evaluation time. @throws what the expansion handles itself */
  readonly query: (expr: string) => Named;
}

const QUERY_RESULT = 'template.queryResult';
const SAMPLE = 'template.sample';

/** One element of a query's result. */
export function templateSample(labels: Named, value: Value): Named {
  const fields = new Map<string, Value>([
    ['Labels', labels],
    ['Value', value],
  ]);
  return new Named({ name: SAMPLE, isStruct: true }, fields);
}

export function templateResult(samples: readonly Named[]): Named {
  return new Named({ name: QUERY_RESULT }, samples);
}

const named = (goName: string, name: string): NamedType => ({
  goName,
  accepts: (value) => value instanceof Named && value.type.name === name,
});
const result = named(QUERY_RESULT, QUERY_RESULT);
const sample = named(`*${SAMPLE}`, SAMPLE);

const fieldOf = (value: Value | undefined, name: string): Value => entriesOf(value ?? null)?.get(name) ?? null;
const labelOf = (value: Value | undefined, name: string): string =>
  text(entriesOf(fieldOf(value, 'Labels'))?.get(name));

const MAX_NS = 2 ** 63;

/** @throws TemplateError for what is no moment that Go can hold */
function toTime(seconds: number): GoTime {
  if (!Number.isFinite(seconds)) throw new TemplateError('value is NaN or Inf');
  const ns = seconds * 1e9;
  if (ns > MAX_NS || ns < -MAX_NS) {
    throw new TemplateError(
      `${plain(seconds)} cannot be represented as a nanoseconds timestamp since it overflows int64`,
    );
  }
  // Prometheus' times have whole milliseconds.
  return new GoTime((BigInt(Math.trunc(ns)) / 1_000_000n) * 1_000_000n);
}

/** Host and port of `host:port` or `[v6]:port`; undefined where net.SplitHostPort fails. */
function splitHostPort(address: string): { readonly host: string; readonly port: string } | undefined {
  const match = /^(?:\[([^[\]]*)\]|([^:[\]]*)):([^:[\]]*)$/.exec(address);
  return match === null ? undefined : { host: match[1] ?? match[2] ?? '', port: match[3] ?? '' };
}

function stripDomain(address: string): string {
  const split = splitHostPort(address);
  const host = split?.host ?? address;
  if (isIP(host) !== 0) return address;
  const [first = ''] = host.split('.');
  const port = split?.port ?? '';
  return port === '' ? first : `${first.includes(':') ? `[${first}]` : first}:${port}`;
}

/** Upper case for the first letter of every word; the rest stays (cases.Title with NoLower). */
function title(value: string): string {
  return value.replaceAll(/[\p{L}\p{N}\p{M}_'’]+/gu, (word) =>
    word.replace(/\p{L}/u, (letter) => letter.toUpperCase()),
  );
}

/** A pattern that a function of Go's would panic over. */
function replaceAll(pattern: string, replacement: string, value: string): string {
  try {
    return replaceMatches(pattern, value, replacement);
  } catch (error) {
    if (!(error instanceof TemplateError)) throw error;
    throw new TemplateError(error.message.replace(/^(?=error parsing)/, `regexp: Compile(\`${pattern}\`): `));
  }
}

function signedDuration(value: string): number {
  const negative = value.startsWith('-');
  try {
    return (parseDuration(negative ? value.slice(1) : value) * (negative ? -1 : 1)) / 1000;
  } catch {
    // The parser's own error is about queries; upstream's is about the text.
    throw new TemplateError(`not a valid duration string: ${JSON.stringify(value)}`);
  }
}

const ofNumber = (call: (value: number) => Value): FunctionType => ({
  parameters: ['any'],
  call: ([value = null]) => call(toFloat(value)),
});

/** Prometheus' own template functions (prometheus/template/template.go). */
const PROMETHEUS: Readonly<Record<string, FunctionType<RuleTemplateContext>>> = {
  query: { parameters: ['string'], call: ([expr], { query }) => query(text(expr)) },
  first: {
    parameters: [result],
    call([of = null]) {
      const [first] = itemsOf(of) ?? [];
      if (first === undefined) throw new TemplateError('first() called on vector with no elements');
      return first;
    },
  },
  label: { parameters: ['string', sample], call: ([name, of]) => labelOf(of, text(name)) },
  value: { parameters: [sample], call: ([of]) => fieldOf(of, 'Value') },
  strvalue: { parameters: [sample], call: ([of]) => labelOf(of, '__value__') },
  sortByLabel: {
    parameters: ['string', result],
    call([label, of = null]) {
      const name = text(label);
      const key = (item: Value): string => labelOf(item, name);
      const sorted = [...(itemsOf(of) ?? [])].sort((a, b) => (key(a) < key(b) ? -1 : key(a) > key(b) ? 1 : 0));
      return new Named({ name: QUERY_RESULT }, sorted);
    },
  },
  args: { parameters: [], rest: 'any', call: (args) => sortedMap(args.map((arg, i) => [`arg${i}`, arg])) },
  tmpl: {
    parameters: ['string', 'any'],
    call: ([name, data = null], _, render) => safeText('HTML', render(text(name), data)),
  },
  reReplaceAll: ofStrings(3, replaceAll),
  match: ofStrings(2, (pattern, value) => templatePattern(pattern).matcher(value).find()),
  safeHtml: ofStrings(1, (value) => safeText('HTML', value)),
  title: ofStrings(1, title),
  toUpper: ofStrings(1, (value) => value.toUpperCase()),
  toLower: ofStrings(1, (value) => value.toLowerCase()),
  graphLink: ofStrings(1, (expr) => `/graph?g0.expr=${encodeQuery(expr)}&g0.tab=0`),
  tableLink: ofStrings(1, (expr) => `/graph?g0.expr=${encodeQuery(expr)}&g0.tab=1`),
  stripPort: ofStrings(1, (address) => splitHostPort(address)?.host ?? address),
  stripDomain: ofStrings(1, stripDomain),
  humanize: ofNumber(humanize),
  humanize1024: ofNumber(humanize1024),
  humanizeDuration: ofNumber(humanizeDuration),
  humanizePercentage: ofNumber((value) => `${fourDigits(value * 100)}%`),
  humanizeTimestamp: ofNumber((value) => (Number.isFinite(value) ? plain(toTime(value)) : fourDigits(value))),
  toTime: ofNumber(toTime),
  toDuration: ofNumber((seconds) => new GoDuration(BigInt(Number.isFinite(seconds) ? Math.trunc(seconds * 1e9) : 0))),
  now: { parameters: [], call: (_, { timeMs }) => timeMs / 1000 },
  parseDuration: ofStrings(1, signedDuration),
  urlQueryEscape: ofStrings(1, encodeQuery),
  externalURL: { parameters: [], call: (_, { externalUrl }) => externalUrl },
  pathPrefix: { parameters: [], call: (_, { externalUrl }) => pathOf(externalUrl) },
};

/** The path of a URL as it is written; of `http://host` none. */
function pathOf(url: string): string {
  return /^[a-z][a-z0-9+.-]*:\/\/[^/?#]*([^?#]*)/i.exec(url)?.[1] ?? '';
}

/** What templates of rules may call. */
export const RULE_TEMPLATE_FUNCTIONS: Functions<RuleTemplateContext> = new Map<
  string,
  FunctionType<RuleTemplateContext>
>([...Object.entries(BUILTIN_FUNCTIONS), ...Object.entries(PROMETHEUS)]);

import {
  BUILTIN_FUNCTIONS,
  type Functions,
  type FunctionType,
  formatTime,
  GoDuration,
  GoTime,
  humanizeDuration,
  itemsOf,
  ofStrings,
  replaceMatches,
  safeText,
  sortedMap,
  TemplateError,
  templatePattern,
  text,
  toFloat,
  type Value,
  zoneOf,
} from '@trilith/lang/template';
import { toJsonText } from './values.ts';

const nowNs = (): bigint => BigInt(Date.now()) * 1_000_000n;

/** The first letter of every word in upper case, all others in lower case (golang.org/x/text/cases, Title). */
function title(value: string): string {
  return value.replaceAll(
    /[\p{L}\p{N}\p{M}_'’]+/gu,
    (word) => word.charAt(0).toUpperCase() + word.slice(1).toLowerCase(),
  );
}

/** Go's url.QueryUnescape. */
function unescapeQuery(value: string): string {
  try {
    return decodeURIComponent(value.replaceAll('+', ' '));
  } catch (error) {
    throw new TemplateError(`invalid URL escape ${JSON.stringify(value)}`, { cause: error });
  }
}

function inZone(name: string, time: GoTime): GoTime {
  try {
    return new GoTime(time.ns, zoneOf(name, Number(time.ns / 1_000_000n)));
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    throw new TemplateError(`unknown time zone ${name}`, { cause: error });
  }
}

function timeOf(value: Value | undefined): GoTime {
  if (value instanceof GoTime) return value;
  throw new TemplateError('not a time');
}

/** Pairs of a name and a value. */
function dict(args: readonly Value[]): Value {
  if (args.length % 2 !== 0) throw new TemplateError('dict requires an even number of arguments');
  const pairs: [string, Value][] = [];
  for (let i = 0; i < args.length; i += 2) {
    const key = args[i];
    if (typeof key !== 'string') throw new TemplateError('dict keys must be strings');
    pairs.push([key, args[i + 1] ?? null]);
  }
  return sortedMap(pairs);
}

/** Alertmanager's own template functions (template/template.go, DefaultFuncs). */
const ALERTMANAGER: Readonly<Record<string, FunctionType>> = {
  toUpper: ofStrings(1, (value) => value.toUpperCase()),
  toLower: ofStrings(1, (value) => value.toLowerCase()),
  title: ofStrings(1, title),
  trimSpace: ofStrings(1, (value) => value.trim()),
  join: {
    parameters: ['string', 'any'],
    call: ([separator, list = null]) => (itemsOf(list) ?? []).map(text).join(text(separator)),
  },
  match: ofStrings(2, (pattern, value) => templatePattern(pattern).matcher(value).find()),
  safeHtml: ofStrings(1, (value) => safeText('HTML', value)),
  safeUrl: ofStrings(1, (value) => safeText('URL', value)),
  urlUnescape: ofStrings(1, unescapeQuery),
  reReplaceAll: ofStrings(3, (pattern, replacement, value) => replaceMatches(pattern, value, replacement)),
  stringSlice: { parameters: [], rest: 'string', call: (args) => [...args] },
  date: { parameters: ['string', 'time'], call: ([layout, time]) => formatTime(timeOf(time), text(layout)) },
  tz: { parameters: ['string', 'time'], call: ([zone, time]) => inZone(text(zone), timeOf(time)) },
  now: { parameters: [], call: () => new GoTime(nowNs()) },
  since: { parameters: ['time'], call: ([time]) => new GoDuration(nowNs() - timeOf(time).ns) },
  humanizeDuration: { parameters: ['any'], call: ([value = null]) => humanizeDuration(toFloat(value)) },
  toJson: { parameters: ['any'], call: ([value = null]) => toJsonText(value) },
  list: { parameters: [], rest: 'any', call: (args) => [...args] },
  append: {
    parameters: ['any'],
    rest: 'any',
    call: ([list = null, ...items]) => [...(itemsOf(list) ?? []), ...items],
  },
  dict: { parameters: [], rest: 'any', call: dict },
};

/** What templates of notifications may call. */
export const NOTIFICATION_FUNCTIONS: Functions = new Map<string, FunctionType>([
  ...Object.entries(BUILTIN_FUNCTIONS),
  ...Object.entries(ALERTMANAGER),
]);

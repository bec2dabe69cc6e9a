import { parseBytes, parseGoDuration } from '@trilith/lang/logql';
import {
  byteLength,
  encodeQuery,
  type FunctionType,
  fromJson,
  isTrue,
  MAX_OUTPUT,
  ofStrings,
  replaceMatches,
  size,
  sliceBytes,
  TemplateError,
  templatePattern,
  text,
  type Value,
} from '@trilith/lang/template';

function counted(call: (count: number, text: string) => Value): FunctionType {
  return { parameters: ['int', 'string'], call: ([count, value]) => call(size(count), text(value)) };
}

function substring(start: number, end: number, value: string): string {
  const length = byteLength(value);
  if (start < 0) return sliceBytes(value, 0, end);
  if (end < 0 || end > length) return sliceBytes(value, start, length);
  return sliceBytes(value, start, end);
}

function truncate(count: number, value: string): string {
  const length = byteLength(value);
  if (count < 0) return length + count > 0 ? sliceBytes(value, length + count, length) : value;
  return length > count ? sliceBytes(value, 0, count) : value;
}

function bounded(length: number): void {
  if (length > MAX_OUTPUT) throw new TemplateError(`result longer than ${MAX_OUTPUT} characters`);
}

function repeat(count: number, value: string): string {
  if (count < 0) throw new TemplateError('strings: negative Repeat count');
  bounded(count * value.length);
  return value.repeat(count);
}

function indent(count: number, value: string): string {
  if (count < 0) throw new TemplateError('strings: negative Repeat count');
  bounded(count * value.split('\n').length + value.length);
  const pad = ' '.repeat(count);
  return pad + value.replaceAll('\n', `\n${pad}`);
}

function align(right: boolean): FunctionType {
  return counted((count, value) => {
    const runes = [...value];
    if (count < 0 || count === runes.length) return value;
    bounded(count);
    if (count > runes.length)
      return right
        ? value.padStart(value.length + count - runes.length)
        : value.padEnd(value.length + count - runes.length);
    return (right ? runes.slice(runes.length - count) : runes.slice(0, count)).join('');
  });
}

function replace(value: string, old: string, by: string, times: number): string {
  if (old !== '' && !value.includes(old)) return value;
  const pieces = old === '' ? [...value] : value.split(old);
  bounded(value.length + (pieces.length + 1) * by.length);
  if (times < 0) return old === '' ? by + pieces.map((rune) => rune + by).join('') : pieces.join(by);
  let out = '';
  pieces.forEach((piece, i) => {
    if (old === '') out += (i < times ? by : '') + piece;
    else out += i === 0 ? piece : (i <= times ? by : old) + piece;
  });
  return old === '' && times > pieces.length ? out + by : out;
}

function trimStart(value: string, cutset: string): string {
  const runes = [...value];
  let from = 0;
  while (from < runes.length && cutset.includes(runes[from] ?? '')) from++;
  return runes.slice(from).join('');
}

function trimEnd(value: string, cutset: string): string {
  const runes = [...value];
  let to = runes.length;
  while (to > 0 && cutset.includes(runes[to - 1] ?? '')) to--;
  return runes.slice(0, to).join('');
}

function trimPrefix(value: string, prefix: string): string {
  return value.startsWith(prefix) ? value.slice(prefix.length) : value;
}

function trimSuffix(value: string, suffix: string): string {
  return value.endsWith(suffix) ? value.slice(0, value.length - suffix.length) : value;
}

/** Upper case for every letter behind something that is no letter, digit or underscore. */
function title(value: string): string {
  return value.replace(
    /(^|[^\p{L}\p{Nd}_])(\p{L})/gu,
    (_, before: string, letter: string) => before + letter.toUpperCase(),
  );
}

function decodeQuery(value: string): string {
  const malformed = /%(?![0-9a-fA-F]{2})/.exec(value);
  if (malformed !== null) {
    throw new TemplateError(`invalid URL escape ${JSON.stringify(value.slice(malformed.index, malformed.index + 3))}`);
  }
  const bytes = Buffer.from(value.replaceAll('+', ' ')).toString('latin1');
  const decoded = bytes.replace(/%([0-9a-fA-F]{2})/g, (_, hex: string) =>
    String.fromCharCode(Number.parseInt(hex, 16)),
  );
  return Buffer.from(decoded, 'latin1').toString();
}

/** Missing padding is added first. What base64 cannot read is answered by the error's text, as sprig does it. */
function decodeBase64(value: string): string {
  const unpadded = value.replace(/[\r\n]/g, '').replace(/={1,2}$/, '');
  const wrong = /[^A-Za-z0-9+/]/.exec(unpadded);
  if (wrong !== null) return `illegal base64 data at input byte ${wrong.index}`;
  if (unpadded.length % 4 === 1) return `illegal base64 data at input byte ${unpadded.length - 1}`;
  return Buffer.from(unpadded, 'base64').toString();
}

function countMatches(source: string, value: string): bigint {
  const matcher = templatePattern(source).matcher(value);
  let count = 0n;
  while (matcher.find()) count++;
  return count;
}

function decodeJson(value: string): Value {
  try {
    return fromJson(JSON.parse(value));
  } catch (error) {
    // fromJson ignores what is no JSON: the value is then empty.
    if (error instanceof SyntaxError) return null;
    throw error;
  }
}

/** Functions over strings, by name. */
export const STRING_FUNCTIONS: Readonly<Record<string, FunctionType>> = {
  lower: ofStrings(1, (value) => value.toLowerCase()),
  upper: ofStrings(1, (value) => value.toUpperCase()),
  ToLower: ofStrings(1, (value) => value.toLowerCase()),
  ToUpper: ofStrings(1, (value) => value.toUpperCase()),
  title: ofStrings(1, title),
  trunc: counted(truncate),
  substr: {
    parameters: ['int', 'int', 'string'],
    call: ([start, end, value]) => substring(size(start), size(end), text(value)),
  },
  contains: ofStrings(2, (part, value) => value.includes(part)),
  hasPrefix: ofStrings(2, (part, value) => value.startsWith(part)),
  hasSuffix: ofStrings(2, (part, value) => value.endsWith(part)),
  indent: counted(indent),
  nindent: counted((count, value) => `\n${indent(count, value)}`),
  repeat: counted(repeat),
  alignLeft: align(false),
  alignRight: align(true),
  replace: ofStrings(3, (old, by, value) => replace(value, old, by, -1)),
  Replace: {
    parameters: ['string', 'string', 'string', 'int'],
    call: ([value, old, by, times]) => replace(text(value), text(old), text(by), size(times)),
  },
  trim: ofStrings(1, (value) => value.trim()),
  TrimSpace: ofStrings(1, (value) => value.trim()),
  trimAll: ofStrings(2, (cutset, value) => trimEnd(trimStart(value, cutset), cutset)),
  Trim: ofStrings(2, (value, cutset) => trimEnd(trimStart(value, cutset), cutset)),
  TrimLeft: ofStrings(2, trimStart),
  TrimRight: ofStrings(2, trimEnd),
  trimPrefix: ofStrings(2, (prefix, value) => trimPrefix(value, prefix)),
  trimSuffix: ofStrings(2, (suffix, value) => trimSuffix(value, suffix)),
  TrimPrefix: ofStrings(2, trimPrefix),
  TrimSuffix: ofStrings(2, trimSuffix),
  urlencode: ofStrings(1, encodeQuery),
  urldecode: ofStrings(1, decodeQuery),
  b64enc: ofStrings(1, (value) => Buffer.from(value).toString('base64')),
  b64dec: ofStrings(1, decodeBase64),
  bytes: ofStrings(1, parseBytes),
  duration: ofStrings(1, (value) => parseGoDuration(value) / 1e9),
  duration_seconds: ofStrings(1, (value) => parseGoDuration(value) / 1e9),
  regexReplaceAll: ofStrings(3, (pattern, value, by) => replaceMatches(pattern, value, by, false)),
  regexReplaceAllLiteral: ofStrings(3, (pattern, value, by) => replaceMatches(pattern, value, by, true)),
  count: ofStrings(2, countMatches),
  fromJson: ofStrings(1, decodeJson),
  default: {
    parameters: ['any'],
    rest: 'any',
    call: ([otherwise = null, value = null]) => (isTrue(value) ? value : otherwise),
  },
};

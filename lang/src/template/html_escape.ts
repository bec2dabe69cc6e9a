import { utf8 } from './bytes.ts';
import { escapeHtml } from './escape.ts';
import { display } from './print.ts';
import { entriesOf, itemsOf, Named, type SafeKind, type Value } from './value.ts';

/** Where a value stands in an HTML document. */
export interface HtmlContext {
  readonly content: 'html' | 'rcdata' | 'script' | 'style' | 'name' | 'attribute' | 'url' | 'css' | 'event';
  /** The quote around it: of an attribute's value, or of a string in a script; empty without one. */
  readonly quoting: string;
  /** What was written of the attribute's value before it. */
  readonly before: string;
}

/** Attributes that hold a URL (html/template's contentTypeURL). */
const URL_ATTRIBUTES: ReadonlySet<string> = new Set(
  'action archive background cite classid codebase data formaction href icon longdesc manifest poster profile src usemap xmlns'.split(
    ' ',
  ),
);

/** What html/template writes for a value that could do harm where it stands. */
const REFUSED = 'ZgotmplZ';

/** A value as html/template writes it in a place. */
export function escapeValue(context: HtmlContext, value: Value): string {
  const text = value === null ? '' : display(value);
  switch (context.content) {
    case 'html':
      return isSafe(value, 'HTML') ? text : escapeHtml(text);
    case 'rcdata':
      return escapeHtml(isSafe(value, 'HTML') ? withoutTags(text) : text);
    case 'script':
      return context.quoting === '' ? scriptValue(value, text) : escapeScript(text);
    case 'style':
      return safeStyle(value, text);
    case 'name':
      return isSafe(value, 'HTMLAttr') || isPlainName(text) ? text : REFUSED;
    case 'attribute':
      return isSafe(value, 'HTML')
        ? quoted(context, escapeHtml(withoutTags(text)).replaceAll('&amp;', '&'))
        : escapeAttribute(context, text);
    case 'url':
      return escapeAttribute(context, safeUrl(context.before, value, text));
    case 'css':
      return escapeAttribute(context, safeStyle(value, text));
    case 'event':
      return escapeAttribute(context, scriptValue(value, text));
  }
}

function isSafe(value: Value, kind: SafeKind): boolean {
  return value instanceof Named && value.type.name === `template.${kind}`;
}

function withoutTags(html: string): string {
  return html.replace(/<!--[\s\S]*?-->|<\/?[a-zA-Z][^>]*>/g, '');
}

const escapeAttribute = (context: HtmlContext, text: string): string => quoted(context, escapeHtml(text));

/** Without quotes around it, a value ends at a blank: those are escaped too. */
function quoted({ quoting }: HtmlContext, escaped: string): string {
  if (quoting !== '') return escaped;
  return escaped === '' ? REFUSED : escaped.replace(/[\t\n\v\f\r =`+]/g, (char) => `&#${char.charCodeAt(0)};`);
}

/** Whether values of the attribute are plain text: names that make them something else come from templates only. */
function isPlainName(name: string): boolean {
  return /^[a-zA-Z0-9-]+$/.test(name) && attributeContent(name) === 'attribute';
}

/** What an attribute holds, by its name. */
export function attributeContent(attribute: string): 'attribute' | 'url' | 'css' | 'event' {
  const name = attribute.toLowerCase().replace(/^data-|^[^:]*:/, '');
  if (URL_ATTRIBUTES.has(name)) return 'url';
  if (name === 'style') return 'css';
  return name.startsWith('on') ? 'event' : 'attribute';
}

/** A value of a script: JSON whose text cannot end the script. */
function scriptValue(value: Value, text: string): string {
  if (isSafe(value, 'JS')) return text;
  const json = (JSON.stringify(plainData(value)) ?? 'null').replace(
    /[<>&\u2028\u2029]/g,
    (char) => `\\u${char.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
  // Numbers and words stand apart from what surrounds them.
  return /^["[{]/.test(json) ? json : ` ${json} `;
}

function plainData(value: Value): unknown {
  if (typeof value === 'bigint') return Number(value);
  const items = itemsOf(value);
  if (items !== undefined) return items.map(plainData);
  const entries = entriesOf(value);
  if (entries === undefined) return typeof value === 'object' && value !== null ? display(value) : value;
  return Object.fromEntries([...entries].map(([key, item]) => [key, plainData(item)]));
}

/** Text inside a string of a script: what could end the string or the script becomes an escape. */
function escapeScript(text: string): string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what is escaped
  return text.replace(/[\\/"'&<>+`\u0000-\u001f\u007f\u2028\u2029]/g, (char) =>
    char === '/' || char === '\\' ? `\\${char}` : `\\u${char.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
}

/** Values of style sheets that are no more than words, numbers and colours. */
function safeStyle(value: Value, text: string): string {
  if (isSafe(value, 'CSS')) return text;
  const dangerous = /[^\w\s#%.,!-]|expression|mozbinding/i.test(text);
  return dangerous ? REFUSED : text;
}

/** A URL, or a part of one: its scheme is http, https or mailto, or the URL is refused. */
function safeUrl(before: string, value: Value, text: string): string {
  if (before.includes('?') || before.includes('#')) return encodeUrl(text, isSafe(value, 'URL'));
  const scheme = /^[^/?#]*?:/.exec(text)?.[0].slice(0, -1).toLowerCase();
  const harmful = scheme !== undefined && !['http', 'https', 'mailto'].includes(scheme);
  if (before.trim() === '' && harmful && !isSafe(value, 'URL')) return `#${REFUSED}`;
  return encodeUrl(text, true);
}

/** Percent-encodes; a whole URL keeps its separators and what is encoded already. */
function encodeUrl(text: string, whole: boolean): string {
  const kept = whole ? /%[0-9a-fA-F]{2}|[A-Za-z0-9\-._~!#$&*+,/:;=?@[\]]/y : /[A-Za-z0-9\-._~]/y;
  let out = '';
  for (let at = 0; at < text.length; ) {
    kept.lastIndex = at;
    const found = kept.exec(text)?.[0];
    const char = found ?? String.fromCodePoint(text.codePointAt(at) ?? 0);
    out += found ?? Array.from(utf8(char), (byte) => `%${byte.toString(16).padStart(2, '0')}`).join('');
    at += char.length;
  }
  return out;
}

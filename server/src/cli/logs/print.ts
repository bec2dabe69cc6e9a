import { styleText } from 'node:util';
import type { LogLinesAnswer } from '@trilith/contract';
import type { RE2JS } from 're2js';
import type { LogsOptions } from './arguments.ts';
import { compilePattern, replaceMatches } from './pattern.ts';

export type Line = LogLinesAnswer['lines'][number];
export type Stream = LogLinesAnswer['streams'][number];

type Style = Parameters<typeof styleText>[0];

/** Colours of names: never red or yellow, which levels have. */
const NAME_COLORS: readonly Style[] = [
  'cyan',
  'green',
  'magenta',
  'blue',
  'cyanBright',
  'greenBright',
  'magentaBright',
  'blueBright',
];
const LEVEL_COLORS: Readonly<Record<string, Style>> = {
  FATAL: ['red', 'bold'],
  CRITICAL: ['red', 'bold'],
  ERROR: 'red',
  WARN: 'yellow',
  INFO: 'green',
  DEBUG: 'gray',
  TRACE: 'gray',
};

/** Red for errors, yellow for warnings. */
export function styleOfLevel(level: string): Style {
  return LEVEL_COLORS[level] ?? 'reset';
}

/** How lines are written: the text of one, with a line feed behind it. */
export type Printer = (line: Line, stream: Stream) => string;

export function createPrinter(
  options: Pick<LogsOptions, 'output' | 'timestamps' | 'highlight'>,
  color: boolean,
): Printer {
  const { output, timestamps, highlight } = options;
  const paint = (style: Style, text: string): string =>
    color ? styleText(style, text, { validateStream: false }) : text;
  switch (output) {
    case 'raw':
      return ({ line }) => `${line}\n`;
    case 'json':
      return (line, stream) => `${JSON.stringify(everything(line, stream))}\n`;
    case 'jsonl':
      return ({ line, timeNs, metadata, parsed }, { labels }) =>
        `${JSON.stringify({ labels: { ...labels, ...metadata, ...parsed }, line, timestamp: rfc3339(timeNs) })}\n`;
    case 'default': {
      const marks = highlight.map((pattern) => compilePattern('--highlight', pattern));
      return (line, stream) => {
        const name = nameOf(line, stream);
        const time = timestamps ? `${paint('dim', rfc3339(line.timeNs))} ` : '';
        const level = line.level === '' ? '' : `${paint(styleOfLevel(line.level), line.level.padEnd(5))} `;
        const head = `${paint(styleOfName(name), name)} ${time}${level}`;
        const texts = (color ? harmless(line.line) : withoutControls(line.line)).replace(/\n$/, '').split('\n');
        return texts.map((text) => `${head}${color ? marked(text, marks, paint) : text}\n`).join('');
      };
    }
  }
}

function everything(line: Line, { service, labels }: Stream): Record<string, unknown> {
  const { timeNs, level, metadata, parsed, traceId, spanId } = line;
  return {
    timestamp: rfc3339(timeNs),
    service,
    level,
    line: line.line,
    labels,
    metadata,
    parsed,
    ...(traceId === null ? {} : { traceId }),
    ...(spanId === null ? {} : { spanId }),
  };
}

/** Pod and container, or the service where no pod is known. */
function nameOf({ metadata }: Line, { service, labels }: Stream): string {
  const field = (name: string): string | undefined => labels[name] ?? metadata[name];
  const pod = field('pod') ?? field('k8s_pod_name');
  const container = field('container') ?? field('k8s_container_name');
  if (pod === undefined) return service;
  return container === undefined ? pod : `${pod} ${container}`;
}

/** The same name has the same colour every time. */
export function styleOfName(name: string): Style {
  let hash = 0;
  for (let i = 0; i < name.length; i++) hash = (Math.imul(hash, 31) + name.charCodeAt(i)) | 0;
  return NAME_COLORS[(hash >>> 0) % NAME_COLORS.length] ?? 'cyan';
}

// biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what is looked for
const CONTROL = /\u001b\[[0-?]*[ -/]*[@-~]|[\u0000-\u0008\u000b-\u001f\u007f-\u009f]/g;

/** Without what would move the cursor or change the terminal; colours stay. */
function harmless(text: string): string {
  return text.replace(CONTROL, (match) => (/^.\[[0-9;]*m$/.test(match) ? match : ''));
}

/** Without colours too: for files and pipes. */
export function withoutControls(text: string): string {
  return text.replace(CONTROL, '');
}

function marked(text: string, marks: readonly RE2JS[], paint: (style: Style, text: string) => string): string {
  return marks.reduce((done, mark) => replaceMatches(done, mark, (found) => paint('inverse', found)), text);
}

/** Nanoseconds since the epoch as RFC 3339 in UTC, without trailing zeros. */
export function rfc3339(timeNs: string): string {
  const ns = BigInt(timeNs);
  const fraction = (ns % 1_000_000_000n).toString().padStart(9, '0').replace(/0+$/, '');
  const seconds = new Date(Number(ns / 1_000_000n)).toISOString().slice(0, 19);
  return `${seconds}${fraction === '' ? '' : `.${fraction}`}Z`;
}

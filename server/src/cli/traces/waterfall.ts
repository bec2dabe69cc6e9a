import { styleText } from 'node:util';
import type { LogRecord, TraceAnswer } from '@trilith/contract';
import { rfc3339, styleOfLevel, styleOfName, withoutControls } from '../logs/print.ts';
import { criticalSpans, extentOf, type TreeNode, treeOf, withAncestors } from './tree.ts';

type Style = Parameters<typeof styleText>[0];

export interface WaterfallOptions {
  /** Columns of the terminal. */
  readonly width: number;
  readonly color: boolean;
  /** Log lines under their spans. */
  readonly logs: boolean;
  /** Only these spans and what is above them; undefined: all. */
  readonly only: 'critical' | 'errors' | undefined;
  readonly service: string | undefined;
  readonly minDurationNs: bigint;
  /** Spans drawn at most. */
  readonly limit: number;
}

const LEAST_BAR = 16;
const NAME_SHARE = 0.5;
const DURATION_WIDTH = 8;
const MOST_INDENT = 20;

/**
 * A trace as lines of text: the tree with its operations, durations and bars over one time axis. Bars of the critical path are
 * thick, failed spans have a cross, so that nothing is told by colour alone.
 */
export function waterfall(
  trace: Pick<TraceAnswer, 'traceId' | 'spans' | 'logs' | 'logsMore'>,
  options: WaterfallOptions,
): string[] {
  const paint = (style: Style, text: string): string =>
    options.color ? styleText(style, text, { validateStream: false }) : text;
  const nodes = treeOf(trace.spans);
  const critical = criticalSpans(nodes);
  const { startNs, endNs } = extentOf(nodes);
  const shown = shownPlaces(nodes, critical, options);
  const drawn = shown.slice(0, options.limit);
  const names = drawn.map((place) => nameOf(nodes, nodes[place] as TreeNode));
  const room = Math.floor(options.width * NAME_SHARE);
  const nameWidth = Math.min(room, Math.max(24, ...names.map(({ length }) => length)));
  const barWidth = Math.max(LEAST_BAR, options.width - nameWidth - DURATION_WIDTH - 3);
  const lines = [...headLines(trace, nodes, paint), '', axisLine(nameWidth, barWidth, endNs - startNs, paint)];
  const logs = options.logs ? logsByNode(nodes, trace.logs) : new Map<number, LogRecord[]>();
  for (const [at, place] of drawn.entries()) {
    const node = nodes[place] as TreeNode;
    const failed = node.span.status === 'error';
    const name = fitted(names[at] ?? '', nameWidth);
    const bar = barOf(node, critical.has(place), startNs, endNs, barWidth);
    lines.push(
      [
        painted(name, node, failed, paint),
        durationText(node.endNs - node.startNs).padStart(DURATION_WIDTH),
        ' ',
        ' '.repeat(bar.before),
        paint(failed ? 'red' : styleOfName(node.span.service), bar.text),
      ].join(''),
    );
    if (failed && node.span.statusMessage !== '')
      lines.push(`${indentOf(nodes, node)}  ${paint('red', `✗ ${oneLine(node.span.statusMessage)}`)}`);
    for (const log of logs.get(place) ?? []) lines.push(logLine(log, indentOf(nodes, node), startNs, paint));
  }
  for (const log of logs.get(-1) ?? []) lines.push(logLine(log, '', startNs, paint));
  if (shown.length > drawn.length)
    lines.push(paint('dim', `… ${shown.length - drawn.length} more spans: --limit all shows them`));
  if (options.logs && trace.logsMore) lines.push(paint('dim', '… more log lines carry this trace id'));
  return lines.map((line) => line.trimEnd());
}

function shownPlaces(
  nodes: readonly TreeNode[],
  critical: ReadonlySet<number>,
  { only, service, minDurationNs }: WaterfallOptions,
): number[] {
  const wanted = (node: TreeNode, place: number): boolean =>
    (only !== 'critical' || critical.has(place)) &&
    (only !== 'errors' || node.span.status === 'error') &&
    (service === undefined || node.span.service === service) &&
    node.endNs - node.startNs >= minDurationNs;
  return [...withAncestors(nodes, wanted)].sort((a, b) => a - b);
}

function headLines(
  trace: Pick<TraceAnswer, 'traceId'>,
  nodes: readonly TreeNode[],
  paint: (style: Style, text: string) => string,
): string[] {
  const { startNs, endNs } = extentOf(nodes);
  const root = nodes[0]?.span;
  const services = [...Map.groupBy(nodes, ({ span }) => span.service)].map(([name, own]) => ({
    name,
    spans: own.length,
  }));
  const errors = nodes.filter(({ span }) => span.status === 'error').length;
  const missing = nodes.filter(({ parentMissing }) => parentMissing).length;
  const facts = [
    durationText(endNs - startNs),
    counted(nodes.length, 'span'),
    counted(services.length, 'service'),
    ...(errors === 0 ? [] : [paint('red', counted(errors, 'error'))]),
  ];
  return [
    `${paint('bold', withoutControls(`${root?.service ?? ''}: ${root?.operation ?? ''}`))}  ${facts.join(' · ')}`,
    paint('dim', `${trace.traceId}  ${rfc3339(String(startNs))}`),
    services.map(({ name, spans }) => `${paint(styleOfName(name), withoutControls(name))} ${spans}`).join('  '),
    ...(missing === 0 ? [] : [paint('yellow', `${counted(missing, 'span')} name a parent that has not arrived`)]),
  ];
}

function axisLine(
  nameWidth: number,
  barWidth: number,
  lengthNs: bigint,
  paint: (style: Style, text: string) => string,
): string {
  const end = durationText(lengthNs);
  const middle = durationText(lengthNs / 2n);
  const half = Math.floor(barWidth / 2);
  const ticks = `0${middle.padStart(half + Math.ceil(middle.length / 2) - 1)}`.padEnd(barWidth - end.length) + end;
  return paint('dim', `${' '.repeat(nameWidth + DURATION_WIDTH + 1)}${ticks}`);
}

/** The bar over the whole trace's time: at least one column, thick on the critical path. */
function barOf(
  node: TreeNode,
  critical: boolean,
  startNs: bigint,
  endNs: bigint,
  width: number,
): { readonly before: number; readonly text: string } {
  const length = Math.max(1, Number(endNs - startNs));
  const before = Math.min(width - 1, Math.floor((Number(node.startNs - startNs) / length) * width));
  const long = Math.round((Number(node.endNs - node.startNs) / length) * width);
  return { before, text: (critical ? '━' : '─').repeat(Math.min(width - before, Math.max(1, long))) };
}

/** The lines of the tree before what belongs to a node; deeper than they could be told apart, the depth as a number. */
function indentOf(nodes: readonly TreeNode[], node: TreeNode): string {
  if (node.depth > MOST_INDENT) return `[${node.depth}] `;
  let indent = '';
  for (let at: TreeNode | undefined = node; at !== undefined && at.depth > 0; at = nodes[at.parent])
    indent = (at.last ? '  ' : '│ ') + indent;
  return indent;
}

function nameOf(nodes: readonly TreeNode[], node: TreeNode): string {
  const indent = indentOf(nodes, node);
  const branch =
    node.depth === 0 || node.depth > MOST_INDENT ? indent : `${indent.slice(0, -2)}${node.last ? '└ ' : '├ '}`;
  const { status, service, operation } = node.span;
  return `${branch}${status === 'error' ? '✗ ' : ''}${oneLine(`${service}: ${operation}`)}`;
}

function painted(
  name: string,
  { span }: TreeNode,
  failed: boolean,
  paint: (style: Style, text: string) => string,
): string {
  if (failed) return paint('red', name);
  const at = name.indexOf(span.service);
  if (at < 0) return name;
  const end = at + span.service.length;
  return `${paint('dim', name.slice(0, at))}${paint(styleOfName(span.service), name.slice(at, end))}${name.slice(end)}`;
}

function fitted(text: string, width: number): string {
  const letters = [...text];
  return letters.length > width
    ? `${letters.slice(0, width - 1).join('')}…`
    : text + ' '.repeat(width - letters.length);
}

/** Log lines by the place of their span; those that name none by the shortest span of their service that was running; -1 else. */
function logsByNode(nodes: readonly TreeNode[], logs: readonly LogRecord[]): Map<number, LogRecord[]> {
  const byId = new Map(nodes.map(({ span }, place) => [span.spanId, place]));
  return Map.groupBy(logs, (log) => {
    const own = log.spanId === null ? undefined : byId.get(log.spanId);
    if (own !== undefined) return own;
    const timeNs = BigInt(log.timeNs);
    let found = -1;
    let shortest = 0n;
    for (const [place, { span, startNs, endNs }] of nodes.entries()) {
      if (span.service !== log.service || timeNs < startNs || timeNs > endNs) continue;
      if (found >= 0 && endNs - startNs >= shortest) continue;
      found = place;
      shortest = endNs - startNs;
    }
    return found;
  });
}

function logLine(
  log: LogRecord,
  indent: string,
  startNs: bigint,
  paint: (style: Style, text: string) => string,
): string {
  const offset = `${BigInt(log.timeNs) < startNs ? '-' : '+'}${durationText(absolute(BigInt(log.timeNs) - startNs))}`;
  const level = log.level === '' ? '' : `${paint(styleOfLevel(log.level), log.level)} `;
  const [first = ''] = withoutControls(messageOf(log.body)).split('\n');
  return `${indent}  ${paint('dim', offset)} ${level}${first}`;
}

/** The message of a JSON line; other lines as they are. */
function messageOf(body: string): string {
  if (!body.startsWith('{')) return body;
  try {
    const value: unknown = JSON.parse(body);
    for (const name of ['msg', 'message', 'body', 'event']) {
      const message: unknown = typeof value === 'object' && value !== null ? Reflect.get(value, name) : undefined;
      if (typeof message === 'string') return message;
    }
  } catch {
    // No JSON after all: shown as it is.
  }
  return body;
}

const absolute = (ns: bigint): bigint => (ns < 0n ? -ns : ns);

export const counted = (count: number, word: string): string =>
  `${count.toLocaleString('en')} ${word}${count === 1 ? '' : 's'}`;

/** `310 µs`, `18.4 ms`, `2.1 s`, `3.5 min`. */
export function durationText(ns: bigint): string {
  const value = Number(ns);
  if (value < 1e3) return `${value} ns`;
  if (value < 1e6) return `${digits(value / 1e3)} µs`;
  if (value < 1e9) return `${digits(value / 1e6)} ms`;
  if (value < 60e9) return `${digits(value / 1e9)} s`;
  return value < 3600e9 ? `${digits(value / 60e9)} min` : `${digits(value / 3600e9)} h`;
}

function digits(value: number): string {
  return value >= 100 ? String(Math.round(value)) : String(Number(value.toPrecision(3)));
}

const oneLine = (text: string): string => withoutControls(text).replace(/\s+/g, ' ');

import { type LogExpr, parse } from '@trilith/lang/logql';
import { labelsToRecord } from '../../model/labels.ts';
import type { LogLineView, LogStream, TailFrame, TailOptions } from '../../query/index.ts';
import { CATEGORIZED, encodeStream } from './encode.ts';
import { ParameterError, parseBounds, parseLimit } from './parameters.ts';

const DEFAULT_LINES = 100;
const MAX_LINES = 5_000;
const MAX_DELAY_SECONDS = 5;

/**
 * What `tail` asks for (pkg/loghttp/tail.go): query, start (an hour ago), limit (lines of history), delay_for (seconds).
 * @throws ParameterError, LogqlParseError
 */
export function tailRequest(
  query: URLSearchParams,
  nowMs: number,
): Omit<TailOptions, 'nowMs' | 'query'> & { readonly log: LogExpr } {
  const log = parse(query.get('query') ?? '');
  if (log.kind !== 'log') throw new ParameterError('only log queries can be tailed, not metric queries');
  const delay = query.get('delay_for') ?? '';
  if (!/^\d*$/.test(delay)) throw new ParameterError(`strconv.Atoi: parsing ${JSON.stringify(delay)}: invalid syntax`);
  if (Number(delay) > MAX_DELAY_SECONDS)
    throw new ParameterError(`delay_for can't be greater than ${MAX_DELAY_SECONDS}`);
  const limit = query.get('limit');
  return {
    log,
    startNs: parseBounds(query, nowMs).startNs,
    historyLines: limit === '0' ? 0 : parseLimit(limit, DEFAULT_LINES, MAX_LINES),
    delayMs: Number(delay) * 1000,
  };
}

/** A frame of Loki's tail. `dropped_entries` names the first of the lines left out, as upstream's does. */
export function encodeTailFrame({ lines, dropped, droppedLines }: TailFrame, categorized: boolean): string {
  const known = categorized ? CATEGORIZED_LINES : PLAIN_LINES;
  const streams = lines.map((line) => {
    let text = known.get(line);
    if (text === undefined) {
      text = JSON.stringify(encodeStream(streamOf(line, categorized)));
      known.set(line, text);
    }
    return text;
  });
  const entries = droppedLines.map(({ timeNs, labels }) => ({
    timestamp: String(timeNs),
    labels: labelsToRecord(labels),
  }));
  const more = { ...(dropped === 0 ? {} : { dropped_entries: entries }), ...(categorized ? CATEGORIZED : {}) };
  const rest = JSON.stringify(more).slice(1);
  return `{"streams":[${streams.join(',')}]${rest === '}' ? rest : `,${rest}`}`;
}

/** Lines as text: those who tail the same get the same lines. */
const PLAIN_LINES = new WeakMap<LogLineView, string>();
const CATEGORIZED_LINES = new WeakMap<LogLineView, string>();

/** A line as a stream of one entry: clients print entries in the order they come. */
function streamOf(
  { position: { timeNs }, line, labels, metadata, parsed }: LogLineView,
  categorized: boolean,
): LogStream {
  if (categorized) return { labels, entries: [{ timeNs, line, metadata, parsed }] };
  return { labels: [...labels, ...metadata, ...parsed], entries: [{ timeNs, line }] };
}

import type { LogLinesAnswer } from '@trilith/contract';
import type { HttpRequest, Route } from '../../base/http.ts';
import { labelsToRecord } from '../../model/labels.ts';
import { type LogLineView, type LogPageQuery, logPage } from '../../query/index.ts';
import type { QueryRouteOptions } from './engines.ts';
import { logQuery } from './logs.ts';
import { answering, RequestError, required, wholeNumber } from './respond.ts';

const DEFAULT_LINES = 500;
const MAX_LINES = 5_000;

/** Pages of lines in both directions. */
export function logLineRoutes({ enginesOf, costOf }: QueryRouteOptions): Route[] {
  return [
    {
      method: 'GET',
      path: '/api/logs/lines',
      handler: answering(async (request, notes) => {
        const { logs } = enginesOf(request.tenant);
        const page = await logPage(logs, pageQuery(request));
        const { streams, lines } = linesAnswer(page.lines);
        const said = notes();
        const warnings = page.cut ? ['more lines of one nanosecond than a page can hold: the rest is left out'] : [];
        return {
          streams,
          lines,
          next: page.next === undefined ? null : cursorText(page.next),
          notes: { ...said, partial: page.cut, warnings },
        } satisfies LogLinesAnswer;
      }, costOf),
    },
  ];
}

function pageQuery(request: HttpRequest): LogPageQuery {
  const direction = request.query.get('direction') ?? 'backward';
  if (direction !== 'backward' && direction !== 'forward')
    throw new RequestError(400, 'bad_request', 'direction must be backward or forward');
  const after = cursorOf(request, 'after');
  const until = cursorOf(request, 'until');
  return {
    log: logQuery(required(request, 'query')),
    startNs: nanoseconds(request, 'start'),
    endNs: nanoseconds(request, 'end'),
    direction,
    limit: Math.min(MAX_LINES, Math.max(1, wholeNumber(request, 'limit', DEFAULT_LINES))),
    ...(after === undefined ? {} : { after }),
    ...(until === undefined ? {} : { until }),
    signal: request.signal,
  };
}

function nanoseconds(request: HttpRequest, name: string): bigint {
  const text = required(request, name);
  if (!/^\d{1,19}$/.test(text))
    throw new RequestError(400, 'bad_request', `${name} must be nanoseconds since the epoch`);
  return BigInt(text);
}

function cursorOf(request: HttpRequest, name: string): LogPageQuery['after'] {
  const text = request.query.get(name) ?? '';
  if (text === '') return undefined;
  const match = /^(\d{1,19})\.([0-9a-f]{1,16})$/.exec(text);
  if (match === null) throw new RequestError(400, 'bad_request', `${name} must be a cursor of an earlier answer`);
  return { timeNs: BigInt(match[1] ?? ''), streamId: BigInt(`0x${match[2]}`) };
}

function cursorText({ timeNs, streamId }: LogLineView['position']): string {
  return `${timeNs}.${streamId.toString(16)}`;
}

/** Lines with each stream's labels said once. */
export function linesAnswer(views: readonly LogLineView[]): Pick<LogLinesAnswer, 'streams' | 'lines'> {
  const places = new Map<bigint, number>();
  const streams: LogLinesAnswer['streams'] = [];
  const lines = views.map((view): LogLinesAnswer['lines'][number] => {
    const { streamId } = view.position;
    let stream = places.get(streamId);
    if (stream === undefined) {
      stream = streams.length;
      places.set(streamId, stream);
      streams.push({ service: view.service, labels: { ...labelsToRecord(view.stream.labels) } });
    }
    return {
      id: `${cursorText(view.position)}.${view.hash}`,
      timeNs: String(view.position.timeNs),
      stream,
      level: view.level,
      line: view.line,
      traceId: view.traceId === '' ? null : view.traceId,
      spanId: view.spanId === '' ? null : view.spanId,
      metadata: { ...labelsToRecord(view.metadata) },
      parsed: { ...labelsToRecord(view.parsed) },
    };
  });
  return { streams, lines };
}

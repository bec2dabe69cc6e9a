import { autocompletion } from '@codemirror/autocomplete';
import type { Extension } from '@codemirror/state';
import { type CompleteStrategy, newCompleteStrategy, PromQLExtension } from '@prometheus-io/codemirror-promql';
import type { MetricRow } from '@trilith/contract';
import { fetchMetrics } from '../data/trilith.ts';
import type { Range } from '../time/range.ts';
import { metricCompletion } from './metricCompletion.ts';

/** As the official package has them: its types are those of another build of CodeMirror. */
type OfficialResult = Awaited<ReturnType<CompleteStrategy['promQL']>>;
type OfficialOption = NonNullable<OfficialResult>['options'][number];

const keptMs = 60_000;
const mostMetrics = 10_000;

/** PromQL with completion from the server: metrics in use come first, each with its series and who asks for it. */
export function promqlSupport(range: () => Range): Extension {
  const official = newCompleteStrategy({ remote: { url: '/prometheus', httpMethod: 'GET' } });
  let known: { readonly rows: Promise<ReadonlyMap<string, MetricRow>>; readonly untilMs: number } | null = null;
  const metrics = (): Promise<ReadonlyMap<string, MetricRow>> => {
    if (known !== null && performance.now() < known.untilMs) return known.rows;
    const rows = fetchMetrics(range(), { search: '', service: '', limit: mostMetrics }).then(
      (answer) => new Map(answer.metrics.map((row) => [row.name, row])),
      // Completion is a convenience: without the list names come in the order of the alphabet.
      () => new Map<string, MetricRow>(),
    );
    known = { rows, untilMs: performance.now() + keptMs };
    return rows;
  };
  const ordered = async (result: OfficialResult): Promise<OfficialResult> => {
    if (result === null || !result.options.some(isMetric)) return result;
    const rows = await metrics();
    const options = result.options.map((option) => (isMetric(option) ? metricCompletion(option, rows) : option));
    return { ...result, options };
  };
  const extension = new PromQLExtension()
    .setComplete({ completeStrategy: { promQL: async (context) => ordered(await official.promQL(context)) } })
    .activateLinter(false)
    .asExtension();
  return [extension, autocompletion()];
}

/** How the official completion marks metric names. */
const isMetric = (option: OfficialOption): boolean => option.type === 'constant';

import { type BenchQuery, form } from './bench_query.ts';
import { NEEDLE, RARE, TRACE_ID } from './data/logs.ts';
import type { GeneratedSet } from './sets.ts';

/**
 * The questions about set L1 in the language of VictoriaLogs (docs.victoriametrics.com/victorialogs/logsql), as close as it has
 * them: lines are stored as they came, as they are here, so a level is a word and a field is unpacked by the query. Its
 * answers have another shape and are not compared. A question it cannot be asked (patterns) is not there.
 */
export function inLogsql({ id }: BenchQuery, { fromMs, toMs }: GeneratedSet): Pick<BenchQuery, 'paths'> | null {
  const start = new Date(fromMs).toISOString();
  const end = new Date(toMs).toISOString();
  const last = (query: string): string => form('/select/logsql/query', { query, start, end, limit: 100 });
  const steps = (query: string): string => form('/select/logsql/stats_query_range', { query, start, end, step: '60s' });
  const all = '{namespace="prod"}';
  const lastMinute = new Date(toMs - 60_000).toISOString();
  const names = { query: '*', start, end };
  const paths: Readonly<Record<string, readonly string[]>> = {
    LQ1: [last('{service="service-3"}')],
    LQ2: [last(`${all} ERROR`)],
    LQ3: [last(`${all} ${NEEDLE}`)],
    LQ3b: [last(`${all} ${RARE}`)],
    LQ4: [last(`${all} absent0f1e2d3c`)],
    LQ5: [last(`${all} ${TRACE_ID}`)],
    LQ6: [steps(`${all} ~"declined in [0-9]+ms" | stats count() lines`)],
    LQ7: [steps(`${all} timeout | stats count() lines`)],
    LQ8: [steps(`${all} | stats by (service) count() lines`)],
    LQ9: [
      form('/select/logsql/stats_query', {
        query: `_time:[${lastMinute}, ${end}] ${all} ERROR | unpack_logfmt fields (user_id) | stats by (user_id) count() lines | sort by (lines desc) limit 20`,
      }),
    ],
    LQ10: [
      steps(`${all} "{\\"level\\"" | unpack_json fields (amount, route) | stats by (route) quantile(0.99, amount) p99`),
    ],
    LQ12: [
      form('/select/logsql/stream_field_names', names),
      form('/select/logsql/stream_field_values', { ...names, field: 'pod' }),
    ],
  };
  const asked = paths[id];
  return asked === undefined ? null : { paths: asked };
}

import { spawnSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/**
 * `npm run compatibility`: runs upstream's own test inputs in the three languages and writes docs/compatibility.md. With
 * `--check` nothing is written and a difference is an error. Where the inputs are not, nothing is done.
 */
const root = join(import.meta.dirname, '..');
const DOCUMENT = join(root, 'docs/compatibility.md');

interface Language {
  readonly folder: string;
  readonly title: string;
  readonly inputs: string;
  readonly column: string;
}

const LANGUAGES: readonly Language[] = [
  {
    folder: 'promql',
    title: 'PromQL',
    inputs: "Prometheus' evaluation scripts (`promql/promqltest/testdata`), every `eval` with its annotations.",
    column: 'script',
  },
  {
    folder: 'logql',
    title: 'LogQL',
    inputs: "Loki's evaluation scripts (`logqltest`).",
    column: 'script',
  },
  {
    folder: 'traceql',
    title: 'TraceQL',
    inputs:
      "Tempo's list of queries (`test_examples.yaml`): valid ones must parse, the others be refused for the same class of reason: no TraceQL, no sense, not supported.",
    column: 'list',
  },
];

interface Run {
  readonly files: readonly { readonly name: string; readonly passed: number; readonly total: number }[];
  readonly reasons: readonly { readonly count: number; readonly reason: string }[];
  readonly passed: number;
  readonly failed: number;
}

/** Reads what the runners print: `name  N of M`, then `count  reason`, then `N passed, M failed`. */
function run(language: Language): Run {
  const script = join(root, 'conformance/src', language.folder, 'main.ts');
  const { stdout, stderr } = spawnSync(process.execPath, [script], { cwd: root, encoding: 'utf8' });
  const end = /^(\d+) passed, (\d+) failed$/m.exec(stdout);
  if (end === null) throw new Error(`${language.folder} did not end as expected:\n${stderr}`);
  return {
    files: [...stdout.matchAll(/^(\S+) +(\d+) of (\d+)$/gm)].map(([, name = '', passed, total]) => ({
      name,
      passed: Number(passed),
      total: Number(total),
    })),
    reasons: [...stdout.matchAll(/^ +(\d+) +(\S.*)$/gm)].map(([, count, reason = '']) => ({
      count: Number(count),
      reason,
    })),
    passed: Number(end[1]),
    failed: Number(end[2]),
  };
}

function section(language: Language, { files, reasons, passed, failed }: Run): string {
  const rows = files.map(({ name, passed: good, total }) => `| \`${name}\` | ${good} | ${total - good} |`);
  const why = reasons.map(({ count, reason }) => `| ${count} | ${reason.replaceAll('|', '\\|')} |`);
  return [
    `### ${language.title}: ${passed} passed, ${failed} failed`,
    language.inputs,
    [`| ${language.column} | passed | failed |`, '| --- | --- | --- |', ...rows].join('\n'),
    ...(why.length === 0 ? [] : [['| failed | because |', '| --- | --- |', ...why].join('\n')]),
  ].join('\n\n');
}

const BEGINNING = `# Compatibility

Written by \`npm run compatibility\`; the figures are from upstream's own test inputs, the rest is kept by hand in
\`scripts/compatibility.ts\`.

## Doors

| protocol | versions and encodings | paths | not taken, and said so |
| --- | --- | --- | --- |
| Prometheus remote write | 1.0 and 2.0, snappy | \`/api/v1/write\`, \`/prometheus/api/v1/write\`, \`/api/v1/push\` | |
| Prometheus scraping | text 0.0.4 and 1.0.0, OpenMetrics, protobuf with native histograms; a \`prometheus.yml\` as it is | \`/metrics\` of the targets | [scraping](scraping.md) |
| OTLP metrics | HTTP: protobuf and JSON; identity, gzip, deflate, zstd. gRPC: identity, gzip | \`/v1/metrics\`, \`/otlp/v1/metrics\`, \`/api/v1/otlp/v1/metrics\`; port 4317 | exponential histograms are kept as native ones |
| OTLP logs | the same | \`/v1/logs\`, \`/otlp/v1/logs\`, \`/loki/otlp/v1/logs\`; port 4317 | |
| OTLP traces | the same | \`/v1/traces\`, \`/otlp/v1/traces\`; port 4317 | attributes of scopes |
| Loki push | protobuf with snappy, JSON; structured metadata | \`/loki/api/v1/push\`, \`/api/prom/push\` | |
| Fluent Bit, Fluentd | \`http\` output: json, json_lines, json_stream, msgpack; Forward protocol v1 with acknowledgements and shared key | \`/fluent\`, \`/fluent/TAG\`; port 24224 | metrics and traces by Forward |
| Elasticsearch | \`_bulk\`, \`_doc\`, \`_create\` and what senders ask first, as of 8.x | \`/_bulk\`, \`/elasticsearch/…\`; port 9200 | \`update\`, \`delete\`: records are only added; templates and policies are acknowledged and let go |
| syslog | RFC 5424, 3164; UDP, TCP (octet counting, line feeds), TLS | \`syslog.…_listen\` | |
| GitLab | webhook of job events | \`/api/ci/gitlab\` | |
| Zipkin | v2 JSON and protobuf, v1 JSON | \`/api/v2/spans\`, \`/api/v1/spans\`; port 9411 | v1 Thrift |
| Jaeger | Thrift over HTTP and UDP (compact, binary), gRPC; remote sampling | \`/api/traces\`; ports 14268, 14250, 6831, 6832, 5778 | [jaeger](jaeger.md) |

OTLP over HTTP is taken on port 4318 as well. With \`compat_ports\`, Prometheus' API is on 9090, Alertmanager's on 9093, Loki's on 3100, Tempo's on
3200, Elasticsearch's on 9200, Zipkin's collector on 9411, Jaeger's on 14268, 14250, 6831 and 6832, its API on 16686 and Forward on 24224.

## HTTP APIs

| product | endpoints |
| --- | --- |
| Prometheus, below \`/prometheus/api/v1\` and \`/api/v1\` | all of Prometheus 3.14's, one by one in [prometheus-api.md](prometheus-api.md) |
| Loki, below \`/loki/api/v1\` | \`query\`, \`query_range\`, \`labels\`, \`label/:name/values\`, \`series\`, \`index/stats\`, \`index/volume\`, \`index/volume_range\`, \`patterns\`, \`detected_labels\`, \`detected_fields\`, \`detected_field/:name/values\`, \`tail\`, \`delete\`, \`format_query\`, \`drilldown-limits\`, \`rules\`, \`status/buildinfo\`; \`/loki/ready\` |
| Elasticsearch, below \`/elasticsearch\` | \`_search\`, \`_msearch\`, \`_count\`, scroll, PIT, \`_field_caps\`, \`_mapping\`, \`_cat/indices\` over logs: [elasticsearch.md](elasticsearch.md) |
| Tempo, below \`/tempo/api\`, and \`tempopb.StreamingQuerier\` over gRPC | all that data sources ask, one by one in [tempo-api.md](tempo-api.md); [all of TraceQL](traceql.md) |
| Alertmanager, below \`/alertmanager/api/v2\` and \`/api/v2\` | all of API v2: [alertmanager.md](alertmanager.md) |
| Jaeger, below \`/jaeger/api\` | \`services\`, \`operations\`, \`traces\`, \`dependencies\` and v3: [jaeger.md](jaeger.md) |
| Trilith, below \`/api\` | \`status\`, \`targets\`, \`problems\`, \`resolve\`, \`counts\`, \`services\`, \`services/:name\`, \`logs/histogram\`, \`logs/fields\`, \`logs/values\`, \`logs/compare\`, \`logs/lines\`, \`logs/context\`, \`traces/search\`, \`traces/operations\`, \`traces/:id\`, \`traces/:id/columns\`, \`traces/:id/attributes\`, \`traces/:id/spans/:span\`, \`traces/:id/logs\`, \`traces/:id/usual\`, \`admin/backup\` |
| health | \`/livez\`, \`/readyz\`, \`/-/ready\`, \`/-/healthy\`, \`/metrics\`, \`/metrics/node\` |

Any other path of these prefixes is answered with 404 in the product's own shape. Deletion of spans
is not there.

## Languages

What a language does not do yet is refused by name, with the place in the query; nothing is computed differently in
silence.

### Switches of PromQL

What upstream keeps behind \`--enable-feature\` is behind the same names here: \`--enable-feature\`,
\`TRILITH_ENABLE_FEATURE\` or \`enable_feature\` in the file, separated by commas. An unknown name is an error. The scripts
below run with all of them on.

| name | what it switches on |
| --- | --- |
| \`promql-experimental-functions\` | \`info\`, \`limitk\`, \`limit_ratio\`, \`mad_over_time\`, \`sort_by_label\`, \`start_timestamp\`, \`ts_of_…_over_time\`, \`histogram_quantiles\` and the others upstream marks as experimental |
| \`promql-extended-range-selectors\` | \`anchored\` and \`smoothed\` |
| \`promql-binop-fill-modifiers\` | \`fill\`, \`fill_left\`, \`fill_right\` |
| \`promql-delayed-name-removal\` | metric names are dropped from the result, not by every operation |
| \`use-start-timestamps\` | \`rate\`, \`irate\`, \`increase\` and \`resets\` see where counters began; \`start_timestamp\` has values |
| \`type-and-unit-labels\` | series that come by OTLP have \`__type__\` and \`__unit__\`; those of other doors do not |
| \`promql-duration-expr\`, \`native-histograms\`, \`ooo-native-histograms\`, \`exemplar-storage\`, \`st-storage\`, \`otlp-deltatocumulative\`, \`metadata-wal-records\`, \`auto-reload-config\`, \`concurrent-rule-eval\` | nothing: always on |

Start timestamps are kept whether or not they are used: from remote write 2.0 (samples and histograms), from OTLP
(\`StartTimeUnixNano\`) and from scrapes in protobuf. A start that stays costs one row a series and day. The \`_created\`
samples of OpenMetrics text stay series.`;

const runs = LANGUAGES.map((language) => ({ language, result: run(language) }));
if (runs.some(({ result }) => result.passed + result.failed === 0)) {
  process.stdout.write('upstream inputs are not here (../shared/conformance): docs/compatibility.md stays as it is\n');
} else {
  const text = [BEGINNING, ...runs.map(({ language, result }) => section(language, result))].join('\n\n');
  const formatted = spawnSync(
    join(root, 'node_modules/.bin/biome'),
    ['format', '--stdin-file-path=docs/compatibility.md'],
    { cwd: root, input: `${text}\n`, encoding: 'utf8' },
  ).stdout;
  if (!process.argv.includes('--check')) writeFileSync(DOCUMENT, formatted);
  else if (readFileSync(DOCUMENT, 'utf8') !== formatted) {
    process.stderr.write('docs/compatibility.md is not what the conformance runs say; run npm run compatibility\n');
    process.exit(1);
  }
}

import { randomUUID } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { type BacktestAnswer, type BacktestRequest, backtestAnswer, backtestProgress } from '@trilith/contract';
import { formatDuration } from '@trilith/lang/promql';
import * as v from 'valibot';
import { parseDurationMs } from '../base/yaml_reader.ts';
import { ask, CommandError, type ServerAddress, serverAddress } from './http.ts';

const HELP = `Usage: trilith backtest [FILE] [--since 30d] [--until 0s] [--group NAME] [--alert NAME] [--logql] [--list N] [--json]
                        [--url URL] [--key KEY]

Says what alerting rules would have done over the history the server has stored: how often each would have fired, and
which pages the server's own alertmanager.yml would have made of that. FILE is a rule file as Prometheus (with --logql:
Loki) has it; without FILE the rules that the server has loaded are taken. Ends with 1 when a rule cannot be evaluated.

  --since 30d   how far back, as a duration; --until how long ago it ends
  --group NAME  only rules of this group; --alert NAME only rules of this name
  --list N      how many alerts and pages to print (20)
  --json        print the server's answer
`;

/** What the command needs of its process. */
export interface BacktestSurroundings {
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly out: (line: string) => void;
  /** For progress. */
  readonly err: (line: string) => void;
  readonly nowMs: () => number;
}

const OPTIONS = {
  since: { type: 'string', default: '30d' },
  until: { type: 'string', default: '0s' },
  group: { type: 'string' },
  alert: { type: 'string' },
  logql: { type: 'boolean', default: false },
  list: { type: 'string', default: '20' },
  json: { type: 'boolean', default: false },
  url: { type: 'string' },
  key: { type: 'string' },
  help: { type: 'boolean', short: 'h', default: false },
} as const;

const PROGRESS_MS = 2_000;

/** `trilith backtest`. Throws CommandError. */
export async function backtestCommand(args: readonly string[], around: BacktestSurroundings): Promise<number> {
  const { values, positionals } = argumentsOf(args);
  if (values.help) {
    around.out(HELP.trimEnd());
    return 0;
  }
  const [file, ...more] = positionals;
  if (more.length > 0) throw new CommandError(HELP.trimEnd());
  const toMs = around.nowMs() - durationOf('--until', values.until);
  const request: BacktestRequest = {
    ...(file === undefined ? {} : { rules: textOf(file), language: values.logql ? 'logql' : 'promql' }),
    ...(values.group === undefined ? {} : { group: values.group }),
    ...(values.alert === undefined ? {} : { alert: values.alert }),
    fromMs: Math.max(0, toMs - durationOf('--since', values.since)),
    toMs,
    id: randomUUID(),
  };
  const known = serverAddress(around.env);
  const server = { url: values.url?.replace(/\/$/, '') ?? known.url, key: values.key ?? known.key };
  const answer = await askedWithProgress(server, request, around.err);
  if (values.json) around.out(JSON.stringify(answer, null, 2));
  else for (const line of report(answer, Number(values.list))) around.out(line);
  return answer.rules.some(({ error }) => error !== '') ? 1 : 0;
}

function argumentsOf(args: readonly string[]) {
  try {
    return parseArgs({ args: [...args], options: OPTIONS, allowPositionals: true });
  } catch (error) {
    throw new CommandError(`${(error as Error).message}\n${HELP}`, { cause: error });
  }
}

function durationOf(name: string, text: string): number {
  const ms = parseDurationMs(text);
  if (ms === undefined) throw new CommandError(`${name} must be a duration as 30d or 6h, not ${JSON.stringify(text)}`);
  return ms;
}

function textOf(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    throw new CommandError(`${path} cannot be read: ${(error as Error).message}`, { cause: error });
  }
}

async function askedWithProgress(
  server: ServerAddress,
  request: BacktestRequest,
  err: (line: string) => void,
): Promise<BacktestAnswer> {
  const showing = setInterval(() => void showProgress(server, request, err), PROGRESS_MS);
  try {
    const parsed = v.safeParse(backtestAnswer, await ask(server, 'POST', '/api/alerts/backtest', request));
    if (!parsed.success) throw new CommandError(`${server.url} did not answer as this version of trilith does`);
    return parsed.output;
  } finally {
    clearInterval(showing);
  }
}

async function showProgress(
  server: ServerAddress,
  { id }: BacktestRequest,
  err: (line: string) => void,
): Promise<void> {
  try {
    const parsed = v.safeParse(backtestProgress, await ask(server, 'GET', `/api/alerts/backtest/${id}`));
    if (!parsed.success) return;
    const { done, all, rule } = parsed.output;
    err(`${Math.floor((done / all) * 100)} %: ${rule}, ${Math.floor(done)} of ${all} rules done`);
  } catch (error) {
    // Progress is a courtesy: the request itself says what is wrong.
    if (!(error instanceof CommandError)) throw error;
  }
}

const plural = (count: number, one: string, many = `${one}s`): string =>
  `${count.toLocaleString('en')} ${count === 1 ? one : many}`;
const length = (ms: number): string => formatDuration(Math.round(ms / 1000) * 1000);
const moment = (ms: number): string => new Date(ms).toISOString().replace('T', ' ').slice(0, 19);

function* report(answer: BacktestAnswer, listed: number): Generator<string> {
  const { totals, rules, notifications, notes, fromMs, toMs } = answer;
  yield `${plural(totals.pages, 'page')} in ${length(toMs - fromMs)}, ${length(totals.firingMs)} firing (${plural(totals.firings, 'alert')} of ${plural(rules.length, 'rule')})`;
  yield '';
  for (const rule of rules) {
    const said =
      rule.error === '' ? `${plural(rule.firings, 'time')}, ${length(rule.firingMs)}` : `FAILED: ${rule.error}`;
    yield `${rule.group} / ${rule.alert}: ${said}`;
    for (const { labels, firedAtMs, resolvedAtMs } of rule.list.slice(0, listed)) {
      const lasted = resolvedAtMs === null ? 'fires still' : length(resolvedAtMs - firedAtMs);
      yield `  ${moment(firedAtMs)}  ${lasted.padEnd(11)}  ${labelText(labels)}`;
    }
    if (rule.firings > listed) yield `  … ${rule.firings - listed} more`;
  }
  if (notifications.length > 0) yield '\nNotifications (UTC)';
  for (const one of notifications.slice(0, listed)) {
    const counts = [one.firing > 0 ? `${one.firing} firing` : '', one.resolved > 0 ? `${one.resolved} resolved` : ''];
    yield `  ${moment(one.timeMs)}  ${one.receiver}  ${counts.filter(Boolean).join(', ')}  ${one.alerts.join(', ')} ${labelText(one.groupLabels)}(${one.reason})`;
  }
  if (totals.notifications > listed) yield `  … ${totals.notifications - listed} more`;
  if (notes.length > 0) yield '';
  for (const note of notes) yield `Note: ${note}`;
}

/** Labels but the alert's name, which is said already. */
function labelText(labels: Readonly<Record<string, string>>): string {
  const pairs = Object.entries(labels).filter(([name]) => name !== 'alertname');
  return pairs.length === 0 ? '' : `{${pairs.map(([name, value]) => `${name}=${JSON.stringify(value)}`).join(', ')}} `;
}

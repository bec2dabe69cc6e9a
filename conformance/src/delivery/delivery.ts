import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { freePort } from '../../../server/src/base/free_port.ts';
import { Program } from '../crash/program.ts';
import { eventually } from '../running_server.ts';
import { type AlertSource, createAlertSource, RULE_FILE, type SourceAlert } from './alert_source.ts';
import { type Fault, type FaultyReceiver, startFaultyReceiver, type Taken } from './faulty_receiver.ts';
import { causeOf, type LedgerAttempt, repetitions } from './repetitions.ts';

export interface DeliveryOptions {
  /** How long receivers fail. */
  readonly faultSeconds: number;
  /**
   * kill -9 of the server while a receiver has taken a notification and not answered yet, spread over that time. One more
   * is before it, when a notification has been decided and not sent.
   */
  readonly kills: number;
  /** Waves of alerts while receivers fail, one group each. */
  readonly waves: number;
  /** Settings of the route; evaluation of the rule. */
  readonly groupIntervalSeconds: number;
  readonly ruleIntervalSeconds: number;
  readonly keep: boolean;
  readonly print: (line: string) => void;
}

/** What became of the alerts of one receiver. */
export interface DeliveryRow {
  readonly fault: string;
  /** Alerts that had to arrive, and those that did. */
  readonly alerts: number;
  readonly arrived: number;
  /** Alerts whose end had to be told, and those of which it was. */
  readonly ended: number;
  readonly endsArrived: number;
  /** Notifications that said the same as one before. */
  readonly duplicates: number;
  /** Of those, such as carried the Idempotency-Key of the one before. */
  readonly sameKey: number;
  readonly attempts: number;
  /** From when an alert fired, or the receiver worked again, to its arrival: the longest, seconds. */
  readonly longestWaitSeconds: number;
}

export interface DeliveryReport {
  readonly rows: readonly DeliveryRow[];
  /** While an answer was waited for. */
  readonly kills: number;
  /** What the program said it made again (`trilith_notifications_repeated_total`), over all its lives. */
  readonly repeated: number;
  /** Duplicates of what a receiver had taken when the program was killed. */
  readonly afterKill: number;
  /** Duplicates of what a receiver had taken, but answered later than the program waited: on a busy machine. */
  readonly afterLateAnswer: number;
  /** All other duplicates. */
  readonly unexplained: number;
  /** Notifications taken of which the ledger has no attempt. */
  readonly notInLedger: number;
  /** Processor time of the server and its engine in the last life, share of one core. */
  readonly cpuShare: number;
  readonly passed: boolean;
}

const FAULTS: readonly Fault[] = ['down', '5xx', 'slow', '429'];
/** Told by hand-held answers, in which the server is killed. */
const KILLED = 'killed';
const PER_WAVE = 3;
const READY_MS = 120_000;
const REFRESH_MS = 60_000;
const LEDGER_POLL_MS = 500;
const WEBHOOK_TIMEOUT = '3s';
const LONG_TIMEOUT = '20s';

/** Runs the whole: a real server, receivers that fail in every way at the same time, kills in between. */
export async function runDelivery(options: DeliveryOptions): Promise<DeliveryReport> {
  const directory = await mkdtemp(join(tmpdir(), 'trilith-delivery-'));
  const receivers = new Map<string, FaultyReceiver>();
  for (const name of [...FAULTS, KILLED]) receivers.set(name, await startFaultyReceiver());
  const run = new DeliveryRun(options, directory, receivers, await freePort());
  try {
    return await run.go();
  } finally {
    await run.program.kill();
    for (const receiver of receivers.values()) await receiver.stop();
    if (options.keep) options.print(`left: ${directory}`);
    else await rm(directory, { recursive: true, force: true });
  }
}

class DeliveryRun {
  readonly program: Program;
  readonly #options: DeliveryOptions;
  readonly #directory: string;
  readonly #receivers: ReadonlyMap<string, FaultyReceiver>;
  readonly #source: AlertSource;
  /** Alerts by receiver, and of those the ones that have been ended. */
  readonly #alerts = new Map<string, SourceAlert[]>();
  readonly #ended = new Set<string>();
  /** What receivers had taken and not answered when the program was killed. */
  readonly #unanswered = new Set<Taken>();
  #next = 0;
  #repeated = 0;
  #recoveredMs = 0;
  #startedMs = 0;
  readonly #beganMs = Date.now();

  constructor(
    options: DeliveryOptions,
    directory: string,
    receivers: ReadonlyMap<string, FaultyReceiver>,
    port: number,
  ) {
    this.#options = options;
    this.#directory = directory;
    this.#receivers = receivers;
    mkdirSync(join(directory, 'data'));
    this.program = new Program(port, join(directory, 'data'), join(directory, 'server.log'));
    this.#source = createAlertSource(`http://127.0.0.1:${port}`);
    writeFileSync(join(directory, 'rules.yml'), RULE_FILE(options.ruleIntervalSeconds));
    writeFileSync(join(directory, 'alertmanager.yml'), alertmanagerConfig(options, receivers));
    writeFileSync(
      join(directory, 'trilith.yaml'),
      `rules: {files: ['${join(directory, 'rules.yml')}']}\nalerting: {config: '${join(directory, 'alertmanager.yml')}'}\n`,
    );
  }

  async go(): Promise<DeliveryReport> {
    const { faultSeconds, waves, kills, print } = this.#options;
    await this.#killBeforeTelling();
    const refreshing = setInterval(() => void this.#source.refresh(), REFRESH_MS);
    try {
      const before = FAULTS.map((fault) => this.#wave(fault));
      await this.#fire(before.flat());
      await this.#arrived(before.flat(), 'alerts of before the faults');
      for (const fault of FAULTS) await this.#receiver(fault).become(fault);
      const beganMs = Date.now();
      print(`receivers fail for ${faultSeconds} s from now on`);
      const slots = waves + kills;
      let killed = 0;
      for (let slot = 0; slot < slots; slot++) {
        await until(beganMs + ((slot + 0.25) / slots) * faultSeconds * 1000);
        // Kills are spread evenly among the waves.
        if (Math.floor(((slot + 1) * kills) / slots) > killed) {
          await this.#killWhileTelling();
          killed++;
        } else await this.#waveInFault(slot, slots, beganMs);
      }
      // Of those that were told before, one has ended where nobody could be told.
      await this.#end(before.map(([first]) => first as SourceAlert));
      await until(beganMs + faultSeconds * 1000);
      for (const fault of FAULTS) await this.#receiver(fault).become('none');
      this.#recoveredMs = Date.now();
      print('receivers work again');
      await this.#arrived([...this.#alerts.values()].flat(), 'every alert');
      await this.#endsArrived();
      // What would be said twice is said by now.
      await delay(2 * this.#options.groupIntervalSeconds * 1000);
    } finally {
      clearInterval(refreshing);
    }
    return this.#report();
  }

  /** Alerts that fire while receivers fail; the first of each wave has ended again half a slot later. */
  async #waveInFault(slot: number, slots: number, beganMs: number): Promise<void> {
    const fired = FAULTS.map((fault) => this.#wave(fault));
    await this.#fire(fired.flat());
    await this.#attempted(fired.flat());
    await until(beganMs + ((slot + 0.75) / slots) * this.#options.faultSeconds * 1000);
    await this.#end(fired.map(([first]) => first as SourceAlert));
  }

  /** The first notification there is: its decision is on disk when the program ends, and nothing was sent. */
  async #killBeforeTelling(): Promise<void> {
    await this.#start('alerting.decided');
    const alerts = this.#wave(KILLED);
    await this.#fire(alerts);
    await eventually('the program ends at its first decision', READY_MS, async () => {
      if (this.program.running) throw new Error('it runs');
    });
    if (this.#receiver(KILLED).attempts() > 0)
      throw new Error('a notification was sent before its decision was on disk');
    this.#options.print('kill -9 after a notification was decided, before it was sent');
    await this.#start();
    await this.#arrived(alerts, 'alerts of before the kill');
    const repeated = await this.#repeatedInThisLife();
    if (repeated !== 1) throw new Error(`made again after the kill: ${repeated}, not 1`);
  }

  async #killWhileTelling(): Promise<void> {
    const alerts = this.#wave(KILLED);
    const held = this.#receiver(KILLED).holdNext();
    await this.#fire(alerts);
    const taken = await held;
    this.#repeated += await this.#repeatedInThisLife();
    await this.program.kill();
    this.#unanswered.add(taken);
    const kills = this.#unanswered.size;
    this.#options.print(`kill -9 number ${kills} after the receiver took a notification, before it answered`);
    await this.#start();
  }

  async #start(fault = ''): Promise<void> {
    this.program.start(fault, {
      TRILITH_CONFIG: join(this.#directory, 'trilith.yaml'),
      TRILITH_OTLP_GRPC_LISTEN: 'off',
      TRILITH_LOG_LEVEL: 'error',
    });
    this.#startedMs = Date.now();
    if (!(await this.program.ready(READY_MS)))
      throw new Error(
        `the server is not ready: ${this.program.ending}\n${readFileSync(join(this.#directory, 'server.log'), 'utf8').slice(-2_000)}`,
      );
  }

  #receiver(name: string): FaultyReceiver {
    const found = this.#receivers.get(name);
    if (found === undefined) throw new Error(`no receiver ${name}`);
    return found;
  }

  #wave(fault: string): SourceAlert[] {
    const wave = String(this.#next);
    const alerts = Array.from({ length: PER_WAVE }, () => ({ fault, wave, n: String(this.#next++) }));
    this.#alerts.set(fault, [...(this.#alerts.get(fault) ?? []), ...alerts]);
    return alerts;
  }

  #fire(alerts: readonly SourceAlert[]): Promise<void> {
    return this.#source.set(alerts, true);
  }

  async #end(alerts: readonly SourceAlert[]): Promise<void> {
    await this.#source.set(alerts, false);
    for (const { n } of alerts) this.#ended.add(n);
  }

  /** Waits until alerting has tried to tell each of them: what ends before anybody tried is told to nobody. */
  async #attempted(alerts: readonly SourceAlert[]): Promise<void> {
    const waves = new Set(alerts.map(({ wave }) => `wave="${wave}"`));
    await eventually('alerts of a wave are tried', READY_MS, async () => {
      await delay(LEDGER_POLL_MS);
      const tried = (await this.#attemptsInLedger()).map(({ groupKey }) => groupKey);
      for (const wave of waves) if (!tried.some((key) => key.includes(wave))) throw new Error(`${wave} was not tried`);
    });
  }

  async #attemptsInLedger(): Promise<readonly LedgerAttempt[]> {
    const { status, body } = await this.program.get(`/api/alerts/history?alert=Delivery&from=${this.#beganMs}`);
    if (status !== 200) throw new Error(`history answers ${status}: ${body.slice(0, 200)}`);
    return (JSON.parse(body) as { attempts: LedgerAttempt[] }).attempts;
  }

  #takenBy({ fault, n }: SourceAlert, status?: string): readonly { readonly atMs: number }[] {
    return this.#receiver(fault).taken.filter(({ alerts }) =>
      alerts.some((one) => one.n === n && (status === undefined || one.status === status)),
    );
  }

  #arrived(alerts: readonly SourceAlert[], what: string): Promise<void> {
    return eventually(`${what} arrive`, READY_MS + 2_000 * this.#options.groupIntervalSeconds, async () => {
      const missing = alerts.filter((alert) => this.#takenBy(alert).length === 0);
      if (missing.length > 0) throw new Error(`${missing.length} are missing, one of ${missing[0]?.fault}`);
    }).catch((error: unknown) => this.#options.print(String(error)));
  }

  #endsArrived(): Promise<void> {
    const ended = [...this.#alerts.values()].flat().filter(({ n }) => this.#ended.has(n));
    return eventually('every end arrives', READY_MS + 2_000 * this.#options.groupIntervalSeconds, async () => {
      const missing = ended.filter((alert) => this.#takenBy(alert, 'resolved').length === 0);
      if (missing.length > 0) throw new Error(`${missing.length} are missing, one of ${missing[0]?.fault}`);
    }).catch((error: unknown) => this.#options.print(String(error)));
  }

  async #repeatedInThisLife(): Promise<number> {
    const { body } = await this.program.get('/metrics');
    return Number(/^trilith_notifications_repeated_total (\d+)$/m.exec(body)?.[1] ?? 0);
  }

  async #report(): Promise<DeliveryReport> {
    const attempts = await this.#attemptsInLedger();
    const tried = new Set(attempts.map(({ groupKey, receiver }) => `${receiver} ${groupKey}`));
    const rows = [...this.#receivers].map(([name, receiver]) => this.#row(name, receiver));
    const notInLedger = [...this.#receivers].flatMap(([name, { taken }]) =>
      taken.filter(({ groupKey }) => !tried.has(`${name} ${groupKey}`)),
    ).length;
    this.#repeated += await this.#repeatedInThisLife();
    const cpuShare = this.#cpuSeconds() / ((Date.now() - this.#startedMs) / 1000);
    const causes = [...this.#receivers].flatMap(([name, { taken }]) =>
      repetitions(taken).map((repetition) => causeOf(repetition, name, this.#unanswered, attempts)),
    );
    const [afterKill, afterLateAnswer, unexplained] = (['kill', 'late answer', 'unknown'] as const).map(
      (cause) => causes.filter((one) => one === cause).length,
    ) as [number, number, number];
    const kills = this.#unanswered.size;
    const passed =
      rows.every(({ alerts, arrived, ended, endsArrived }) => arrived === alerts && endsArrived === ended) &&
      rows.every((row) => row.duplicates === row.sameKey) &&
      // One a kill and group: the one whose answer was being waited for; what was decided and not sent is counted as well.
      afterKill <= Math.min(kills, this.#repeated - 1) &&
      unexplained === 0 &&
      notInLedger === 0;
    return {
      rows,
      kills,
      repeated: this.#repeated,
      afterKill,
      afterLateAnswer,
      unexplained,
      notInLedger,
      cpuShare,
      passed,
    };
  }

  #row(fault: string, { taken, attempts }: FaultyReceiver): DeliveryRow {
    const alerts = this.#alerts.get(fault) ?? [];
    const ended = alerts.filter(({ n }) => this.#ended.has(n));
    const said = repetitions(taken);
    const sameKey = said.filter(({ again, of }) => again.idempotencyKey === of.idempotencyKey).length;
    const waits = alerts.flatMap((alert) => {
      const [first] = this.#takenBy(alert);
      const { firedMs } = this.#source.times(alert);
      if (first === undefined) return [];
      const couldMs =
        fault === KILLED || first.atMs < this.#recoveredMs ? firedMs : Math.max(firedMs, this.#recoveredMs);
      return [(first.atMs - couldMs) / 1000];
    });
    return {
      fault,
      alerts: alerts.length,
      arrived: alerts.filter((alert) => this.#takenBy(alert).length > 0).length,
      ended: ended.length,
      endsArrived: ended.filter((alert) => this.#takenBy(alert, 'resolved').length > 0).length,
      duplicates: said.length,
      sameKey,
      attempts: attempts(),
      longestWaitSeconds: Math.max(0, ...waits),
    };
  }

  /** Of the server and its engine. */
  #cpuSeconds(): number {
    const pids = [this.program.pid, this.program.enginePid()].filter((pid) => pid !== undefined);
    const ticks = pids.map((pid) => {
      const stat = readFileSync(`/proc/${pid}/stat`, 'latin1');
      // pid (command) state …: utime and stime are the twelfth and thirteenth after the command.
      const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
      return Number(fields[11]) + Number(fields[12]);
    });
    return ticks.reduce((sum, own) => sum + own, 0) / 100;
  }
}

function alertmanagerConfig(options: DeliveryOptions, receivers: ReadonlyMap<string, FaultyReceiver>): string {
  const names = [...receivers.keys()];
  const routes = names.map((name) => `    - {receiver: '${name}', matchers: ['fault="${name}"']}`);
  const each = [...receivers].map(
    ([name, { url }]) =>
      `  - {name: '${name}', webhook_configs: [{url: '${url}', timeout: ${name === KILLED ? LONG_TIMEOUT : WEBHOOK_TIMEOUT}}]}`,
  );
  return `
global: {resolve_timeout: ${4 * options.groupIntervalSeconds}s}
route:
  receiver: nobody
  group_by: [fault, wave]
  group_wait: 1s
  group_interval: ${options.groupIntervalSeconds}s
  repeat_interval: 24h
  routes:
${routes.join('\n')}
receivers:
  - name: nobody
${each.join('\n')}
`;
}

const until = (timeMs: number): Promise<void> => delay(Math.max(0, timeMs - Date.now()));

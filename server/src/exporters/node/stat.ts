import { type Family, type FamilySample, single } from './families.ts';

/** Ticks per second of the times in /proc/stat: USER_HZ is 100 on every Linux that Node runs on. */
const TICKS = 100;
const MODES = ['user', 'nice', 'system', 'idle', 'iowait', 'irq', 'softirq', 'steal'] as const;
const CPU_HELP = 'Seconds the CPUs spent in each mode.';

const SINGLES: Readonly<Record<string, readonly [name: string, help: string, type: Family['type']]>> = {
  intr: ['node_intr_total', 'Total number of interrupts serviced.', 'counter'],
  ctxt: ['node_context_switches_total', 'Total number of context switches.', 'counter'],
  processes: ['node_forks_total', 'Total number of forks.', 'counter'],
  btime: ['node_boot_time_seconds', 'Node boot time, in unixtime.', 'gauge'],
  procs_running: ['node_procs_running', 'Number of processes in runnable state.', 'gauge'],
  procs_blocked: ['node_procs_blocked', 'Number of processes blocked waiting for I/O to complete.', 'gauge'],
};

/** /proc/stat (proc_stat(5)): CPU times by mode, boot time, context switches, forks, running and blocked processes. */
export function parseStat(text: string): Family[] {
  const seconds: FamilySample[] = [];
  const guest: FamilySample[] = [];
  const families: Family[] = [];
  for (const line of text.split('\n')) {
    const [key = '', ...fields] = line.split(/\s+/);
    const cpu = /^cpu(\d+)$/.exec(key)?.[1];
    if (cpu !== undefined) {
      for (const [i, mode] of MODES.entries()) {
        seconds.push({
          labels: [
            ['cpu', cpu],
            ['mode', mode],
          ],
          value: Number(fields[i] ?? Number.NaN) / TICKS,
        });
      }
      for (const [i, mode] of ['user', 'nice'].entries()) {
        guest.push({
          labels: [
            ['cpu', cpu],
            ['mode', mode],
          ],
          value: Number(fields[MODES.length + i] ?? Number.NaN) / TICKS,
        });
      }
      continue;
    }
    const known = Object.hasOwn(SINGLES, key) ? SINGLES[key] : undefined;
    if (known !== undefined) families.push(single(...known, Number(fields[0] ?? Number.NaN)));
  }
  return [
    { name: 'node_cpu_seconds_total', help: CPU_HELP, type: 'counter', samples: seconds },
    {
      name: 'node_cpu_guest_seconds_total',
      help: 'Seconds the CPUs spent in guests (VMs) for each mode.',
      type: 'counter',
      samples: guest,
    },
    ...families,
  ];
}

/** What `os.cpus()` knows, where there is no /proc; times in ms. */
export interface CpuTimes {
  readonly user: number;
  readonly nice: number;
  readonly sys: number;
  readonly idle: number;
  readonly irq: number;
}

/** The same families from the operating system's own figures. */
export function cpuFallback(cpus: readonly CpuTimes[], bootTimeSeconds: number): Family[] {
  const samples = cpus.flatMap((times, i) =>
    (
      [
        ['user', times.user],
        ['nice', times.nice],
        ['system', times.sys],
        ['idle', times.idle],
        ['irq', times.irq],
      ] as const
    ).map(
      ([mode, ms]): FamilySample => ({
        labels: [
          ['cpu', String(i)],
          ['mode', mode],
        ],
        value: ms / 1000,
      }),
    ),
  );
  return [
    { name: 'node_cpu_seconds_total', help: CPU_HELP, type: 'counter', samples },
    single('node_boot_time_seconds', 'Node boot time, in unixtime.', 'gauge', bootTimeSeconds),
  ];
}

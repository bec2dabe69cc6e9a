import type { Family, FamilySample } from './families.ts';

/** Partitions, loops and ram disks: their traffic is their disk's already, or none (node_exporter's default). */
const IGNORED = /^(z?ram|loop|fd|(h|s|v|xv)d[a-z]|nvme\d+n\d+p)\d+$/;
const SECTOR_BYTES = 512;
const MS = 0.001;

/** Columns of a line after major, minor and name (Documentation/admin-guide/iostats.rst), with their factor. */
const COLUMNS: readonly (readonly [name: string, help: string, type: Family['type'], factor: number])[] = [
  ['reads_completed_total', 'The total number of reads completed successfully.', 'counter', 1],
  ['reads_merged_total', 'The total number of reads merged.', 'counter', 1],
  ['read_bytes_total', 'The total number of bytes read successfully.', 'counter', SECTOR_BYTES],
  ['read_time_seconds_total', 'The total number of seconds spent by all reads.', 'counter', MS],
  ['writes_completed_total', 'The total number of writes completed successfully.', 'counter', 1],
  ['writes_merged_total', 'The number of writes merged.', 'counter', 1],
  ['written_bytes_total', 'The total number of bytes written successfully.', 'counter', SECTOR_BYTES],
  ['write_time_seconds_total', 'This is the total number of seconds spent by all writes.', 'counter', MS],
  ['io_now', 'The number of I/Os currently in progress.', 'gauge', 1],
  ['io_time_seconds_total', 'Total seconds spent doing I/Os.', 'counter', MS],
  ['io_time_weighted_seconds_total', 'The weighted # of seconds spent doing I/Os.', 'counter', MS],
  ['discards_completed_total', 'The total number of discards completed successfully.', 'counter', 1],
  ['discards_merged_total', 'The total number of discards merged.', 'counter', 1],
  ['discarded_sectors_total', 'The total number of sectors discarded successfully.', 'counter', 1],
  ['discard_time_seconds_total', 'This is the total number of seconds spent by all discards.', 'counter', MS],
  ['flush_requests_total', 'The total number of flush requests completed successfully', 'counter', 1],
  [
    'flush_requests_time_seconds_total',
    'This is the total number of seconds spent by all flush requests.',
    'counter',
    MS,
  ],
];

/** /proc/diskstats. Older kernels have fewer columns. */
export function parseDiskstats(text: string): Family[] {
  const samples: FamilySample[][] = COLUMNS.map(() => []);
  for (const line of text.split('\n')) {
    const [, , device, ...fields] = line.trim().split(/\s+/);
    if (device === undefined || IGNORED.test(device)) continue;
    for (const [i, [, , , factor]] of COLUMNS.entries()) {
      const field = fields[i];
      if (field !== undefined) samples[i]?.push({ labels: [['device', device]], value: Number(field) * factor });
    }
  }
  return COLUMNS.map(([name, help, type], i) => ({ name: `node_disk_${name}`, help, type, samples: samples[i] ?? [] }));
}

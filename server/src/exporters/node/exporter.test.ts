import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { test } from 'node:test';
import { parseDiskstats } from './diskstats.ts';
import { createNodeExporter } from './exporter.ts';
import { renderFamilies } from './families.ts';
import { filesystemFamilies, parseMounts } from './filesystem.ts';
import { parseLoadavg } from './loadavg.ts';
import { parseMeminfo } from './meminfo.ts';
import { parseNetdev } from './netdev.ts';
import { parsePressure } from './pressure.ts';
import { cpuFallback, parseStat } from './stat.ts';
import { parseFileNr, parseVmstat } from './vmstat.ts';

/** The rendered samples, without HELP and TYPE. */
function samplesOf(families: Parameters<typeof renderFamilies>[0]): string[] {
  return renderFamilies(families)
    .split('\n')
    .filter((line) => line !== '' && !line.startsWith('#'));
}

const STAT = `cpu  45134 102 17201 3801228 512 0 377 5442 0 0
cpu0 22011 50 8600 1900100 256 0 300 2721 7 3
intr 9876543 0 9 0
ctxt 55443322
btime 1795308364
processes 12345
procs_running 3
procs_blocked 0
softirq 123 1 2
`;

test('stat: seconds per CPU and mode, without the sum of all CPUs', () => {
  assert.deepEqual(samplesOf(parseStat(STAT)), [
    'node_cpu_seconds_total{cpu="0",mode="user"} 220.11',
    'node_cpu_seconds_total{cpu="0",mode="nice"} 0.5',
    'node_cpu_seconds_total{cpu="0",mode="system"} 86',
    'node_cpu_seconds_total{cpu="0",mode="idle"} 19001',
    'node_cpu_seconds_total{cpu="0",mode="iowait"} 2.56',
    'node_cpu_seconds_total{cpu="0",mode="irq"} 0',
    'node_cpu_seconds_total{cpu="0",mode="softirq"} 3',
    'node_cpu_seconds_total{cpu="0",mode="steal"} 27.21',
    'node_cpu_guest_seconds_total{cpu="0",mode="user"} 0.07',
    'node_cpu_guest_seconds_total{cpu="0",mode="nice"} 0.03',
    'node_intr_total 9876543',
    'node_context_switches_total 55443322',
    'node_boot_time_seconds 1795308364',
    'node_forks_total 12345',
    'node_procs_running 3',
    'node_procs_blocked 0',
  ]);
});

test('meminfo: kB become bytes, counts stay counts, brackets become underscores', () => {
  assert.deepEqual(
    samplesOf(parseMeminfo('MemTotal:       24571360 kB\nActive(anon):     123 kB\nHugePages_Total:       5\n')),
    ['node_memory_MemTotal_bytes 25161072640', 'node_memory_Active_anon_bytes 125952', 'node_memory_HugePages_Total 5'],
  );
});

test('loadavg, file-nr, vmstat', () => {
  const families = [
    ...parseLoadavg('0.50 1.25 2.00 3/512 4242\n'),
    ...parseFileNr('1253\t0\t2466193\n'),
    ...parseVmstat('nr_free_pages 1\npgfault 7\npswpin 2\noom_kill 1\n'),
  ];
  assert.deepEqual(samplesOf(families), [
    'node_load1 0.5',
    'node_load5 1.25',
    'node_load15 2',
    'node_filefd_allocated 1253',
    'node_filefd_maximum 2466193',
    'node_vmstat_pgfault 7',
    'node_vmstat_pswpin 2',
    'node_vmstat_oom_kill 1',
  ]);
});

test('diskstats: sectors become bytes, milliseconds seconds; partitions and loops are left out; old kernels have less', () => {
  const text = ` 252       0 vda 9551 10 200 1500 6038 20 400 2500 3 4000 5000 1 2 3 4 5 6000
 252       1 vda1 1 1 1 1 1 1 1 1 1 1 1
   7       0 loop0 1 1 1 1 1 1 1 1 1 1 1
   8       0 sda 1 0 2 3 0 0 0 0 0 3 3
`;
  const samples = samplesOf(parseDiskstats(text));
  assert.deepEqual(
    samples
      .filter((line) => line.includes('"vda"'))
      .map((line) => line.replace('{device="vda"}', '').replace('node_disk_', '')),
    [
      'reads_completed_total 9551',
      'reads_merged_total 10',
      'read_bytes_total 102400',
      'read_time_seconds_total 1.5',
      'writes_completed_total 6038',
      'writes_merged_total 20',
      'written_bytes_total 204800',
      'write_time_seconds_total 2.5',
      'io_now 3',
      'io_time_seconds_total 4',
      'io_time_weighted_seconds_total 5',
      'discards_completed_total 1',
      'discards_merged_total 2',
      'discarded_sectors_total 3',
      'discard_time_seconds_total 0.004',
      'flush_requests_total 5',
      'flush_requests_time_seconds_total 6',
    ],
  );
  assert.equal(
    samples.some((line) => /vda1|loop0/.test(line)),
    false,
  );
  assert.equal(samples.filter((line) => line.includes('"sda"')).length, 11);
});

test('net/dev: sixteen counters a device, also when no blank follows the colon', () => {
  const text = `Inter-|   Receive                                                |  Transmit
 face |bytes    packets errs drop fifo frame compressed multicast|bytes    packets errs drop fifo colls carrier compressed
    lo: 100 1 0 0 0 0 0 0 100 1 0 0 0 0 0 0
eth0.1:9 8 7 6 5 4 3 2 19 18 17 16 15 14 13 12
`;
  const samples = samplesOf(parseNetdev(text));
  assert.equal(samples.length, 32);
  assert.equal(samples.includes('node_network_receive_errs_total{device="eth0.1"} 7'), true);
  assert.equal(samples.includes('node_network_transmit_carrier_total{device="eth0.1"} 13'), true);
});

test('mounts: kernel file systems are left out, the overlay root of a container is not; blanks are unescaped', () => {
  const mounts = parseMounts(`overlay / overlay rw,relatime,lowerdir=/a 0 0
proc /proc proc rw 0 0
tmpfs /dev/shm tmpfs rw 0 0
overlay /var/lib/docker/overlay2/x/merged overlay rw 0 0
/dev/sdb1 /mnt/my\\040disk ext4 ro,noatime 0 0
`);
  assert.deepEqual(mounts, [
    { device: 'overlay', mountpoint: '/', fstype: 'overlay', readOnly: false },
    { device: '/dev/sdb1', mountpoint: '/mnt/my disk', fstype: 'ext4', readOnly: true },
  ]);
  const usage = { bsize: 4096, blocks: 100, bfree: 50, bavail: 40, files: 10, ffree: 5 };
  const samples = samplesOf(filesystemFamilies(mounts.map((mount, i) => [mount, i === 0 ? usage : undefined])));
  assert.deepEqual(
    samples.map((line) => line.replace(/\{.*mountpoint=("[^"]*")\}/, ' $1')),
    [
      'node_filesystem_size_bytes "/" 409600',
      'node_filesystem_free_bytes "/" 204800',
      'node_filesystem_avail_bytes "/" 163840',
      'node_filesystem_files "/" 10',
      'node_filesystem_files_free "/" 5',
      'node_filesystem_readonly "/" 0',
      'node_filesystem_readonly "/mnt/my disk" 1',
      'node_filesystem_device_error "/" 0',
      'node_filesystem_device_error "/mnt/my disk" 1',
    ],
  );
});

test('pressure: microseconds become seconds', () => {
  const text =
    'some avg10=0.00 avg60=0.00 avg300=0.00 total=2500000\nfull avg10=0.00 avg60=0.00 avg300=0.00 total=1500000\n';
  assert.deepEqual(samplesOf([...parsePressure('cpu', text), ...parsePressure('io', text)]), [
    'node_pressure_cpu_waiting_seconds_total 2.5',
    'node_pressure_io_waiting_seconds_total 2.5',
    'node_pressure_io_stalled_seconds_total 1.5',
  ]);
});

test('without /proc the figures come from Node; what it does not know is left out and nothing fails', async () => {
  const text = await createNodeExporter({ proc: join(tmpdir(), 'there-is-no-such-proc') }).collect();
  assert.match(text, /^node_cpu_seconds_total\{cpu="0",mode="idle"\} \d/m);
  assert.match(text, /^node_memory_MemTotal_bytes \d/m);
  assert.match(text, /^node_load1 \d/m);
  assert.equal(/^node_disk_/m.test(text), false);
  assert.equal(/^node_scrape_collector_success\{.*\} 0$/m.test(text), false);
  assert.equal(
    samplesOf(cpuFallback([{ user: 1000, nice: 0, sys: 500, idle: 2000, irq: 0 }], 7)).includes(
      'node_cpu_seconds_total{cpu="0",mode="system"} 0.5',
    ),
    true,
  );
});

test('a collector that cannot read its file says so and the others go on', async () => {
  const proc = mkdtempSync(join(tmpdir(), 'trilith-proc-'));
  try {
    for (const [path, content] of [
      ['stat', STAT],
      ['loadavg', '1 2 3 4/5 6\n'],
      ['self/mounts', ''],
    ] as const) {
      mkdirSync(dirname(join(proc, path)), { recursive: true });
      writeFileSync(join(proc, path), content);
    }
    // Reading a directory as a file fails with something else than "missing".
    mkdirSync(join(proc, 'meminfo'));
    const text = await createNodeExporter({ proc, now: () => 1_795_308_364_500 }).collect();
    assert.match(text, /^node_scrape_collector_success\{collector="meminfo"\} 0$/m);
    assert.match(text, /^node_scrape_collector_success\{collector="cpu"\} 1$/m);
    assert.match(text, /^node_time_seconds 1795308364\.5$/m);
    assert.match(text, /^node_forks_total 12345$/m);
  } finally {
    rmSync(proc, { recursive: true });
  }
});

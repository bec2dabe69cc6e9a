import type { Unit } from '../chart/units.ts';

export interface HostChart {
  readonly id: 'cpu' | 'memory' | 'load' | 'disk' | 'network' | 'diskSpace';
  readonly unit: Unit;
  readonly max?: number;
  /** PromQL. */
  readonly query: string;
  /** The label whose value names a series; absent when there is one series. */
  readonly nameLabel?: string;
}

const realDisks = 'device!~"loop.*|ram.*|dm-.*|sr.*"';
const realNetworks = 'device!~"lo|veth.*|docker.*|br-.*"';
const realMounts = 'fstype!~"tmpfs|overlay|squashfs|devtmpfs|proc|sysfs|ramfs"';

/** Two sums as one query, told apart by the label `way`. */
function twoWays(first: string, firstSum: string, second: string, secondSum: string): string {
  return `label_replace(${firstSum}, "way", "${first}", "", "") or label_replace(${secondSum}, "way", "${second}", "", "")`;
}

/** The host's first page, in node_exporter's metric names. `window` is the rate window, e.g. `60s`. */
export function hostCharts(window: string): readonly HostChart[] {
  const rate = (metric: string, matchers: string): string => `sum(rate(${metric}{${matchers}}[${window}]))`;
  return [
    { id: 'cpu', unit: 'ratio', max: 1, query: `1 - avg(rate(node_cpu_seconds_total{mode="idle"}[${window}]))` },
    { id: 'memory', unit: 'ratio', max: 1, query: '1 - node_memory_MemAvailable_bytes / node_memory_MemTotal_bytes' },
    { id: 'load', unit: 'short', query: '{__name__=~"node_load1|node_load5|node_load15"}', nameLabel: '__name__' },
    {
      id: 'disk',
      unit: 'Bps',
      query: twoWays(
        'read',
        rate('node_disk_read_bytes_total', realDisks),
        'written',
        rate('node_disk_written_bytes_total', realDisks),
      ),
      nameLabel: 'way',
    },
    {
      id: 'network',
      unit: 'Bps',
      query: twoWays(
        'received',
        rate('node_network_receive_bytes_total', realNetworks),
        'sent',
        rate('node_network_transmit_bytes_total', realNetworks),
      ),
      nameLabel: 'way',
    },
    {
      id: 'diskSpace',
      unit: 'ratio',
      max: 1,
      query: `1 - max by (mountpoint) (node_filesystem_avail_bytes{${realMounts}}) / max by (mountpoint) (node_filesystem_size_bytes{${realMounts}})`,
      nameLabel: 'mountpoint',
    },
  ];
}

/** The keys of the words for series names, under `home.`. */
const words = {
  read: 'read',
  written: 'written',
  received: 'received',
  sent: 'sent',
  node_load1: 'load1',
  node_load5: 'load5',
  node_load15: 'load15',
} as const;
export type HostWord = (typeof words)[keyof typeof words] | 'used';

function isWord(value: string): value is keyof typeof words {
  return Object.hasOwn(words, value);
}

/** What a host series is called: the key of a word, or a name of its own such as a mount point. */
export function hostSeriesName(
  chart: HostChart,
  labels: Readonly<Record<string, string>>,
): { readonly word: HostWord } | { readonly own: string } {
  const value = chart.nameLabel === undefined ? undefined : labels[chart.nameLabel];
  if (value === undefined) return { word: 'used' };
  return isWord(value) ? { word: words[value] } : { own: value };
}

/** A rate window that holds at least four samples at a 15 s interval and spans two steps. */
export function rateWindow(stepMs: number): string {
  return `${Math.max(60, Math.ceil((stepMs * 2) / 1000))}s`;
}

import type { Unit } from '../chart/units.ts';

export interface HostQuery {
  /** PromQL. */
  readonly query: string;
  /** Key of the legend's word under `home.`; absent when the series name themselves. */
  readonly name?: 'used' | 'read' | 'written' | 'received' | 'sent' | 'load1' | 'load5' | 'load15';
}

export interface HostChart {
  readonly id: 'cpu' | 'memory' | 'load' | 'disk' | 'network' | 'diskSpace';
  readonly unit: Unit;
  readonly max?: number;
  readonly queries: readonly HostQuery[];
}

const realDisks = 'device!~"loop.*|ram.*|dm-.*|sr.*"';
const realNetworks = 'device!~"lo|veth.*|docker.*|br-.*"';
const realMounts = 'fstype!~"tmpfs|overlay|squashfs|devtmpfs|proc|sysfs|ramfs"';

/** The host's first page, in node_exporter's metric names. `window` is the rate window, e.g. `1m`. */
export function hostCharts(window: string): readonly HostChart[] {
  return [
    {
      id: 'cpu',
      unit: 'ratio',
      max: 1,
      queries: [{ query: `1 - avg(rate(node_cpu_seconds_total{mode="idle"}[${window}]))`, name: 'used' }],
    },
    {
      id: 'memory',
      unit: 'ratio',
      max: 1,
      queries: [{ query: '1 - node_memory_MemAvailable_bytes / node_memory_MemTotal_bytes', name: 'used' }],
    },
    {
      id: 'load',
      unit: 'short',
      queries: [
        { query: 'node_load1', name: 'load1' },
        { query: 'node_load5', name: 'load5' },
        { query: 'node_load15', name: 'load15' },
      ],
    },
    {
      id: 'disk',
      unit: 'Bps',
      queries: [
        { query: `sum(rate(node_disk_read_bytes_total{${realDisks}}[${window}]))`, name: 'read' },
        { query: `sum(rate(node_disk_written_bytes_total{${realDisks}}[${window}]))`, name: 'written' },
      ],
    },
    {
      id: 'network',
      unit: 'Bps',
      queries: [
        { query: `sum(rate(node_network_receive_bytes_total{${realNetworks}}[${window}]))`, name: 'received' },
        { query: `sum(rate(node_network_transmit_bytes_total{${realNetworks}}[${window}]))`, name: 'sent' },
      ],
    },
    {
      id: 'diskSpace',
      unit: 'ratio',
      max: 1,
      queries: [
        {
          query: `1 - max by (mountpoint) (node_filesystem_avail_bytes{${realMounts}}) / max by (mountpoint) (node_filesystem_size_bytes{${realMounts}})`,
        },
      ],
    },
  ];
}

/** A rate window that holds at least four samples at a 15 s interval and spans two steps. */
export function rateWindow(stepMs: number): string {
  return `${Math.max(60, Math.ceil((stepMs * 2) / 1000))}s`;
}

import type { Family, FamilySample } from './families.ts';

const RECEIVE = ['bytes', 'packets', 'errs', 'drop', 'fifo', 'frame', 'compressed', 'multicast'];
const TRANSMIT = ['bytes', 'packets', 'errs', 'drop', 'fifo', 'colls', 'carrier', 'compressed'];

/** /proc/net/dev (proc_net(5)): two header lines, then one line a device. */
export function parseNetdev(text: string): Family[] {
  const columns = [
    ...RECEIVE.map((field) => ({ direction: 'receive', field })),
    ...TRANSMIT.map((field) => ({ direction: 'transmit', field })),
  ];
  const samples: FamilySample[][] = columns.map(() => []);
  for (const line of text.split('\n').slice(2)) {
    const colon = line.lastIndexOf(':');
    if (colon < 0) continue;
    const device = line.slice(0, colon).trim();
    const fields = line
      .slice(colon + 1)
      .trim()
      .split(/\s+/);
    for (const [i, field] of fields.slice(0, columns.length).entries()) {
      samples[i]?.push({ labels: [['device', device]], value: Number(field) });
    }
  }
  return columns.map(({ direction, field }, i) => ({
    name: `node_network_${direction}_${field}_total`,
    help: `Network device statistic ${direction}_${field}.`,
    type: 'counter',
    samples: samples[i] ?? [],
  }));
}

import { type Labels, labelsFrom, labelsKey } from '../../../server/src/model/labels.ts';
import { type LogSource, memorySource } from '../../../server/src/query/index.ts';
import type { LoadEntry } from './script.ts';

interface Stream {
  readonly labels: Labels;
  readonly records: { timeNs: bigint; line: string; metadata: Labels }[];
}

/** What a script has loaded so far. */
export class Streams {
  private readonly byKey = new Map<string, Stream>();

  clear(): void {
    this.byKey.clear();
  }

  load(entries: readonly LoadEntry[]): void {
    for (const entry of entries) {
      const labels = labelsFrom(
        [...entry.selector.matchAll(/([A-Za-z_]\w*)\s*=\s*"((?:[^"\\]|\\.)*)"/g)].map((m) => [m[1] ?? '', m[2] ?? '']),
      );
      const key = labelsKey(labels);
      const stream = this.byKey.get(key) ?? { labels, records: [] };
      this.byKey.set(key, stream);
      const pairs: [string, string][] = [];
      for (let i = 0; i < entry.metadata.length; i += 2)
        pairs.push([(entry.metadata[i] ?? '').replace(/[^A-Za-z0-9_]/g, '_'), entry.metadata[i + 1] ?? '']);
      const metadata = pairs.sort(([a], [b]) => (a < b ? -1 : 1)).flat();
      for (let i = 0; i < entry.count; i++) {
        const line = entry.line.replaceAll('{{.i}}', String(i));
        stream.records.push({ timeNs: entry.startNs + BigInt(i) * entry.stepNs, line, metadata });
      }
    }
  }

  source(): LogSource {
    return memorySource([...this.byKey.values()]);
  }
}

import { countSamplesBySeries, type StoreReader } from '../store/index.ts';
import { servicesOf } from './cardinality.ts';
import type { SeriesIndex, TimeRange } from './series_index.ts';

/** What one service's metrics received in a stretch of time. */
export interface ServiceSamples {
  /** Empty for series that name no service. */
  readonly name: string;
  readonly series: number;
  readonly samples: number;
}

/** Samples by service, most first. Series the index does not know yet count as naming none. Throws StoreError. */
export async function samplesByService(
  index: SeriesIndex,
  reader: StoreReader,
  range: TimeRange,
  options: { readonly database: string; readonly maxSeconds?: number; readonly signal?: AbortSignal },
): Promise<readonly ServiceSamples[]> {
  const { names, ofReference } = servicesOf(index);
  const services = names.map((name) => ({ name, series: 0, samples: 0 }));
  // Two numbers a series: a million series are 16 MiB, well inside the bound on a result.
  for await (const { rows, ids, counts } of countSamplesBySeries(reader, range, options)) {
    for (let row = 0; row < rows; row++) {
      const reference = index.find(ids[row * 2 + 1] as number, ids[row * 2] as number);
      const service = services[reference < 0 ? 0 : (ofReference[reference] as number)];
      if (service === undefined) continue;
      service.series++;
      service.samples += (counts[row * 2] as number) + (counts[row * 2 + 1] as number) * 4_294_967_296;
    }
  }
  return services.filter(({ series }) => series > 0).sort((a, b) => b.samples - a.samples);
}

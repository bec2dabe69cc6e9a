import { ProtobufWriter } from '../base/protobuf_writer.ts';
import { putHistogram } from '../model/histogram_message.ts';
import type { RecordedSample } from '../rules/index.ts';

/** The bits of Prometheus' stale marker. */
const STALE_BITS = 0x7ff0000000000002n;

/** Samples that rules have made as a remote write 1.0 request (prometheus/prompb/types.proto), not compressed. */
export function recordedRequest(samples: readonly RecordedSample[]): Uint8Array<ArrayBuffer> {
  const out = new ProtobufWriter(samples.length * 192);
  for (const { labels, timeMs, value, stale, histogram } of samples) {
    const series = out.open(1);
    for (let i = 0; i < labels.length; i += 2) {
      const label = out.open(1);
      out.text(1, labels[i] as string);
      out.text(2, labels[i + 1] as string);
      out.close(label);
    }
    if (histogram !== undefined) putHistogram(out, timeMs, histogram);
    else {
      const sample = out.open(2);
      if (stale) out.fixed64(1, STALE_BITS);
      else out.double(1, value);
      out.int64(2, BigInt(timeMs));
      out.close(sample);
    }
    out.close(series);
  }
  return Uint8Array.from(out.finish());
}

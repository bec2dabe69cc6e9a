import { stageExemplar } from './exemplar.ts';
import type { MetadataLines } from './metadata.ts';
import { NhcbCollector } from './nhcb_collector.ts';
import { TextParser } from './parse_text.ts';
import type { ScrapeSink } from './scrape_sink.ts';
import { type LabelPairs, LabelsError, normalizeBounds, parseSeriesLabels } from './series_labels.ts';

function parseLabels(parser: TextParser): LabelPairs {
  try {
    const source = parser.slice(parser.seriesStart, parser.seriesEnd);
    return normalizeBounds(parseSeriesLabels(source, parser.strict), parser.familyType);
  } catch (error) {
    if (error instanceof LabelsError) throw parser.error(error.message);
    throw error;
  }
}

/** Reads a body in one of the text formats. Throws ExpositionError and ScrapeLimitError. */
export function readText(body: Uint8Array<ArrayBuffer>, sink: ScrapeSink, lines: MetadataLines): TextParser {
  const { meta, state, rejections } = sink;
  const parser = new TextParser(body, meta.format === 'openmetrics' ? 'openmetrics' : 'text');
  const collector = meta.histograms.toNhcb ? new NhcbCollector(sink) : undefined;
  const pairs = (): LabelPairs => parseLabels(parser);
  for (let kind = parser.next(); kind !== 'end'; kind = parser.next()) {
    if (kind !== 'sample') {
      lines.note(kind, parser);
      if (kind === 'type') collector?.family(parser.slice(parser.nameStart, parser.nameEnd), parser.familyType);
      continue;
    }
    if (collector?.takes(parser, pairs) === true && !meta.histograms.alwaysClassic) continue;
    sink.count();
    const reference = sink.series(body, parser.seriesStart, parser.seriesEnd, pairs);
    if (reference < 0) continue;
    const timeMs = sink.time(parser.timestampMs);
    if (Number.isNaN(timeMs)) continue;
    sink.sample(reference, parser.value, timeMs, sink.timed(parser.timestampMs));
    if (parser.exemplarStart < 0) continue;
    const exemplar = stageExemplar(parser, reference, timeMs, meta.honorTimestamps, state.exemplars, rejections);
    if (exemplar !== undefined) sink.exemplars.push(exemplar);
  }
  collector?.finish();
  return parser;
}

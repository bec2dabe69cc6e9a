import { METRIC_TYPES, type MetricType } from '../../store/index.ts';
import type { LineKind, TextParser } from './parse_text.ts';
import type { ScrapeColumns } from './scrape_columns.ts';
import { parseMetadataName, unescapeHelp } from './series_labels.ts';
import type { TargetState } from './target_state.ts';

/** Unchanged metadata is handed on again after this long; the columns decide whether it is written. */
const REPEAT_MS = 3_600_000;
const MAX_HELP = 4096;
/** kind, name start, name end, rest start, rest end */
const WIDTH = 5;
const KINDS = ['type', 'help', 'unit'] as const;

/** Where the metadata lines of a scrape stand in its body; strings are only made when they changed. */
export class MetadataLines {
  #lines: number[] = [];

  clear(): void {
    this.#lines.length = 0;
  }

  note(kind: Exclude<LineKind, 'sample' | 'end'>, parser: TextParser): void {
    this.#lines.push(KINDS.indexOf(kind), parser.nameStart, parser.nameEnd, parser.restStart, parser.restEnd);
  }

  /** Hands the families on when they are not those of the target's previous scrape. */
  writeChanged(parser: TextParser, state: TargetState, columns: ScrapeColumns['metadata'], nowMs: number): void {
    const hash = this.#hash(parser.bytes);
    if (hash === state.metadataHash && nowMs - state.metadataMs < REPEAT_MS) return;
    state.metadataHash = hash;
    state.metadataMs = nowMs;
    const families = new Map<string, { type: MetricType; help: string; unit: string }>();
    for (let i = 0; i < this.#lines.length; i += WIDTH) {
      const [kind = 0, nameStart = 0, nameEnd = 0, restStart = 0, restEnd = 0] = this.#lines.slice(i, i + WIDTH);
      const name = parseMetadataName(parser.slice(nameStart, nameEnd));
      const rest = parser.slice(restStart, restEnd);
      const family = families.get(name) ?? { type: 'unknown', help: '', unit: '' };
      if (KINDS[kind] === 'type') family.type = METRIC_TYPES.find((type) => type === rest) ?? 'unknown';
      else if (KINDS[kind] === 'help') family.help = unescapeHelp(rest, parser.strict).slice(0, MAX_HELP);
      else family.unit = rest;
      families.set(name, family);
    }
    for (const [metric, family] of families) columns.append({ metric, ...family }, nowMs);
  }

  /** FNV-1a over the lines' bytes. */
  #hash(bytes: Uint8Array): number {
    let hash = 0x811c9dc5;
    for (let i = 0; i < this.#lines.length; i += WIDTH) {
      const end = this.#lines[i + 4] as number;
      hash = Math.imul(hash ^ (this.#lines[i] as number), 0x01000193);
      for (let at = this.#lines[i + 1] as number; at < end; at++) {
        hash = Math.imul(hash ^ (bytes[at] as number), 0x01000193);
      }
    }
    return hash;
  }
}

import type { SamplingSettings } from '../ingest/index.ts';
import { type HeldRequest, SpanMetrics, type SpanMetricsSettings, SpanStage } from '../ingest/index.ts';
import type { Decode, DecodeContext, Decoded, DoorName } from '../model/ingest.ts';
import type { Section } from '../model/section.ts';
import { type HeldRow, heldSpansSection } from '../store/index.ts';

/** What the door `held-spans` is asked with. */
export interface HeldSpansRequest {
  /** Requests an earlier run held and did not release. */
  readonly earlier?: readonly HeldRow[];
}

/** What the door `held-spans` tells. */
export interface HeldSpansReport {
  /** The run that asks what earlier ones held; undefined once it was told. */
  readonly needsEarlier: number | undefined;
  readonly requests: number;
  readonly bytes: number;
  /** Requests decided at once because too much was held. */
  readonly early: number;
}

/** What a request did here that counts when the log has it. */
export interface SpanToken {
  readonly facts: ReturnType<SpanMetrics['waitFor']>;
  readonly held: HeldRequest | undefined;
  readonly released: readonly HeldRequest[];
}

/** What decoding spans needs of the worker. */
export interface SpanDecoding {
  readonly door: (name: string) => Decode | undefined;
  /** Decides about traces that have waited long enough, or about these. */
  readonly decide: (stage: SpanStage, traces?: ReadonlySet<string>) => void;
}

/** Bodies released at once, bytes: what they become has to fit a frame of the log. */
const RELEASED_BYTES = 8 * 1024 * 1024;
const SPAN_TABLES: ReadonlySet<string> = new Set(['otel_traces', 'otel_traces_trace_id_ts']);

/** What the decode worker remembers of one tenant's spans; it outlives a new configuration. */
export class TenantSpans {
  readonly stage: SpanStage;
  readonly #run: number;
  #nextHeld = 1;
  #knowsEarlier = false;
  #held: HeldRequest | undefined;
  #released: HeldRequest[] = [];

  /** @param run names this run of the worker: later ones have larger numbers */
  constructor(run: number, metrics: SpanMetricsSettings, sampling: SamplingSettings) {
    this.#run = run;
    this.stage = new SpanStage(sampling, metrics.enabled ? new SpanMetrics(run, metrics) : undefined);
  }

  beginRequest(): void {
    this.stage.beginRequest();
    this.#held = undefined;
    this.#released = [];
  }

  /** The door `span-series`: samples of what has changed. */
  series(context: DecodeContext, meta: unknown): Decoded {
    const { metrics } = this.stage;
    if (metrics === undefined) return NOTHING;
    return metrics.flush(context.series, context.nowMs, (meta ?? {}) as Parameters<SpanMetrics['flush']>[2]);
  }

  /** Holds a request that has traces to wait for, whole; returns what is to be stored of it now. */
  hold(
    decoded: Decoded,
    name: DoorName,
    body: Uint8Array<ArrayBuffer>,
    context: DecodeContext,
    decoding: SpanDecoding,
  ): Decoded {
    const { stage } = this;
    const traces = stage.undecided;
    const door = decoding.door(name);
    if (traces.size === 0 || door === undefined) return decoded;
    const counted = decoded.sections.filter(({ table }) => !SPAN_TABLES.has(table));
    if (!stage.tail.hasRoom(body.length)) {
      decoding.decide(stage, traces);
      stage.beginRelease();
      return { ...decoded, sections: [...counted, ...door(body, context, undefined).sections] };
    }
    const position = { run: this.#run, number: this.#nextHeld++ };
    this.#held = { position, door: name, body: body.slice(), timeMs: context.nowMs, traces };
    stage.tail.hold(this.#held);
    const row = { position, released: false, door: name, body };
    return { ...decoded, sections: [...counted, heldSpansSection(context.nowMs, [row])] };
  }

  /** The door `held-spans`: stores what the rules keep of requests whose traces are decided. */
  release(context: DecodeContext, meta: unknown, decoding: SpanDecoding): Decoded {
    const { stage } = this;
    const { earlier } = (meta ?? {}) as HeldSpansRequest;
    const sections: Section[] = [];
    if (earlier !== undefined && !this.#knowsEarlier) {
      this.#knowsEarlier = true;
      for (const row of earlier) sections.push(...this.#takeOver(row, context, decoding));
    }
    decoding.decide(stage);
    stage.beginRelease();
    for (const request of stage.tail.release(RELEASED_BYTES)) {
      this.#released.push(request);
      const door = decoding.door(request.door);
      if (door !== undefined)
        sections.push(...door(request.body, { ...context, nowMs: request.timeMs }, undefined).sections);
    }
    if (this.#released.length > 0) {
      const rows = this.#released.map(({ position, door }) => ({ position, released: true, door, body: NO_BYTES }));
      sections.push(heldSpansSection(context.nowMs, rows));
    }
    return { ...NOTHING, sections, report: this.#report() };
  }

  /** What the request did waits for the log's answer under this token. */
  waitFor(token: number): SpanToken | undefined {
    const waits = { facts: this.stage.metrics?.waitFor(token), held: this.#held, released: this.#released };
    this.#held = undefined;
    this.#released = [];
    return waits.facts === undefined && waits.held === undefined && waits.released.length === 0 ? undefined : waits;
  }

  /** The log's answer. */
  answered({ facts, held, released }: SpanToken, stored: boolean): void {
    if (facts !== undefined) this.stage.metrics?.answered(facts, stored);
    if (stored) return;
    if (held !== undefined) this.stage.tail.forget(held);
    for (const request of released) this.stage.tail.hold(request);
  }

  /** Takes over a request of an earlier run: it waits anew, or is released at once where no rule makes it wait. */
  #takeOver(
    { position, door: name, body }: HeldRow,
    context: DecodeContext,
    decoding: SpanDecoding,
  ): readonly Section[] {
    const { stage } = this;
    const bytes = Uint8Array.from(body);
    const door = decoding.door(name);
    stage.beginAgain();
    const decoded = door?.(bytes, context, undefined).sections ?? [];
    const traces = new Set(stage.undecided);
    const request = { position, door: name, body: bytes, timeMs: context.nowMs, traces };
    if (traces.size > 0) {
      stage.tail.hold(request);
      return [];
    }
    this.#released.push(request);
    return decoded;
  }

  #report(): HeldSpansReport {
    const { tail } = this.stage;
    return {
      needsEarlier: this.#knowsEarlier ? undefined : this.#run,
      requests: tail.heldRequests,
      bytes: tail.heldBytes,
      early: tail.early,
    };
  }
}

const NO_BYTES = new Uint8Array(0);
const NOTHING: Decoded = {
  sections: [],
  accepted: { samples: 0, histograms: 0, exemplars: 0, logs: 0, spans: 0 },
  rejections: [],
};

import { existsSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import protobuf from 'protobufjs';
import { DEFAULT_DECODE_LIMITS } from '../../model/decode_limits.ts';
import type { DecodeContext, Decoded, DecodeLimits } from '../../model/ingest.ts';
import { createMapInterner } from '../../model/map_interner.ts';
import { sectionRows } from '../../store/index.ts';

/** The arrival time of the tests' requests, ms since the epoch. */
export const NOW = Date.UTC(2026, 10, 22, 12, 0, 0);

export function testContext(
  limits: Partial<DecodeLimits> = {},
  nowMs = NOW,
  streams = createMapInterner(),
): DecodeContext {
  return { nowMs, limits: { ...DEFAULT_DECODE_LIMITS, ...limits }, series: createMapInterner(), streams };
}

export function jsonBytes(value: unknown): Uint8Array<ArrayBuffer> {
  return Uint8Array.from(Buffer.from(JSON.stringify(value)));
}

/** All rows of one table. */
export function rowsOf(decoded: Decoded, table: string): Record<string, unknown>[] {
  return decoded.sections.filter((section) => section.table === table).flatMap(sectionRows);
}

export const attribute = (key: string, value: unknown) => ({ key, value });
export const text = (key: string, value: string) => attribute(key, { stringValue: value });

/** Upstream's files, read where they lie beside the repository; undefined when they are not there. */
const upstream = fileURLToPath(new URL('../../../../../shared/conformance/otlp/opentelemetry-proto/', import.meta.url));

export const upstreamMissing = existsSync(upstream) ? false : 'the conformance collection is not beside the repository';

export function upstreamExample(name: string): unknown {
  return JSON.parse(readFileSync(`${upstream}examples/${name}`, 'utf8'));
}

/** Encodes a request (protobufjs objects: bytes as Uint8Array, 64-bit integers as strings) with upstream's definitions. */
export function upstreamEncode(signal: 'logs' | 'trace' | 'metrics', request: object): Uint8Array<ArrayBuffer> {
  const root = new protobuf.Root();
  root.resolvePath = (_, target) => `${upstream}${target}`;
  root.loadSync(`opentelemetry/proto/collector/${signal}/v1/${signal}_service.proto`, { keepCase: false });
  const name = signal[0]?.toUpperCase() + signal.slice(1);
  const type = root.lookupType(`opentelemetry.proto.collector.${signal}.v1.Export${name}ServiceRequest`);
  return Uint8Array.from(type.encode(type.fromObject(request)).finish());
}

/** The same request with ids as bytes, as protobufjs wants them. */
export function withBinaryIds(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withBinaryIds);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, content]) => [
      key,
      /^(?:traceId|spanId|parentSpanId)$/.test(key) && typeof content === 'string'
        ? Buffer.from(content, 'hex')
        : withBinaryIds(content),
    ]),
  );
}

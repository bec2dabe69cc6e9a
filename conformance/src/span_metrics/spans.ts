import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { eventually, type RunningServer } from '../running_server.ts';

export const KIND = { internal: 1, server: 2, client: 3, producer: 4, consumer: 5 } as const;

export interface Span {
  readonly traceId: string;
  readonly spanId: string;
  readonly parentSpanId?: string;
  readonly name: string;
  readonly kind: number;
  readonly ms: number;
  readonly failed?: boolean;
  readonly attributes?: Readonly<Record<string, string>>;
}

/** A random id of so many bytes, in hex. */
export const id = (bytes: number): string => randomBytes(bytes).toString('hex');

/** An OTLP/JSON request with spans of a service that begin now. */
export function body(service: string, spans: readonly Span[]): string {
  const startNs = BigInt(Date.now()) * 1_000_000n;
  return JSON.stringify({
    resourceSpans: [
      {
        resource: { attributes: [{ key: 'service.name', value: { stringValue: service } }] },
        scopeSpans: [
          {
            spans: spans.map(({ ms, failed, attributes = {}, ...span }) => ({
              ...span,
              startTimeUnixNano: String(startNs),
              endTimeUnixNano: String(startNs + BigInt(ms) * 1_000_000n),
              status: { code: failed === true ? 2 : 0 },
              attributes: Object.entries(attributes).map(([key, value]) => ({ key, value: { stringValue: value } })),
            })),
          },
        ],
      },
    ],
  });
}

export async function post(server: RunningServer, text: string): Promise<void> {
  const response = await fetch(`${server.url}/v1/traces`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: text,
  });
  assert.equal(response.status, 200, await response.text());
}

export async function query(
  server: RunningServer,
  promql: string,
): Promise<{ metric: Record<string, string>; value: number }[]> {
  const answer = (await server.get('/api/v1/query', { query: promql })) as {
    data: { result: { metric: Record<string, string>; value: [number, string] }[] };
  };
  return answer.data.result.map(({ metric, value }) => ({ metric, value: Number(value[1]) }));
}

/** The number a query has, once it has the one that is expected. */
export async function hasValue(server: RunningServer, promql: string, expected: number): Promise<void> {
  await eventually(promql, 15_000, async () => {
    const [first] = await query(server, promql);
    assert.equal(first?.value, expected, promql);
  });
}

/** Ends the process as a power failure would. */
export async function kill(server: RunningServer): Promise<void> {
  process.kill(server.pid, 'SIGKILL');
  await eventually('the process is gone', 5_000, async () => assert.equal(server.running(), false));
}

/** Waits until the list of services counts so many requests of a service, from the stored spans of the last ten minutes. */
export async function hasRequests(server: RunningServer, service: string, expected: number): Promise<void> {
  await eventually(`stored requests of ${service}`, 15_000, async () => {
    const toMs = Date.now() + 60_000;
    const fromMs = toMs - 600_000;
    const { services } = (await server.get('/api/services', { from: String(fromMs), to: String(toMs), service })) as {
      services: { requestRate: number | null }[];
    };
    assert.equal(Math.round((services[0]?.requestRate ?? 0) * 600 * 1000) / 1000, expected);
  });
}

import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { gzipSync } from 'node:zlib';
import { damaged } from './mutators.ts';

const TEXT = 'text/plain; version=0.0.4; charset=utf-8';
const OPEN_METRICS = 'application/openmetrics-text; version=1.0.0; charset=utf-8';

/** Good expositions of both formats, with everything they know. */
const CAPTURES: readonly Buffer[] = [
  `# HELP damaged_requests_total Requests.\\nSecond line of help.
# TYPE damaged_requests_total counter
damaged_requests_total{method="POST",code="200",path="/v1/\\"pay\\"\\\\текст"} 1027
damaged_requests_total{method="POST",code="500"} 3
# TYPE damaged_seconds histogram
damaged_seconds_bucket{le="0.1"} 24054
damaged_seconds_bucket{le="+Inf"} 144320
damaged_seconds_sum 53423
damaged_seconds_count 144320
# a comment
damaged_temperature -1.5e-3
damaged_nan NaN
damaged_infinite{a="b",} +Inf
`,
  `# TYPE damaged_pay_seconds histogram
# UNIT damaged_pay_seconds seconds
# HELP damaged_pay_seconds Time to pay.
damaged_pay_seconds_bucket{le="0.5"} 8 # {trace_id="4bf92f3577b34da6a3ce929d0e0e4736"} 0.43
damaged_pay_seconds_bucket{le="+Inf"} 17 # {trace_id="4bf92f3577b34da6a3ce929d0e0e4736"} 9.8 1520879607.789
damaged_pay_seconds_count 17
damaged_pay_seconds_sum 324789.3
# TYPE damaged_jobs counter
damaged_jobs_total{job="a"} 17.0
damaged_jobs_created{job="a"} 1520430000.123
# TYPE damaged_state stateset
damaged_state{damaged_state="on"} 1
# EOF
`,
].map((text) => Buffer.from(text));

export interface DamagedTarget {
  readonly address: string;
  /** Damaged expositions handed out so far. */
  served(): number;
  close(): Promise<void>;
}

/** A scrape target: `/good` always answers well, every other path with the next damaged exposition. */
export async function startDamagedTarget(good: string, seed: number): Promise<DamagedTarget> {
  const bodies = damaged(CAPTURES, Number.POSITIVE_INFINITY, seed);
  let served = 0;
  const server: Server = createServer((request, response) => {
    if (request.url === '/good') {
      response.writeHead(200, { 'content-type': TEXT }).end(good);
      return;
    }
    const k = served++;
    const { body } = bodies.next().value ?? { body: Buffer.alloc(0) };
    // Type and encoding are sometimes those of the body and sometimes a lie.
    const headers: Record<string, string> = { 'content-type': k % 3 === 0 ? TEXT : OPEN_METRICS };
    if (k % 17 === 3) headers['content-type'] = 'text/html';
    if (k % 7 === 2 || k % 11 === 5) headers['content-encoding'] = 'gzip';
    if (k % 23 === 4) headers['content-encoding'] = 'br';
    const packed = k % 7 === 2 ? gzipSync(body) : k % 19 === 6 ? Buffer.alloc(0) : body;
    if (k % 29 === 8) {
      // Fewer bytes than promised.
      response.writeHead(200, { ...headers, 'content-length': String(packed.length + 10) });
      response.write(packed);
      response.destroy();
      return;
    }
    response.writeHead(k % 31 === 9 ? 500 : 200, headers).end(packed);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    address: `127.0.0.1:${(server.address() as AddressInfo).port}`,
    served: () => served,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

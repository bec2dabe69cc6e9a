import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import client from 'prom-client';

/**
 * A service instrumented with prom-client, as a process of its own: `/metrics` in the text format, `/openmetrics` with
 * exemplars. Prints its port; each GET of `/pay` is a payment.
 */
const TRACE = '4bf92f3577b34da6a3ce929d0e0e4736';

const text = new client.Registry();
const payments = new client.Counter({
  name: 'payments_total',
  help: 'Payments by result.',
  labelNames: ['result', 'route'],
  registers: [text],
});
const seconds = new client.Histogram({
  name: 'pay_duration_seconds',
  help: 'Time to pay.',
  labelNames: ['route'],
  buckets: [0.1, 0.5, 1],
  registers: [text],
});
new client.Gauge({ name: 'queue_depth', help: 'Depth.', registers: [text] }).set(7);

const open = new client.Registry<client.OpenMetricsContentType>();
open.setContentType(client.Registry.OPENMETRICS_CONTENT_TYPE);
const traced = new client.Histogram<'route' | 'trace_id'>({
  name: 'traced_duration_seconds',
  help: 'Time to pay, with traces.',
  labelNames: ['route'],
  buckets: [0.1, 0.5, 1],
  enableExemplars: true,
  registers: [open],
});

function pay(): void {
  payments.inc({ result: 'declined', route: '/v1/pay' });
  seconds.observe({ route: '/v1/pay' }, 0.3);
  traced.observe({ labels: { route: '/v1/pay' }, value: 0.3, exemplarLabels: { trace_id: TRACE } });
}

const server = createServer((request, response) => {
  if (request.url === '/pay') {
    pay();
    response.end();
    return;
  }
  const registry = request.url === '/openmetrics' ? open : text;
  registry.metrics().then((body) => response.setHeader('content-type', registry.contentType).end(body));
});
server.listen(0, '127.0.0.1', () => {
  process.stdout.write(`${(server.address() as AddressInfo).port}\n`);
});

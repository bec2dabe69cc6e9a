import { once } from 'node:events';
import { createServer, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

/** As much of a Kubernetes API server as watching pods takes. */
export interface PodApi extends AsyncDisposable {
  readonly url: string;
  /** Selectors of fields that were asked for. */
  readonly asked: ReadonlySet<string>;
  /** Adds a pod, or changes it. */
  put(pod: object): void;
}

/** Serves /api/v1/pods on a free port: a list, then a watch that stays open. */
export async function servePods(first: readonly object[]): Promise<PodApi> {
  const asked = new Set<string>();
  const pods = [...first];
  const watches = new Set<ServerResponse>();
  const server = createServer((request, response) => {
    const { pathname, searchParams } = new URL(request.url ?? '/', 'http://x');
    if (pathname !== '/api/v1/pods') {
      response.writeHead(404).end();
      return;
    }
    asked.add(searchParams.get('fieldSelector') ?? '');
    response.writeHead(200, { 'content-type': 'application/json' });
    if (searchParams.get('watch') !== 'true') {
      response.end(JSON.stringify({ metadata: { resourceVersion: '1' }, items: pods }));
      return;
    }
    response.flushHeaders();
    watches.add(response);
    response.on('close', () => watches.delete(response));
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    asked,
    put(pod) {
      pods.push(pod);
      for (const watch of watches) watch.write(`${JSON.stringify({ type: 'ADDED', object: pod })}\n`);
    },
    async [Symbol.asyncDispose]() {
      server.close();
      server.closeAllConnections();
      await once(server, 'close');
    },
  };
}

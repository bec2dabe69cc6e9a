import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer as createHttpServer } from 'node:http';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';
import { test } from 'node:test';
import { createOutbound } from './outbound.ts';

/** A SOCKS5 proxy that lets `user:pass` through to `port`, whatever name was asked for, and notes that name. */
async function socksProxy(port: number, asked: string[]) {
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    sockets.add(socket);
    socket.on('error', () => socket.destroy());
    const reader = socket[Symbol.asyncIterator]() as AsyncIterator<Buffer>;
    const next = async (): Promise<Buffer> => ((await reader.next()).value as Buffer | undefined) ?? Buffer.alloc(0);
    const converse = async (): Promise<void> => {
      await next();
      socket.write(Buffer.from([5, 2]));
      const login = await next();
      const name = login.subarray(2, 2 + (login[1] as number)).toString();
      const word = login.subarray(3 + (login[1] as number)).toString();
      const welcome = name === 'user' && word === 'pass';
      socket.write(Buffer.from([1, welcome ? 0 : 1]));
      if (!welcome) {
        socket.end();
        return;
      }
      const request = await next();
      asked.push(request.subarray(5, 5 + (request[4] as number)).toString());
      const behind = connect(port, '127.0.0.1', () => {
        socket.write(Buffer.from([5, 0, 0, 1, 127, 0, 0, 1, 0, 80]));
        behind.pipe(socket);
      });
      behind.on('error', () => socket.destroy());
      for (let chunk = await next(); chunk.length > 0; chunk = await next()) behind.write(chunk);
      behind.end();
    };
    // A client that leaves ends the conversation: nothing is left to say.
    converse().catch(() => socket.destroy());
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const close = (): void => {
    server.close();
    for (const socket of sockets) socket.destroy();
  };
  return { address: `127.0.0.1:${(server.address() as AddressInfo).port}`, close };
}

test('a SOCKS5 proxy is asked with the name, logged in to, and its refusal told', async (t) => {
  const target = createHttpServer((request, response) => response.end(`${request.headers.host}${request.url}`));
  target.listen(0, '127.0.0.1');
  await once(target, 'listening');
  const asked: string[] = [];
  const proxy = await socksProxy((target.address() as AddressInfo).port, asked);
  const clientThrough = (login: string) => {
    const url = new URL(`socks5://${login}@${proxy.address}`);
    const outbound = createOutbound({ allowPrivate: true, proxy: { via: () => url } });
    t.after(() => outbound.close());
    return outbound;
  };
  t.after(() => {
    proxy.close();
    target.close();
    target.closeAllConnections();
  });
  const bounds = { timeoutMs: 5_000, maxBytes: 1_000 };
  const answer = await clientThrough('user:pass').send('http://target.example/metrics', bounds);
  assert.equal(Buffer.from(answer.body).toString(), 'target.example/metrics');
  assert.deepEqual(asked, ['target.example']);
  await assert.rejects(clientThrough('user:wrong').send('http://target.example/', bounds), {
    name: 'OutboundError',
    kind: 'unreachable',
  });
});

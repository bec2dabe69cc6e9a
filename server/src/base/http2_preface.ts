import type { Server } from 'node:http';
import type { Socket } from 'node:net';

/** Of `PRI * HTTP/2.0` (RFC 9113, 3.4) what no request of HTTP/1.1 begins with. */
const HTTP2_PREFACE = 'PRI ';

/** Looks at the first bytes of each connection, which have to come in time, before HTTP/1.1 is read from it. */
export function divertHttp2(server: Server, http2: (connection: Socket) => void, withinMs: number): void {
  const serveHttp1 = server.listeners('connection');
  server.removeAllListeners('connection');
  server.on('connection', (socket: Socket) => {
    const giveUp = (): void => void socket.destroy();
    socket.on('error', giveUp);
    socket.setTimeout(withinMs, giveUp);
    socket.once('readable', () => {
      socket.off('timeout', giveUp);
      socket.setTimeout(0);
      const first: Buffer | null = socket.read();
      if (first === null) return;
      socket.off('error', giveUp);
      socket.unshift(first);
      if (first.subarray(0, HTTP2_PREFACE.length).toString('latin1') === HTTP2_PREFACE) http2(socket);
      else for (const listener of serveHttp1) listener.call(server, socket);
    });
  });
}

import { type AddressInfo, createServer, type Server, type Socket } from 'node:net';
import { createServer as createTlsServer } from 'node:tls';

/** Bounds of one listener of plain byte streams. */
export interface StreamLimits {
  readonly connections: number;
  readonly connectionsPerAddress: number;
  /** A connection on which nothing came for this long is closed, ms. */
  readonly idleMs: number;
}

export const DEFAULT_STREAM_LIMITS: StreamLimits = {
  connections: 1_000,
  connectionsPerAddress: 200,
  idleMs: 60 * 60_000,
};

export interface StreamServerOptions {
  readonly host: string;
  readonly port: number;
  /** Certificate and key as PEM; without it connections are plain TCP. */
  readonly tls?: { readonly cert: string | Buffer; readonly key: string | Buffer };
  readonly limits?: Partial<StreamLimits>;
  /** Owns the socket until it is closed. A rejection closes it and is reported to `onError`. */
  readonly serve: (socket: Socket) => Promise<void>;
  /** Also told of connections refused at a limit and of failed handshakes. */
  readonly onError: (error: unknown) => void;
}

export interface StreamServer {
  readonly port: number;
  /** Stops accepting, ends what is open, and after the deadline closes it. */
  close(deadlineMs: number): Promise<void>;
}

/** Opens a TCP or TLS listener with its bounds in force. Rejects when the address cannot be had. */
export async function listenStream(options: StreamServerOptions): Promise<StreamServer> {
  const limits = { ...DEFAULT_STREAM_LIMITS, ...options.limits };
  const sockets = new Set<Socket>();
  const perAddress = new Map<string, number>();
  const accept = (socket: Socket): void => {
    const address = socket.remoteAddress ?? '';
    const count = (perAddress.get(address) ?? 0) + 1;
    // The error event of a socket nobody listens to would end the process; what it says is in its closing too.
    socket.on('error', () => undefined);
    if (count > limits.connectionsPerAddress || sockets.size >= limits.connections) {
      options.onError(new Error(`too many connections from ${address}`));
      socket.destroy();
      return;
    }
    perAddress.set(address, count);
    sockets.add(socket);
    socket.setTimeout(limits.idleMs, () => socket.destroy());
    socket.once('close', () => {
      sockets.delete(socket);
      const left = (perAddress.get(address) ?? 1) - 1;
      if (left === 0) perAddress.delete(address);
      else perAddress.set(address, left);
    });
    options.serve(socket).catch((error: unknown) => {
      options.onError(error);
      socket.destroy();
    });
  };
  const server: Server =
    options.tls === undefined
      ? createServer(accept)
      : createTlsServer({ ...options.tls, minVersion: 'TLSv1.2' }, accept);
  server.on('tlsClientError', (error: Error) => options.onError(error));
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(options.port, options.host, () => {
      server.off('error', reject);
      resolve();
    });
  });
  server.on('error', (error) => options.onError(error));
  return {
    port: (server.address() as AddressInfo).port,
    async close(deadlineMs) {
      const closed = new Promise<void>((resolve) => server.close(() => resolve()));
      for (const socket of sockets) socket.end();
      const timer = setTimeout(() => {
        for (const socket of sockets) socket.destroy();
      }, deadlineMs);
      await closed;
      clearTimeout(timer);
    },
  };
}

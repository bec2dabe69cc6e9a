import { createHash, randomBytes, timingSafeEqual } from 'node:crypto';
import { hostname } from 'node:os';
import { encode } from '@msgpack/msgpack';
import { decodeObject, rawBytes } from './events.ts';

/** Checks that a client has the shared key (Forward protocol v1, "Connection Phase"). */
export interface Handshake {
  /** What is sent first: `["HELO", {nonce, auth, keepalive}]`. */
  readonly helo: Uint8Array;
  /** Reads the client's PING, given where its elements begin. */
  answer(ping: Uint8Array<ArrayBuffer>, elements: readonly number[]): HandshakeAnswer;
}

export interface HandshakeAnswer {
  readonly accepted: boolean;
  /** `["PONG", accepted, reason, server hostname, digest]`. */
  readonly pong: Uint8Array;
}

const NONCE_BYTES = 16;

/** A handshake for one connection. */
export function createHandshake(sharedKey: string): Handshake {
  const nonce = randomBytes(NONCE_BYTES).toString('hex');
  const digest = (salt: Uint8Array, host: Uint8Array | string): string =>
    createHash('sha512').update(salt).update(host).update(nonce).update(sharedKey).digest('hex');
  const server = hostname();
  const refused = (reason: string): HandshakeAnswer => ({
    accepted: false,
    pong: encode(['PONG', false, reason, '', '']),
  });
  return {
    helo: encode(['HELO', { nonce, auth: '', keepalive: true }]),
    answer(ping, elements) {
      const [word = 0, host = 0, salt = 0, sent = 0] = elements;
      if (elements.length < 4 || decodeObject(ping.subarray(word, host)) !== 'PING') return refused('expected a PING');
      // Salts are random bytes under the type of a string.
      const saltBytes = rawBytes(ping, salt) ?? new Uint8Array(0);
      const wanted = Buffer.from(digest(saltBytes, rawBytes(ping, host) ?? ''));
      const given = rawBytes(ping, sent) ?? new Uint8Array(0);
      if (given.length !== wanted.length || !timingSafeEqual(given, wanted)) return refused('shared_key mismatch');
      return { accepted: true, pong: encode(['PONG', true, '', server, digest(saltBytes, server)]) };
    },
  };
}

import type { HalfEdge } from './facts.ts';

/** A request from one service to another, as its spans tell it. */
export interface Edge {
  readonly client: string;
  readonly server: string;
  /** As Tempo's: empty between two services that both told of it. */
  readonly connection: '' | 'messaging_system' | 'database' | 'virtual_node';
  readonly failed: boolean;
  readonly weight: number;
  /** Seconds; undefined where that side told nothing. */
  readonly serverSeconds: number | undefined;
  readonly clientSeconds: number | undefined;
  readonly messagingSeconds: number | undefined;
}

/** A half that waits for the other. */
export interface WaitingHalf {
  readonly half: HalfEdge;
  /** Whether it has found one. It goes on waiting: a message may have many consumers. */
  matched: boolean;
  /** Since when it has waited, ms since the epoch. */
  sinceMs: number;
}

/** A client nobody named: whoever called a service from outside. */
const USER = 'user';
const MOST_WAITING = 100_000;
/** Servers remembered that one client's span called. */
const MOST_OF_ONE_SPAN = 256;

/**
 * Finds the two sides of requests, whatever order and however far apart they come. A pair is one client's span and one
 * server's whose parent it is, each pair counted once; a side that stays alone is an edge to whom it names as the other.
 */
export class EdgePairing {
  readonly #waitMs: number;
  readonly #most: number;
  /** By the key's low half and 21 bits of the high one. */
  readonly #byKey = new Map<number, WaitingHalf[]>();
  #queue: WaitingHalf[] = [];
  #first = 0;
  /** Halves that were given up before their time because too many waited. */
  early = 0;
  /** Halves that found no other and named nobody. */
  alone = 0;

  constructor(waitMs: number, most = MOST_WAITING) {
    this.#waitMs = waitMs;
    this.#most = most;
  }

  /** Takes a half that came at `nowMs`; `emit` is given the edges it completes. */
  add(half: HalfEdge, nowMs: number, emit: (edge: Edge) => void): void {
    if (half.database !== '') {
      emit({
        ...edgeOf(half, undefined),
        server: half.database,
        connection: 'database',
        serverSeconds: half.duration / 1e9,
      });
      return;
    }
    if (half.side === 'server' && half.root) {
      emit({
        ...edgeOf(undefined, half),
        client: half.peer === '' ? USER : half.peer,
        connection: half.messaging && half.peer !== '' ? 'messaging_system' : 'virtual_node',
      });
      return;
    }
    const key = keyOf(half);
    const others = this.#byKey.get(key) ?? [];
    // The same span again; and there is one client's span of an id.
    if (
      others.some(
        ({ half: { side, high, own } }) =>
          side === half.side && high === half.high && (side === 'client' || own === half.own),
      )
    )
      return;
    const waiting: WaitingHalf = { half, matched: false, sinceMs: nowMs };
    for (const other of others) {
      if (other.half.side === half.side || other.half.high !== half.high) continue;
      other.matched = true;
      waiting.matched = true;
      emit(half.side === 'client' ? edgeOf(half, other.half) : edgeOf(other.half, half));
    }
    if (others.length >= MOST_OF_ONE_SPAN) {
      this.early++;
      return;
    }
    this.#wait(waiting, key, others);
    if (this.#queue.length - this.#first > this.#most) {
      this.early++;
      this.#giveUp(emit);
    }
  }

  /** Takes over a half that waited in an earlier run, before all others: what it has found is counted. It waits anew. */
  restore(half: HalfEdge, matched: boolean, nowMs: number): void {
    const key = keyOf(half);
    this.#wait({ half, matched, sinceMs: nowMs }, key, this.#byKey.get(key) ?? []);
  }

  /** Lets go of halves that have waited long enough. */
  expire(nowMs: number, emit: (edge: Edge) => void): void {
    for (let next = this.#queue[this.#first]; next !== undefined; next = this.#queue[this.#first]) {
      if (next.sinceMs + this.#waitMs > nowMs) break;
      this.#giveUp(emit);
    }
    this.#queue = this.#queue.slice(this.#first);
    this.#first = 0;
  }

  /** Halves that wait, those first that came first. */
  waiting(): readonly WaitingHalf[] {
    return this.#queue.slice(this.#first);
  }

  #wait(waiting: WaitingHalf, key: number, others: WaitingHalf[]): void {
    others.push(waiting);
    if (others.length === 1) this.#byKey.set(key, others);
    this.#queue.push(waiting);
  }

  #giveUp(emit: (edge: Edge) => void): void {
    const given = this.#queue[this.#first++];
    if (given === undefined) return;
    const { half } = given;
    const key = keyOf(half);
    const left = (this.#byKey.get(key) ?? []).filter((other) => other !== given);
    if (left.length === 0) this.#byKey.delete(key);
    else this.#byKey.set(key, left);
    if (given.matched) return;
    if (half.side === 'client' && half.peer !== '')
      emit({
        ...edgeOf(half, undefined),
        server: half.peer,
        connection: half.messaging ? 'messaging_system' : 'virtual_node',
      });
    else this.alone++;
  }
}

function keyOf({ low, high }: HalfEdge): number {
  return (high & 0x1f_ffff) * 4_294_967_296 + low;
}

function edgeOf(client: HalfEdge | undefined, server: HalfEdge | undefined): Edge {
  const messaging = (client ?? server)?.messaging === true;
  return {
    client: client?.service ?? '',
    server: server?.service ?? '',
    connection: messaging ? 'messaging_system' : '',
    failed: client?.failed === true || server?.failed === true,
    weight: Math.max(client?.weight ?? 0, server?.weight ?? 0),
    clientSeconds: client === undefined ? undefined : client.duration / 1e9,
    serverSeconds: server === undefined ? undefined : server.duration / 1e9,
    messagingSeconds:
      client !== undefined && server !== undefined && messaging ? messageSeconds(client, server) : undefined,
  };
}

/** From the producer's end to the consumer's start; clocks that disagree make it zero, which is left out. */
function messageSeconds(producer: HalfEdge, consumer: HalfEdge): number | undefined {
  const seconds = (consumer.atMs - producer.atMs) / 1000;
  return seconds > 0 && producer.atMs > 0 && consumer.atMs > 0 ? seconds : undefined;
}

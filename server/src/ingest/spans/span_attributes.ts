import type { WordEntries } from '../../model/stages.ts';
import { wordOf } from '../stages/masking_stage.ts';

/** Numbers of SpanKind (opentelemetry.proto.trace.v1) that have another side. */
export const SPAN_KIND = { server: 2, client: 3, producer: 4, consumer: 5 } as const;

/** Attributes that mean something here, by the place their value has among those found in a span. */
const ATTRIBUTES = [
  'peer.service',
  'db.namespace',
  'db.name',
  'db.system',
  'db.system.name',
  'messaging.destination.name',
  'messaging.system',
  'server.address',
  'network.peer.address',
  'network.peer.port',
  'net.peer.name',
  'http.host',
  'sampler.type',
  'sampler.param',
  'zipkin.shared',
] as const;
type AttributeName = (typeof ATTRIBUTES)[number];
const PLACE = new Map<string, number>(ATTRIBUTES.map((name, i) => [name, i + 1]));

/** Who the other side is: Tempo's peer attributes first, then what OpenTelemetry's conventions name it by. */
const PEER_OF_CLIENT: readonly AttributeName[] = [
  'peer.service',
  'db.name',
  'db.system',
  'db.system.name',
  'messaging.destination.name',
  'server.address',
  'net.peer.name',
  'http.host',
  'messaging.system',
];
/** Who called, where a server's span says it: the addresses in it are its own. */
const PEER_OF_SERVER: readonly AttributeName[] = ['peer.service'];
const PEER_OF_CONSUMER: readonly AttributeName[] = ['peer.service', 'messaging.destination.name', 'messaging.system'];
/** A span with one of these is a request to a database (Tempo, upsertDatabaseRequest). */
const DATABASE: readonly AttributeName[] = ['db.namespace', 'db.name', 'db.system', 'db.system.name'];

/** Where in the columns the values of a span's attributes lie that mean something here; 0 is not there. */
export class FoundAttributes {
  readonly #entries: WordEntries;
  /** The place of each word of the keys; 0 for all others. */
  readonly #places: Uint8Array;
  readonly #any: boolean;
  readonly #values = new Int32Array(ATTRIBUTES.length + 1);

  constructor(entries: WordEntries) {
    this.#entries = entries;
    const { words } = entries.keys;
    this.#places = new Uint8Array(words.rows);
    for (let word = 0; word < words.rows; word++) this.#places[word] = PLACE.get(wordOf(words, word)) ?? 0;
    this.#any = this.#places.some((place) => place !== 0);
  }

  /** Whether any span of the rows may have the attribute. */
  mayHave(name: AttributeName): boolean {
    return this.#places.includes(PLACE.get(name) ?? 0);
  }

  find(row: number): void {
    if (!this.#any) return;
    const { keys, offsets } = this.#entries;
    this.#values.fill(0);
    const end = offsets.at(row);
    for (let entry = row === 0 ? 0 : offsets.at(row - 1); entry < end; entry++) {
      const place = this.#places[keys.index(entry)] as number;
      if (place !== 0) this.#values[place] = entry + 1;
    }
  }

  /** The value of the span looked at last; empty when it has none. */
  value(name: AttributeName): string {
    const entry = this.#values[PLACE.get(name) ?? 0] as number;
    const { values } = this.#entries;
    return entry === 0 ? '' : wordOf(values.words, values.index(entry - 1));
  }

  first(names: readonly AttributeName[]): string {
    for (const name of names) {
      const value = this.value(name);
      if (value !== '') return value;
    }
    return '';
  }
}

/** Whom a span names as the other side. */
export function peerOf(kind: number): readonly AttributeName[] {
  if (kind === SPAN_KIND.server) return PEER_OF_SERVER;
  return kind === SPAN_KIND.consumer ? PEER_OF_CONSUMER : PEER_OF_CLIENT;
}

/** The name of the database a client's span went to (Tempo, upsertDatabaseRequest); empty when it went to none. */
export function databaseOf(attributes: FoundAttributes): string {
  const name = attributes.first(DATABASE);
  if (name === '') return '';
  const named = attributes.first(['peer.service', 'server.address']);
  if (named !== '') return named;
  const address = attributes.value('network.peer.address');
  const port = attributes.value('network.peer.port');
  if (address === '') return name;
  return port === '' ? address : `${address}:${port}`;
}

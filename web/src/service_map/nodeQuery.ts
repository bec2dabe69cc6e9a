import type { MapNode } from '@trilith/contract';

/** The TraceQL that finds the spans behind a node; with `failed` those of status error. */
export function nodeQuery({ name, kind }: Pick<MapNode, 'name' | 'kind'>, failed = false): string {
  const text = JSON.stringify(name);
  const isIt = {
    service: `resource.service.name = ${text}`,
    database: `kind = client && (span.db.namespace = ${text} || span.db.name = ${text} || span.db.system.name = ${text} || span.db.system = ${text} || span.server.address = ${text})`,
    queue: `(span.messaging.destination.name = ${text} || span.messaging.destination = ${text} || span.messaging.system = ${text})`,
    external: `kind = client && (span.peer.service = ${text} || span.server.address = ${text} || span.net.peer.name = ${text})`,
  }[kind];
  return `{ ${isIt}${failed ? ' && status = error' : ''} }`;
}

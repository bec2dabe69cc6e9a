import type { Records, StateKind } from '../state/index.ts';
import type { AlertsAnswer, AlertsRequest } from './alerts_messages.ts';

/** Records that the main thread keeps, read once and then answered from memory: nobody else changes them. */
export function remoteRecords<Body>(
  kind: StateKind<Body>,
  ask: (request: AlertsRequest) => Promise<AlertsAnswer>,
): Records<Body> {
  const of = { name: kind.name, most: kind.most };
  const tenants = new Map<string, Promise<Map<string, Body>>>();
  const held = (tenant: string): Promise<Map<string, Body>> => {
    let loading = tenants.get(tenant);
    if (loading === undefined) {
      loading = load(tenant);
      tenants.set(tenant, loading);
      // What failed is tried again by the next who asks.
      loading.catch(() => tenants.delete(tenant));
    }
    return loading;
  };
  const load = async (tenant: string): Promise<Map<string, Body>> => {
    const answer = await ask({ kind: 'records', of, tenant });
    const bodies = new Map<string, Body>();
    for (const [id, json] of answer.kind === 'records' ? answer.bodies : []) {
      const body = kind.parse(json);
      if (body !== undefined) bodies.set(id, body);
    }
    return bodies;
  };
  return {
    all: held,
    async put(tenant, id, body, author) {
      const bodies = await held(tenant);
      await ask({ kind: 'put-record', of, tenant, id, body, author });
      bodies.delete(id);
      bodies.set(id, body);
      const [oldest] = bodies.keys();
      if (bodies.size > kind.most && oldest !== undefined) bodies.delete(oldest);
    },
  };
}

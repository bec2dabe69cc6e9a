import type { HttpRequest } from '../base/http.ts';

/** What a query worker is started with: how to reach the store as the read-only user, and its bounds. */
export interface QueryWorkerData {
  readonly connection: unknown;
  readonly querySeconds: number;
}

/** A request as it crosses to the worker; the abort signal travels as a cancel message. */
export interface QueryCall {
  readonly method: string;
  readonly path: string;
  readonly query: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Uint8Array<ArrayBuffer>;
  readonly tenant: string;
}

/** `null`: no route of the worker matches. */
export type QueryAnswer = {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Uint8Array<ArrayBuffer> | string;
} | null;

export function toCall(request: Omit<HttpRequest, 'params' | 'signal'>): QueryCall {
  return {
    method: request.method,
    path: request.path,
    query: request.query.toString(),
    headers: { ...request.headers },
    body: request.body,
    tenant: request.tenant,
  };
}

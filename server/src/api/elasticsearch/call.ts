import type { HttpRequest, HttpResponse } from '../../base/http.ts';
import type { SearchSource } from '../../query/index.ts';

/** What a handler is given beside the request. */
export interface Call {
  readonly source: SearchSource;
  readonly nowMs: number;
}

export type ElasticHandler = (request: HttpRequest, call: Call) => Promise<HttpResponse> | HttpResponse;

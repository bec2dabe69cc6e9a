import { type HttpHandler, jsonResponse, type Route } from '../../base/http.ts';
import { text } from '../spans/index.ts';

/** The share of traces that clients are told to send: all of them; what is kept is decided here. */
export const SAMPLING_RATE = 1;

/**
 * What clients with a remote sampler ask an agent (5778) or collector (14268) every minute (jaegertracing.io/docs, APIs:
 * "Remote Sampling Configuration"). Any key may ask.
 */
export function jaegerSamplingRoutes(): Route[] {
  const strategy: HttpHandler = ({ query }) =>
    (query.get('service') ?? '') === ''
      ? text(400, "'service' parameter must be provided once")
      : jsonResponse(200, {
          strategyType: 'PROBABILISTIC',
          probabilisticSampling: { samplingRate: SAMPLING_RATE },
        });
  /** No restrictions: any baggage may be set. */
  const restrictions: HttpHandler = () => jsonResponse(200, []);
  const get = (path: string, handler: HttpHandler): Route => ({ method: 'GET', path, handler, anyKey: true });
  return [
    get('/jaeger/sampling', strategy),
    get('/jaeger/api/sampling', strategy),
    get('/jaeger/baggageRestrictions', restrictions),
  ];
}

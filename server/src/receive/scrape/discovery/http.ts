import { createHttpClient } from '../../../base/http_client.ts';
import type { HttpClientConfig } from '../../../base/http_settings.ts';
import { parseGroupJson } from './group_file.ts';
import { refreshing } from './refresh.ts';
import type { Discovery, DiscoveryContext } from './target_group.ts';

const MAX_BYTES = 64 * 1024 * 1024;

/** `http_sd_configs`: an endpoint that answers with target groups as JSON (prometheus.io/docs/prometheus/latest/http_sd). */
export function discoverHttp(
  config: { readonly url: string; readonly refreshMs: number } & HttpClientConfig,
  context: DiscoveryContext,
): Discovery {
  const { url, refreshMs } = config;
  const client = createHttpClient(config, context.directory);
  const refresh = refreshing(refreshMs, context, async (signal) => {
    const headers = {
      accept: 'application/json',
      'x-prometheus-refresh-interval-seconds': String(refreshMs / 1000),
    };
    const response = await client.send(url, { headers, timeoutMs: refreshMs, maxBytes: MAX_BYTES, signal });
    if (response.status !== 200) throw new Error(`server returned HTTP status ${response.status}`);
    const type = (response.headers['content-type'] ?? '').trim();
    if (!/^application\/json(?:\s*;\s*charset=utf-8)?$/i.test(type))
      throw new Error(`unsupported content type ${JSON.stringify(type)}`);
    return parseGroupJson(Buffer.from(response.body).toString('utf8'), url);
  });
  return {
    async stop() {
      await refresh.stop();
      client.close();
    },
  };
}

import type { DiscoveryConfig } from '../config/types.ts';
import { discoverDns } from './dns.ts';
import { discoverFiles } from './file.ts';
import { discoverHttp } from './http.ts';
import { discoverKubernetes } from './kubernetes/kubernetes.ts';
import type { Discovery, DiscoveryContext } from './target_group.ts';

/** Starts looking for targets as one entry of `<kind>_sd_configs` says. */
export function discover(config: DiscoveryConfig, context: DiscoveryContext): Discovery {
  switch (config.kind) {
    case 'file':
      return discoverFiles(config, context);
    case 'http':
      return discoverHttp(config, context);
    case 'dns':
      return discoverDns(config, context);
    case 'kubernetes':
      return discoverKubernetes(config, context);
  }
}

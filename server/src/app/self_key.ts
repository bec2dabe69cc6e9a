import { createHash, randomBytes } from 'node:crypto';
import type { KeyRecord } from '../access/index.ts';
import { Secret } from '../base/secret.ts';

/** A viewer's key for scraping ourselves where keys are asked for; lives as long as the process. */
export function createSelfKey(): { readonly key: Secret; readonly record: KeyRecord } {
  const key = randomBytes(32).toString('hex');
  const sha256 = createHash('sha256').update(key).digest('hex');
  return { key: new Secret(key), record: { name: 'self', role: 'viewer', tenant: 'trilith', sha256 } };
}

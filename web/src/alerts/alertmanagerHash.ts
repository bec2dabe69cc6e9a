/**
 * Where an address of Alertmanager's UI leads here: links in pages are of its form, `/#/alerts?receiver=team`.
 * Null for a hash that is none of them.
 */
export function fromAlertmanagerHash(hash: string): string | null {
  return /^#\/(alerts|silences|status|receivers)\b/.test(hash) ? '/alerts' : null;
}

/** An address out of somebody's data as one may follow it: http and https only, else null. */
export function safeLink(address: string | undefined): string | null {
  return address !== undefined && /^https?:\/\//i.test(address) && URL.canParse(address) ? address : null;
}

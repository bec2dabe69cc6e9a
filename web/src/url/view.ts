import { useMemo } from 'react';
import { useSearch } from 'wouter';
import { navigate, useLocationProperty } from 'wouter/use-browser-location';

/** What every screen shares, and therefore what a link to another screen keeps. */
const shared = ['from', 'to', 'tz', 'refresh', 'scope'] as const;

export type Patch = Readonly<Record<string, string | null | undefined>>;

/** A search string with some parameters set and those given as null or empty removed. */
export function patchSearch(search: string, patch: Patch): string {
  const params = new URLSearchParams(search);
  for (const [name, value] of Object.entries(patch)) {
    if (value === null || value === undefined || value === '') params.delete(name);
    else params.set(name, value);
  }
  return params.toString();
}

/** The address of a screen that keeps the shared parameters of `search` (time, zone, refresh, scope). */
export function screenHref(path: string, patch: Patch = {}, search = ''): string {
  const current = new URLSearchParams(search);
  const kept = new URLSearchParams();
  for (const name of shared) {
    const value = current.get(name);
    if (value !== null) kept.set(name, value);
  }
  const text = patchSearch(kept.toString(), patch);
  return text === '' ? path : `${path}?${text}`;
}

/**
 * The segment after `/services/` and the like, decoded whole: the router leaves `%3D`, `%2F` and other reserved
 * characters of a name encoded. Text that is not percent-encoding is taken as it is.
 */
export function namedIn(pathname: string): string {
  const segment = pathname.split('/')[2] ?? '';
  try {
    return decodeURIComponent(segment);
  } catch {
    // A stray % typed by hand.
    return segment;
  }
}

export interface View {
  readonly search: string;
  readonly params: URLSearchParams;
  /** Changes parameters of this screen: a new history entry, or with `replace` none (typing, dragging). */
  readonly set: (patch: Patch, options?: { readonly replace?: boolean }) => void;
}

/** Changes parameters of the address as it is now: two changes in one tick must not undo each other. */
function setParams(patch: Patch, options: { readonly replace?: boolean } = {}): void {
  const text = patchSearch(window.location.search, patch);
  if (`?${text}` === window.location.search) return;
  navigate(window.location.pathname + (text === '' ? '' : `?${text}`), { replace: options.replace ?? false });
}

/** The view state: the URL's parameters and the way to change them. */
export function useView(): View {
  const search = useSearch();
  return useMemo(() => ({ search, params: new URLSearchParams(search), set: setParams }), [search]);
}

/** One parameter, for what need not be drawn anew when another changes; null when it is missing. */
export function useParam(name: string): readonly [value: string | null, set: View['set']] {
  return [useLocationProperty(() => new URLSearchParams(window.location.search).get(name)), setParams];
}

/** The parameters that a link to another screen keeps, as a search string. */
export function useSharedSearch(): string {
  return useLocationProperty(() => screenHref('', {}, window.location.search));
}

/** Goes to a screen, keeping what screens share. */
export function goTo(path: string, patch: Patch = {}): void {
  navigate(screenHref(path, patch, window.location.search));
}

import type { Patch } from '../url/view.ts';

/** What of a screen's address belongs to its views; the time never does. */
export interface ViewParameters {
  readonly kept: readonly string[];
  /** Parameters of the moment, for which another view has no use. */
  readonly dropped: readonly string[];
}

/** The parameters of a search string that a view keeps. */
export function viewOf(search: string, { kept }: ViewParameters): string {
  const params = new URLSearchParams(search);
  return new URLSearchParams([...params].filter(([name]) => kept.includes(name))).toString();
}

/** The change of the address that shows a view: its parameters, and none of the others a view may have. */
export function viewPatch(search: string, { kept, dropped }: ViewParameters): Patch {
  const params = new URLSearchParams(search);
  const gone = dropped.map((name) => [name, null] as const);
  return Object.fromEntries([...kept.map((name) => [name, params.get(name)] as const), ...gone]);
}

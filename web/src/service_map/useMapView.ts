import { mapNodeKind } from '@trilith/contract';
import { useMemo } from 'react';
import { type Patch, useView } from '../url/view.ts';
import { type Layout, layouts } from './layout.ts';
import type { MapFilter } from './mapFilter.ts';

export const depths = [1, 2, 3] as const;
export const nodeKinds = mapNodeKind.options;
const defaultDepth = 2;

export interface MapView {
  /** The node asked for as the middle; `all` for the whole map, null where nothing was asked. */
  readonly focus: string | null;
  readonly depth: number;
  readonly filter: MapFilter;
  readonly layout: Layout;
  /** Whether rare calls are drawn. */
  readonly rare: boolean;
  /** The node that is open at the side. */
  readonly open: string | null;
  readonly set: (patch: Patch, options?: { readonly replace?: boolean }) => void;
}

/** Everything the map shows, from the URL. */
export function useMapView(): MapView {
  const { params, set } = useView();
  return useMemo(
    () => ({
      focus: params.get('focus'),
      depth: depths.find((one) => String(one) === params.get('depth')) ?? defaultDepth,
      filter: {
        text: params.get('find') ?? '',
        kind: nodeKinds.find((one) => one === params.get('kind')) ?? null,
        failing: params.get('errors') === 'only',
      },
      layout: layouts.find((one) => one === params.get('layout')) ?? 'right',
      rare: params.get('rare') === 'show',
      open: params.get('node'),
      set,
    }),
    [params, set],
  );
}

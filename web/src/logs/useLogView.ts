import { useMemo } from 'react';
import { useScope } from '../app/useServices.ts';
import { type Patch, useView } from '../url/view.ts';
import { isLogql, type SearchOptions, toLogql } from './searchText.ts';

export interface LogView {
  /** What stands in the box. */
  readonly text: string;
  readonly options: SearchOptions;
  /** The LogQL it becomes. */
  readonly query: string;
  readonly isLogql: boolean;
  readonly wrap: boolean;
  readonly raw: boolean;
  readonly live: boolean;
  readonly fields: boolean;
  readonly columns: readonly string[];
  /** The id of the open line. */
  readonly open: string | null;
  readonly set: (patch: Patch, options?: { readonly replace?: boolean }) => void;
}

/** Everything the logs screen shows, from the URL. */
export function useLogView(): LogView {
  const view = useView();
  const scope = useScope();
  const { params } = view;
  return useMemo(() => {
    const text = params.get('q') ?? '';
    const options = { caseSensitive: params.has('aa'), wholeWord: params.has('word'), regex: params.has('re') };
    return {
      text,
      options,
      query: toLogql(text, options, scope),
      isLogql: text.trim() !== '' && isLogql(text),
      wrap: params.has('wrap'),
      raw: params.has('raw'),
      live: params.has('live'),
      fields: params.get('fields') !== 'off',
      columns: (params.get('cols') ?? '').split(',').filter((name) => name !== ''),
      open: params.get('line'),
      set: view.set,
    };
  }, [params, scope, view.set]);
}

import { useMemo } from 'react';
import { useScope } from '../app/useServices.ts';
import { type Patch, useView } from '../url/view.ts';
import { type Column, readColumns } from './columns.ts';
import { isLogql, type SearchOptions, toLogql } from './searchText.ts';

export const logForms = ['list', 'table', 'json', 'patterns', 'compare'] as const;
export type LogForm = (typeof logForms)[number];

export interface LogView {
  /** What stands in the box. */
  readonly text: string;
  readonly options: SearchOptions;
  /** The LogQL it becomes. */
  readonly query: string;
  readonly isLogql: boolean;
  readonly form: LogForm;
  readonly wrap: boolean;
  readonly raw: boolean;
  readonly dense: boolean;
  readonly live: boolean;
  readonly fields: boolean;
  readonly columns: readonly Column[];
  /** The id of the open line. */
  readonly open: string | null;
  /** Lines later than this moment (ms) are left out. */
  readonly atMs: number | null;
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
    const at = params.get('at') ?? '';
    return {
      text,
      options,
      query: toLogql(text, options, scope),
      isLogql: text.trim() !== '' && isLogql(text),
      form: logForms.find((one) => one === params.get('view')) ?? 'list',
      wrap: params.has('wrap'),
      raw: params.has('raw'),
      dense: params.has('dense'),
      live: params.has('live'),
      fields: params.get('fields') !== 'off',
      columns: readColumns(params.get('cols')),
      open: params.get('line'),
      atMs: /^\d{1,15}$/.test(at) ? Number(at) : null,
      set: view.set,
    };
  }, [params, scope, view.set]);
}

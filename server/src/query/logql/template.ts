import { LogqlError, unsupported } from './query_error.ts';
import type { RowLabels } from './row_labels.ts';

/** Renders a line_format or label_format template for one record. */
export type Template = (labels: RowLabels, line: string, timeNs: bigint) => string;

/**
 * Templates made of text and plain fields: `{{.status}}`, `{{ __line__ }}`, `{{ __timestamp__ }}` is left out because its
 * default form is Go's. Anything more is refused by name.
 */
export function compileTemplate(text: string, span: { readonly start: number }): Template {
  const parts: (string | { readonly field: string })[] = [];
  let rest = text;
  for (;;) {
    const open = rest.indexOf('{{');
    if (open < 0) break;
    const close = rest.indexOf('}}', open);
    if (close < 0) throw new LogqlError('execution', 'parse error : invalid template: template: unclosed action');
    let before = rest.slice(0, open);
    let action = rest.slice(open + 2, close);
    if (action.startsWith('- ')) before = before.trimEnd();
    rest = rest.slice(close + 2);
    if (action.endsWith(' -')) rest = rest.trimStart();
    action = action.replace(/^- /, '').replace(/ -$/, '').trim();
    parts.push(before);
    const field = /^\.([A-Za-z_][A-Za-z0-9_]*)$/.exec(action)?.[1] ?? (action === '__line__' ? '' : undefined);
    if (field === undefined) throw unsupported(`the template action {{${action}}}`, span);
    parts.push({ field });
  }
  parts.push(rest);
  return (labels, line) => {
    let out = '';
    for (const part of parts) {
      if (typeof part === 'string') out += part;
      else out += part.field === '' ? line : (labels.get(part.field) ?? '');
    }
    return out;
  };
}

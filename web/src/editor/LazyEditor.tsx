import { lazy, Suspense } from 'react';
import type { QueryEditorProps } from './QueryEditor.tsx';

const QueryEditor = lazy(async () => ({ default: (await import('./QueryEditor.tsx')).QueryEditor }));

/** The editor, loaded when first needed; the text is readable meanwhile. */
export function LazyEditor(props: QueryEditorProps) {
  return (
    <Suspense
      fallback={
        <div className="query-editor query-editor-waiting">{props.value === '' ? props.placeholder : props.value}</div>
      }
    >
      <QueryEditor {...props} />
    </Suspense>
  );
}

import { Button } from '@mantine/core';
import { useEffect, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { SavedViews } from '../app/SavedViews.tsx';
import { LazyEditor } from '../editor/LazyEditor.tsx';
import { useTime } from '../time/TimeContext.tsx';
import { everything } from './formQuery.ts';
import { searchHistory, searchParameters } from './kept.ts';
import { SearchHistory } from './SearchHistory.tsx';
import { SpanAlertButton } from './SpanAlertButton.tsx';
import { TraceForm } from './TraceForm.tsx';
import type { TracesView } from './useTracesView.ts';

/** TraceQL in the box, the same as fields below it: either writes the other. */
export function TraceSearchBar({ view }: { readonly view: TracesView }) {
  const { t } = useTranslation();
  const time = useTime();
  const [text, setText] = useState(view.query);
  const [fields, setFields] = useState(false);
  useEffect(() => setText(view.query), [view.query]);
  const run = (next: string): void => {
    const query = next.trim() === '' ? everything : next.trim();
    searchHistory.note(query);
    if (query === view.query) time.refresh();
    else view.ask(query);
  };
  return (
    <section className="panel trace-search" data-fields={fields || undefined}>
      <div className="query-bar">
        <LazyEditor
          language="traceql"
          value={text}
          label="TraceQL"
          placeholder={t('traces.placeholder')}
          range={time.range}
          onChange={setText}
          onRun={run}
        />
        <Button size="sm" onClick={() => run(text)}>
          {t('traces.find')}
        </Button>
        <Button
          size="compact-sm"
          variant="default"
          className="fields-button"
          aria-expanded={fields}
          onClick={() => setFields(!fields)}
        >
          {t('traces.fields')}
        </Button>
        <SpanAlertButton view={view} />
        <SearchHistory onRun={run} />
        <SavedViews screen="traces" parameters={searchParameters} onShow={(patch) => view.set(patch)} />
      </div>
      {view.form === null ? (
        <p className="dim trace-form-note">
          {t('traces.formCannot')}{' '}
          <button type="button" className="text-button" onClick={() => run(everything)}>
            {t('traces.reset')}
          </button>
        </p>
      ) : (
        <TraceForm key={view.query} form={view.form} onFind={run} onLimit={(limit) => view.set({ limit })} />
      )}
    </section>
  );
}

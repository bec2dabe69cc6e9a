import { useMemo } from 'react';
import { useTranslation } from 'react-i18next';
import { useScope } from '../app/useServices.ts';
import { useTitle } from '../app/useTitle.ts';
import { searchTraces } from '../data/trilith.ts';
import { useAnswer } from '../states/useAnswer.ts';
import { useTime } from '../time/TimeContext.tsx';
import { useView } from '../url/view.ts';
import { formOf } from './searchForm.ts';
import { TraceForm } from './TraceForm.tsx';
import { TraceResults } from './TraceResults.tsx';

/** Explore traces: a form, the found traces over time, and their list. */
export function TracesScreen() {
  const { t } = useTranslation();
  const view = useView();
  const scope = useScope();
  const { range } = useTime();
  const form = useMemo(() => formOf(view.params, scope), [view.params, scope]);
  useTitle([form.service, form.operation].filter((text) => text !== '').join(' '), t('traces.title'));
  const answer = useAnswer({
    subject: ['traces', form],
    at: [range.fromMs, range.toMs],
    ask: (signal) =>
      searchTraces(
        {
          service: form.service,
          operation: form.operation,
          minDuration: form.min,
          maxDuration: form.max,
          status: form.status,
          attribute: form.attributes,
          limit: form.limit,
        },
        range,
        signal,
      ),
  });
  return (
    <div className="traces">
      <h1 className="visually-hidden">{t('traces.title')}</h1>
      <TraceForm key={view.search} form={form} onFind={(patch) => view.set(patch)} />
      <TraceResults answer={answer} form={form} onRelax={(patch) => view.set(patch)} />
    </div>
  );
}

import { IconBellPlus } from '@tabler/icons-react';
import { useTranslation } from 'react-i18next';
import { draftPage, draftQuery } from '../alerts/rulePath.ts';
import { IconButton } from '../app/IconButton.tsx';
import { goTo } from '../url/view.ts';
import { spanAlertOf, unknownToMetrics, type Watched, watchedBy } from './spanAlert.ts';
import type { TracesView } from './useTracesView.ts';

interface Props {
  readonly view: TracesView;
  /** The panel it is made from; without one it is made from the search. */
  readonly panel?: Watched;
  /** p95 of the durations shown, ms. */
  readonly usualMs?: number | null;
}

/** Opens the draft of a rule over the series made from spans. */
export function SpanAlertButton({ view, panel, usualMs = null }: Props) {
  const { t } = useTranslation();
  const { query, form } = view;
  const watched = panel ?? watchedBy(form);
  const make = t(`traces.alert.${panel ?? 'search'}`);
  const unknown = unknownToMetrics(query, form, watched);
  return (
    <IconButton
      size={panel === undefined ? 30 : 22}
      label={unknown.length === 0 ? make : t('traces.alert.wider', { make, conditions: unknown.join(', ') })}
      onClick={() => goTo(draftPage, draftQuery(spanAlertOf(watched, query, form, usualMs), 'promql'))}
    >
      <IconBellPlus size={panel === undefined ? 16 : 13} aria-hidden />
    </IconButton>
  );
}

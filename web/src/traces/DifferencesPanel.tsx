import { Button } from '@mantine/core';
import { IconFilter, IconMinus, IconPlus, IconX } from '@tabler/icons-react';
import type { TraceDifferencesAnswer } from '@trilith/contract';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { IconButton } from '../app/IconButton.tsx';
import { fetchTraceDifferences } from '../data/traces.ts';
import { useFormats } from '../i18n/format.ts';
import { Panel } from '../states/Panel.tsx';
import { Answered, Empty, PartialNote } from '../states/States.tsx';
import { useAnswer } from '../states/useAnswer.ts';
import { absolute } from '../time/range.ts';
import { useTime } from '../time/TimeContext.tsx';
import { condition, withCondition } from './formQuery.ts';
import { narrowed, type Selection, selectionQuery } from './selection.ts';
import { queryPatch, type TracesView } from './useTracesView.ts';

const shownFirst = 12;

/** In what the selected spans differ from the rest, the most telling first; each value is one click from the query. */
export function DifferencesPanel({ view, selection }: { readonly view: TracesView; readonly selection: Selection }) {
  const { t } = useTranslation();
  const formats = useFormats();
  const { range } = useTime();
  const within = selection.kind === 'box' ? selection : range;
  const answer = useAnswer({
    subject: ['trace-differences', view.query, selection],
    at: [range.fromMs, range.toMs],
    ask: (signal) => fetchTraceDifferences(view.query, selectionQuery(selection), within, range, signal),
  });
  const filter = (): void => {
    const time = selection.kind === 'box' ? absolute(selection) : {};
    view.set({ ...queryPatch(narrowed(view.query, selection)), ...time });
  };
  return (
    <Panel
      className="trace-differences"
      title={
        <>
          {t('traces.differences')} <span className="dim num">{useSelectionName(selection)}</span>
        </>
      }
      tools={
        <>
          <Button
            size="compact-xs"
            variant="default"
            leftSection={<IconFilter size={12} aria-hidden />}
            onClick={filter}
          >
            {t('traces.narrow')}
          </Button>
          <IconButton label={t('traces.clearSelection')} onClick={() => view.set({ sel: null }, { replace: true })}>
            <IconX size={15} aria-hidden />
          </IconButton>
        </>
      }
    >
      <Answered answer={answer} height={180}>
        {(data) =>
          data.selected === 0 || data.others === 0 ? (
            <Empty title={data.selected === 0 ? t('traces.nothingSelected') : t('traces.nothingElse')} height={160} />
          ) : (
            <>
              {data.notes.partial && <PartialNote warnings={data.notes.warnings} />}
              <p className="trace-differences-legend dim num">
                <span className="trace-differences-key" data-side="selected" />
                {t('traces.selectedSpans', { spans: formats.integer(data.selected) })}
                <span className="trace-differences-key" data-side="others" />
                {t('traces.otherSpans', { spans: formats.integer(data.others) })}
              </p>
              <Fields
                // What the selection itself asks for tells nothing.
                attributes={data.attributes.filter(({ field }) => selection.kind !== 'errors' || field !== 'status')}
                onCondition={(added) => view.ask(withCondition(view.query, added))}
              />
            </>
          )
        }
      </Answered>
    </Panel>
  );
}

function useSelectionName(selection: Selection): string {
  const { t } = useTranslation();
  const formats = useFormats();
  if (selection.kind === 'errors') return t('traces.selectedErrors');
  if (selection.kind === 'slow') return t('traces.selectedSlow', { duration: formats.duration(selection.minMs) });
  const clock = (ms: number): string => formats.clock(ms).slice(0, 8);
  return `${clock(selection.fromMs)} – ${clock(selection.toMs)}, ${formats.duration(selection.minMs)} – ${formats.duration(selection.maxMs)}`;
}

interface FieldsProps {
  readonly attributes: TraceDifferencesAnswer['attributes'];
  readonly onCondition: (condition: string) => void;
}

function Fields({ attributes, onCondition }: FieldsProps) {
  const { t } = useTranslation();
  const formats = useFormats();
  const [all, setAll] = useState(false);
  const shown = all ? attributes : attributes.slice(0, shownFirst);
  return (
    <>
      <ol className="trace-differences-fields">
        {shown.map(({ field, difference, values }) => (
          <li key={field} className="trace-difference">
            <div className="trace-difference-name">
              <code>{field}</code>
              <span className="dim num">{t('traces.difference', { share: formats.value(difference, 'ratio') })}</span>
            </div>
            {values.slice(0, 4).map(({ value, selected, others }) => (
              <div key={value} className="trace-difference-value">
                <span className="trace-difference-text" title={value}>
                  {value}
                </span>
                <Shares selected={selected} others={others} />
                <IconButton
                  size={20}
                  label={t('traces.only', { field, value })}
                  onClick={() => onCondition(condition(field, '=', value))}
                >
                  <IconPlus size={12} aria-hidden />
                </IconButton>
                <IconButton
                  size={20}
                  label={t('traces.except', { field, value })}
                  onClick={() => onCondition(condition(field, '!=', value))}
                >
                  <IconMinus size={12} aria-hidden />
                </IconButton>
              </div>
            ))}
          </li>
        ))}
      </ol>
      {attributes.length > shownFirst && !all && (
        <button type="button" className="text-button trace-differences-more" onClick={() => setAll(true)}>
          {t('traces.moreFields', { count: attributes.length - shownFirst })}
        </button>
      )}
    </>
  );
}

/** The two shares of a value as bars under each other. */
function Shares({ selected, others }: { readonly selected: number; readonly others: number }) {
  const formats = useFormats();
  return (
    <span className="side-shares num">
      {(
        [
          ['selected', selected],
          ['others', others],
        ] as const
      ).map(([side, share]) => (
        <span key={side} className="side-share" data-side={side}>
          <span className="side-bar" style={{ width: `${Math.max(share * 100, share > 0 ? 1.5 : 0)}%` }} />
          <span className="side-text">{formats.value(share, 'ratio')}</span>
        </span>
      ))}
    </span>
  );
}

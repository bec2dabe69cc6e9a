import { Select } from '@mantine/core';
import { IconMinus, IconPlus } from '@tabler/icons-react';
import type { LogCompareAnswer } from '@trilith/contract';
import { useTranslation } from 'react-i18next';
import { IconButton } from '../app/IconButton.tsx';
import { fetchLogComparison } from '../data/logs.ts';
import { useFormats } from '../i18n/format.ts';
import { Answered, Empty } from '../states/States.tsx';
import { useAnswer } from '../states/useAnswer.ts';
import type { Range } from '../time/range.ts';
import { useTime } from '../time/TimeContext.tsx';
import { useView } from '../url/view.ts';
import { LevelChange } from './LevelChange.tsx';
import { addCondition } from './refine.ts';

const bases = ['range', 'hour', 'day', 'week'] as const;
type Base = (typeof bases)[number];
const hourMs = 3_600_000;
const offsetsMs: Readonly<Record<Exclude<Base, 'range'>, number>> = {
  hour: hourMs,
  day: 24 * hourMs,
  week: 168 * hourMs,
};

/** The earlier range of the same length: the one right before, or the same hours earlier. */
function baseOf(range: Range, base: Base): Range {
  const offsetMs = base === 'range' ? range.toMs - range.fromMs : offsetsMs[base];
  return { fromMs: range.fromMs - offsetMs, toMs: range.toMs - offsetMs };
}

interface Props {
  readonly query: string;
  readonly onRefine: (query: string) => void;
}

/** This range against an earlier one: how many lines by level, and the fields whose values are spread otherwise. */
export function LogCompare({ query, onRefine }: Props) {
  const { t } = useTranslation();
  const view = useView();
  const formats = useFormats();
  const { range } = useTime();
  const base = bases.find((one) => one === view.params.get('vs')) ?? 'range';
  const earlier = baseOf(range, base);
  const answer = useAnswer({
    subject: ['log-compare', query, base],
    at: [range.fromMs, range.toMs],
    ask: (signal) => fetchLogComparison(query, range, earlier, signal),
  });
  return (
    <div className="log-pane">
      <div className="pane-head">
        <Select
          size="xs"
          w={230}
          aria-label={t('logs.compareWith')}
          allowDeselect={false}
          data={bases.map((value) => ({ value, label: t(`logs.base.${value}`) }))}
          value={base}
          onChange={(next) => view.set({ vs: next === 'range' ? null : next }, { replace: true })}
        />
        <span className="dim num">
          {formats.short(earlier.fromMs)} – {formats.short(earlier.toMs)}
        </span>
      </div>
      <LevelChange query={query} range={range} earlier={earlier} />
      <Answered answer={answer} height={160}>
        {(data) => (
          <>
            <p className="dim num pane-note">
              {t('logs.comparedSamples', {
                now: formats.integer(data.sampled),
                base: formats.integer(data.baseSampled),
              })}
            </p>
            {data.fields.length === 0 || data.baseSampled === 0 ? (
              <Empty title={data.baseSampled === 0 ? t('logs.noBase') : t('logs.noDifference')} />
            ) : (
              <div className="differences">
                {data.fields.map((field) => (
                  <Difference key={field.name} field={field} query={query} onRefine={onRefine} />
                ))}
              </div>
            )}
          </>
        )}
      </Answered>
    </div>
  );
}

interface DifferenceProps extends Props {
  readonly field: LogCompareAnswer['fields'][number];
}

/** A field's values with their shares now and then, one bar above the other. */
function Difference({ field, query, onRefine }: DifferenceProps) {
  const { t } = useTranslation();
  const formats = useFormats();
  const filter = (value: string, negated: boolean): void =>
    onRefine(
      addCondition(query, { field: field.name, origin: field.origin, value, negated }, field.parser || undefined),
    );
  return (
    <section className="difference">
      <h3>
        <span className="mono">{field.name}</span>{' '}
        <span className="dim num">{t('logs.differs', { share: formats.value(field.difference, 'ratio') })}</span>
      </h3>
      {field.values.map((one) => {
        const text = `${formats.value(one.share, 'ratio')} / ${formats.value(one.baseShare, 'ratio')}`;
        return (
          <div key={one.value} className="difference-row">
            <span className="difference-name mono" title={one.value}>
              {one.value === '' ? <span className="dim">{t('logs.absent')}</span> : one.value}
            </span>
            <span className="difference-bars" aria-hidden>
              <span className="bar-now" style={{ width: `${one.share * 100}%` }} />
              <span className="bar-then" style={{ width: `${one.baseShare * 100}%` }} />
            </span>
            <span className="num dim difference-share">{text}</span>
            <IconButton
              size={20}
              disabled={one.value === ''}
              label={t('logs.include', { field: field.name, value: one.value })}
              onClick={() => filter(one.value, false)}
            >
              <IconPlus size={12} aria-hidden />
            </IconButton>
            <IconButton
              size={20}
              disabled={one.value === ''}
              label={t('logs.exclude', { field: field.name, value: one.value })}
              onClick={() => filter(one.value, true)}
            >
              <IconMinus size={12} aria-hidden />
            </IconButton>
          </div>
        );
      })}
    </section>
  );
}

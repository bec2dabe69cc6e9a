import { Button } from '@mantine/core';
import { IconBraces, IconCopy, IconLink, IconMinus, IconPlus, IconTimeline, IconX } from '@tabler/icons-react';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { IconButton } from '../app/IconButton.tsx';
import { keymap } from '../app/keymap.ts';
import { useShortcuts } from '../app/Shortcuts.tsx';
import { useCopy } from '../app/Toasts.tsx';
import { useFormats } from '../i18n/format.ts';
import { around } from '../time/range.ts';
import { ScreenLink } from '../url/ScreenLink.tsx';
import { LogContext } from './LogContext.tsx';
import { fieldsOf, jsonOf } from './lineView.ts';
import { addCondition, type FieldOrigin } from './refine.ts';
import { isStreamLabel, type LogRow } from './rows.ts';

const nearMs = 30_000;

interface Props {
  readonly row: LogRow;
  readonly query: string;
  readonly link: string;
  readonly onRefine: (query: string) => void;
  readonly onClose: () => void;
}

/** The open line: where it leads, its text, its fields with filters, its neighbours. */
export function LogDetail({ row, query, link, onRefine, onClose }: Props) {
  const { t } = useTranslation();
  const formats = useFormats();
  const copy = useCopy();
  const [context, setContext] = useState(false);
  useShortcuts([{ id: 'logContext', strokes: keymap.logContext, run: () => setContext((was) => !was) }]);
  const object = jsonOf(row.line);
  const said = t('actions.copied');
  return (
    <aside className="panel detail" aria-label={t('logs.detail')}>
      <div className="panel-head">
        <h2 className="num">{formats.dateTime(row.ms)}</h2>
        <div className="panel-tools">
          <IconButton size={26} label={t('logs.copyLine')} onClick={() => copy(row.line, said)}>
            <IconCopy size={15} aria-hidden />
          </IconButton>
          <IconButton
            size={26}
            label={t('logs.copyJson')}
            onClick={() =>
              copy(JSON.stringify({ time: row.timeNs, labels: row.labels, line: row.line }, null, 2), said)
            }
          >
            <IconBraces size={15} aria-hidden />
          </IconButton>
          <IconButton size={26} label={t('logs.copyLink')} onClick={() => copy(link, said)}>
            <IconLink size={15} aria-hidden />
          </IconButton>
          <IconButton size={26} label={t('actions.close')} onClick={onClose}>
            <IconX size={15} aria-hidden />
          </IconButton>
        </div>
      </div>
      <div className="detail-body">
        {row.traceId !== null ? (
          <Button
            component={ScreenLink}
            to={`/trace/${row.traceId}`}
            size="xs"
            leftSection={<IconTimeline size={14} aria-hidden />}
          >
            {t('logs.openTrace')}
          </Button>
        ) : (
          <p className="dim detail-hint">
            {t('logs.noTrace')}{' '}
            <ScreenLink to="/explore/traces" with={{ ...around(row.ms, nearMs), service: row.service }}>
              {t('logs.tracesNear', { service: row.service })}
            </ScreenLink>
          </p>
        )}
        <pre className="code-block">{object === null ? row.line : JSON.stringify(object, null, 2)}</pre>
        <Fields
          title={t('logs.labels')}
          origin="label"
          pairs={Object.entries(row.labels)}
          query={query}
          onRefine={onRefine}
        />
        <Fields
          title={t('logs.origin.parsed')}
          origin="parsed"
          pairs={fieldsOf(row.line)}
          query={query}
          onRefine={onRefine}
        />
        <button type="button" className="text-button" aria-expanded={context} onClick={() => setContext(!context)}>
          {t('logs.context')}
        </button>
        {context && <LogContext row={row} />}
      </div>
    </aside>
  );
}

interface FieldsProps {
  readonly title: string;
  readonly origin: FieldOrigin;
  readonly pairs: readonly (readonly [string, string])[];
  readonly query: string;
  readonly onRefine: (query: string) => void;
}

function Fields({ title, origin, pairs, query, onRefine }: FieldsProps) {
  const { t } = useTranslation();
  const copy = useCopy();
  if (pairs.length === 0) return null;
  const refine = (field: string, value: string, negated: boolean): void =>
    onRefine(
      addCondition(query, {
        field,
        origin: origin === 'label' && !isStreamLabel(field) ? 'metadata' : origin,
        value,
        negated,
      }),
    );
  return (
    <section>
      <h3 className="field-group">{title}</h3>
      <dl className="pairs">
        {pairs.map(([field, value]) => (
          <div key={field} className="pair">
            <dt>{field}</dt>
            <dd>
              {/^trace_?id$/i.test(field) && /^[0-9a-f]{32}$/i.test(value) ? (
                <ScreenLink to={`/trace/${value.toLowerCase()}`}>{value}</ScreenLink>
              ) : (
                value
              )}
            </dd>
            <span className="pair-tools">
              <IconButton
                size={20}
                label={t('logs.include', { field, value })}
                onClick={() => refine(field, value, false)}
              >
                <IconPlus size={12} aria-hidden />
              </IconButton>
              <IconButton
                size={20}
                label={t('logs.exclude', { field, value })}
                onClick={() => refine(field, value, true)}
              >
                <IconMinus size={12} aria-hidden />
              </IconButton>
              <IconButton size={20} label={t('actions.copy')} onClick={() => copy(value, t('actions.copied'))}>
                <IconCopy size={12} aria-hidden />
              </IconButton>
            </span>
          </div>
        ))}
      </dl>
    </section>
  );
}

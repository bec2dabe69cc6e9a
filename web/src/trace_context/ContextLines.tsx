import type { LogJoin, TraceContextAnswer } from '@trilith/contract';
import { useTranslation } from 'react-i18next';
import { serviceColor } from '../chart/palette.ts';
import { useTheme } from '../chart/tokens.ts';
import { useFormats } from '../i18n/format.ts';
import { withoutControls } from '../logs/lineText.ts';
import { previewOf } from '../logs/lineView.ts';
import { levelLetters, levelOf } from '../logs/rows.ts';
import { Empty } from '../states/States.tsx';
import { around } from '../time/range.ts';
import { ScreenLink } from '../url/ScreenLink.tsx';
import { logQueryOf } from './logQuery.ts';
import { PartFailure } from './PartFailure.tsx';

const joins: readonly LogJoin[] = ['span', 'trace', 'request', 'service'];
const aroundMs = 60_000;

/** The log lines, grouped by what ties them to the trace: the surest first, each group saying so. */
export function ContextLines({ context }: { readonly context: TraceContextAnswer }) {
  const { t } = useTranslation();
  const { logs } = context;
  const lines = logs.value?.lines ?? [];
  return (
    <>
      <PartFailure failure={logs.failure} />
      {logs.value !== null && lines.length === 0 && <Empty title={t('context.noLines')} height={70} />}
      {joins.map((join) => {
        const own = lines.filter((line) => line.join === join);
        if (own.length === 0) return null;
        return (
          <section key={join}>
            <h3 className="field-group">
              {t(`context.join.${join}`)} <span className="num dim">{own.length}</span>
            </h3>
            {own.map((line) => (
              <Line
                key={`${line.timeNs}${line.service}${line.body.slice(0, 80)}`}
                line={line}
                startMs={context.startMs}
                showsService={context.services.length > 1}
              />
            ))}
          </section>
        );
      })}
      {logs.value !== null && (
        <ScreenLink
          to="/explore/logs"
          with={{
            ...around(context.startMs + context.durationMs / 2, context.durationMs / 2 + aroundMs),
            q: logQueryOf(context),
          }}
        >
          {logs.value.more ? t('context.moreLines') : t('context.openLogs')}
        </ScreenLink>
      )}
    </>
  );
}

interface LineProps {
  readonly line: NonNullable<TraceContextAnswer['logs']['value']>['lines'][number];
  readonly startMs: number;
  readonly showsService: boolean;
}

function Line({ line, startMs, showsService }: LineProps) {
  const formats = useFormats();
  const theme = useTheme();
  const level = levelOf(line.level);
  const offsetMs = Number(BigInt(line.timeNs) / 1000n) / 1000 - startMs;
  const text = previewOf(line.body, line.attributes).message || line.body;
  return (
    <div className="log-line context-line" data-wrap data-level={level} title={line.body.slice(0, 1000)}>
      <span className="log-time num">
        {offsetMs < 0 ? '−' : '+'}
        {formats.duration(Math.abs(offsetMs))}
      </span>
      <span className="log-level">{levelLetters[level]}</span>
      {showsService && (
        <span className="log-column" style={{ color: serviceColor(line.service, theme) }}>
          {line.service}
        </span>
      )}
      <span className="log-message">{withoutControls(text)}</span>
    </div>
  );
}

import { useTranslation } from 'react-i18next';
import { fetchLogLines } from '../data/logs.ts';
import { useFormats } from '../i18n/format.ts';
import { lineTime, Message } from '../logs/LogLine.tsx';
import { isDated } from '../logs/LogList.tsx';
import { type LogRow, levelLetters, rowsOf } from '../logs/rows.ts';
import { Answered, Empty } from '../states/States.tsx';
import { useAnswer } from '../states/useAnswer.ts';
import { useTime } from '../time/TimeContext.tsx';
import { ScreenLink } from '../url/ScreenLink.tsx';

const limit = 30;

/** The newest lines of a LogQL query; a line with a trace id leads to its trace. */
export function QueryLines({ query }: { readonly query: string }) {
  const { t } = useTranslation();
  const { range } = useTime();
  const answer = useAnswer({
    subject: ['runbook-lines', query],
    at: [range.fromMs, range.toMs],
    ask: (signal) =>
      fetchLogLines(
        {
          query,
          startNs: `${Math.floor(range.fromMs)}000000`,
          endNs: `${Math.ceil(range.toMs)}000000`,
          direction: 'backward',
          limit,
        },
        signal,
      ),
  });
  return (
    <Answered answer={answer} height={120}>
      {(page) => {
        const rows = rowsOf(page);
        if (rows.length === 0) return <Empty title={t('runbooks.noLines')} height={72} />;
        return (
          <div className="live-lines">
            {rows.map((row) => (
              <Line key={row.id} row={row} dated={isDated(range)} />
            ))}
          </div>
        );
      }}
    </Answered>
  );
}

function Line({ row, dated }: { readonly row: LogRow; readonly dated: boolean }) {
  const { t } = useTranslation();
  const formats = useFormats();
  const line = (
    <>
      <span className="log-time num">{lineTime(row.ms, dated, formats)}</span>
      <span className="log-level">{levelLetters[row.level]}</span>
      <Message row={row} raw={false} wanted={[]} whole={false} />
    </>
  );
  return row.traceId === null ? (
    <div className="log-line" data-level={row.level}>
      {line}
    </div>
  ) : (
    <ScreenLink
      to={`/trace/${row.traceId}`}
      with={{ span: row.spanId }}
      className="log-line"
      data-level={row.level}
      title={t('signals.openTrace')}
    >
      {line}
    </ScreenLink>
  );
}

import { useTranslation } from 'react-i18next';
import { guessUnit } from '../chart/units.ts';
import { queryInstant } from '../data/prometheus.ts';
import { useFormats } from '../i18n/format.ts';
import { tableRows } from '../metrics/histogramView.ts';
import { Answered, Empty } from '../states/States.tsx';
import { useAnswer } from '../states/useAnswer.ts';
import { useTime } from '../time/TimeContext.tsx';

const mostRows = 50;

/** A PromQL query at the end of the range, the largest value first. */
export function QueryTable({ query }: { readonly query: string }) {
  const { t } = useTranslation();
  const formats = useFormats();
  const { range } = useTime();
  const unit = guessUnit(query);
  const answer = useAnswer({
    subject: ['runbook-table', query],
    at: [range.toMs],
    ask: async (signal) => tableRows(await queryInstant(query, range.toMs, signal)),
  });
  return (
    <Answered answer={answer} height={72}>
      {(rows) =>
        rows.length === 0 ? (
          <Empty title={t('runbooks.nothing')} height={72} />
        ) : (
          <div className="scroll-x">
            <table className="table">
              <tbody>
                {rows.slice(0, mostRows).map(({ name, value, exact }) => (
                  <tr key={name}>
                    <td className="mono break">{name}</td>
                    <td className="right num" title={exact}>
                      {value === null ? exact : formats.value(value, unit)}
                    </td>
                  </tr>
                ))}
              </tbody>
            </table>
          </div>
        )
      }
    </Answered>
  );
}

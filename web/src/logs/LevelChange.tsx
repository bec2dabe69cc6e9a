import { logLevels } from '@trilith/contract';
import { useTranslation } from 'react-i18next';
import { levelColors, useTheme } from '../chart/tokens.ts';
import { fetchLogHistogram } from '../data/logs.ts';
import { useFormats } from '../i18n/format.ts';
import { useAnswer } from '../states/useAnswer.ts';
import type { Range } from '../time/range.ts';

interface LevelProps {
  readonly query: string;
  readonly range: Range;
  readonly earlier: Range;
}

/** Exact numbers of lines by level, now and then. */
export function LevelChange({ query, range, earlier }: LevelProps) {
  const { t } = useTranslation();
  const theme = useTheme();
  const formats = useFormats();
  const at = [range.fromMs, range.toMs];
  const now = useAnswer({
    subject: ['log-levels', query],
    at,
    ask: (signal) => fetchLogHistogram(query, range, 1, signal),
  });
  const then = useAnswer({
    subject: ['log-levels-before', query, range.fromMs - earlier.fromMs],
    at,
    ask: (signal) => fetchLogHistogram(query, earlier, 1, signal),
  });
  if (now.data === undefined || then.data === undefined) return null;
  const [ours, theirs] = [now.data.levels, then.data.levels];
  const sum = (counts: readonly number[] | undefined): number => (counts ?? []).reduce((all, one) => all + one, 0);
  return (
    <table className="table level-change">
      <thead>
        <tr>
          <th>{t('logs.levelTitle')}</th>
          <th className="right">{t('logs.linesNow')}</th>
          <th className="right">{t('logs.linesThen')}</th>
          <th className="right">{t('logs.change')}</th>
        </tr>
      </thead>
      <tbody>
        {logLevels
          .filter((level) => sum(ours[level]) + sum(theirs[level]) > 0)
          .map((level) => {
            const [count, before] = [sum(ours[level]), sum(theirs[level])];
            return (
              <tr key={level}>
                <td>
                  <span className="swatch" style={{ background: levelColors[theme][level] }} />
                  {t(`logs.level.${level}`)}
                </td>
                <td className="right num">{formats.integer(count)}</td>
                <td className="right num">{formats.integer(before)}</td>
                <td className="right num">{before === 0 ? t('logs.isNew') : `${changeText(count / before)}`}</td>
              </tr>
            );
          })}
      </tbody>
    </table>
  );
}

/** `× 2.4` of a ratio. */
function changeText(ratio: number): string {
  return `× ${ratio >= 10 ? Math.round(ratio) : ratio.toFixed(ratio < 0.1 ? 3 : 2)}`;
}
